import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { namespaceNames } from "../shared/names.ts";
import { podSecurityNamespace } from "../shared/namespace.ts";
import { demoDeployment, demoIsolation, demoName, demoService } from "./objects.ts";

export interface DemoArgs {
  /** What the application waits for: Trivy, so that the first thing that happens to it is a scan. */
  readonly workloadDependsOn: readonly pulumi.Resource[];
}

/** A vulnerable application for Trivy to find something in, cut off from all traffic. */
export class Demo extends pulumi.ComponentResource {
  /** Name of its namespace. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: DemoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:demo:Application", name, {}, opts);
    const space = podSecurityNamespace(
      `${name}-namespace`,
      { namespace: namespaceNames.demo, podSecurity: "baseline" },
      { parent: this },
    );
    this.namespace = space.metadata.name;
    const metadata = { name: demoName, namespace: this.namespace };
    const isolation = new k8s.networking.v1.NetworkPolicy(
      `${name}-isolation`,
      { metadata: { ...metadata, name: "no-traffic" }, spec: demoIsolation() },
      { parent: this },
    );
    // Never without the policy: it is made before the first pod, and deleted after the last.
    const after = { parent: this, dependsOn: [...args.workloadDependsOn, isolation] };
    new k8s.core.v1.Service(
      `${name}-service`,
      // Waiting for its endpoints would be waiting for the Deployment, which waits for an image of its own.
      { metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } }, spec: demoService() },
      after,
    );
    new k8s.apps.v1.Deployment(`${name}-deployment`, { metadata, spec: demoDeployment() }, after);
    this.registerOutputs({ namespace: this.namespace });
  }
}
