import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { Settings } from "../../config/settings.ts";
import type { TrivySettings } from "../../config/settings-trivy.ts";
import { charts } from "../../config/versions.ts";
import { customObject } from "../shared/custom-resource.ts";
import { namespaceNames, releaseNames, trivyConfigSecret } from "../shared/names.ts";
import { podSecurityNamespace } from "../shared/namespace.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { type CrdObject, TrivyCrds } from "./crds.ts";
import { serviceMonitorSpec } from "./service-monitor.ts";
import { trivyValues } from "./values.ts";

export interface TrivyArgs {
  readonly trivy: TrivySettings;
  readonly settings: Pick<Settings, "profile" | "storage" | "cluster" | "purgeCrds">;
  /** Trivy's own definitions, out of the pinned chart; empty where they are not to be shown (`belfry render`). */
  readonly definitions: readonly CrdObject[];
  /** What must be there before the ServiceMonitor: its CRD. */
  readonly monitorDependsOn: readonly pulumi.Resource[];
  /** What else the release waits for. */
  readonly releaseDependsOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** Trivy Operator in a namespace of its own, its CRDs, and how Prometheus finds it. */
export class Trivy extends pulumi.ComponentResource {
  /** Name of its namespace. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: TrivyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:trivy:Operator", name, {}, opts);
    const { trivy, settings, mirror } = args;
    const { context } = settings.cluster;
    const space = podSecurityNamespace(
      `${name}-namespace`,
      // Scans run as root inside of their containers; the node collector mounts directories of the node.
      { namespace: namespaceNames.trivy, podSecurity: trivy.nodeCollector ? "privileged" : "baseline" },
      { parent: this },
    );
    this.namespace = space.metadata.name;
    const crds = new TrivyCrds(
      `${name}-crds`,
      {
        definitions: args.definitions,
        purge: settings.purgeCrds,
        ...(context === undefined ? {} : { context }),
      },
      { parent: this },
    );
    const token = trivy.server ? this.#serverToken(name) : undefined;
    this.release = chartRelease(
      `${name}-release`,
      {
        chart: charts.trivyOperator,
        namespace: this.namespace,
        values: trivyValues({ trivy, settings }),
        skipCrds: true,
        ...(mirror === undefined ? {} : { mirror }),
      },
      {
        parent: this,
        dependsOn: [...args.releaseDependsOn, ...crds.made, ...(token === undefined ? [] : [token])],
      },
    );
    this.releaseName = this.release.name;
    customObject(
      `${name}-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        name: releaseNames.trivy,
        namespace: this.namespace,
        spec: serviceMonitorSpec(settings.profile),
      },
      // Not before its target: a target that is not there yet would be told.
      { parent: this, dependsOn: [...args.monitorDependsOn, this.release] },
    );
    this.registerOutputs({ namespace: this.namespace, releaseName: this.releaseName });
  }

  /** Without it, every pod of the cluster could use the server. Operator and server read it from the same Secret. */
  #serverToken(name: string): k8s.core.v1.Secret {
    const token = new random.RandomPassword(
      `${name}-server-token-value`,
      { length: 32, special: false },
      { parent: this },
    );
    const { name: secret, operatorKey, serverKey } = trivyConfigSecret;
    const content = { [operatorKey]: token.result, [serverKey]: token.result };
    return smallSecret(`${name}-server-token`, { name: secret, namespace: this.namespace, content }, { parent: this });
  }
}
