import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ProbeSettings } from "../../config/probe-settings.ts";
import type { Profile } from "../../config/settings.ts";
import { charts } from "../../config/versions.ts";
import { customObject } from "../shared/custom-resource.ts";
import { exporterAddress, exporterPort, probeSecret, releaseNames } from "../shared/names.ts";
import { networkPolicy } from "../shared/network-policy.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { probeObjects } from "./objects.ts";
import { probeSecretContent, probeValues } from "./values.ts";

export interface ProbesArgs {
  readonly probes: ProbeSettings;
  readonly profile: Profile;
  /** Namespace of the monitoring stack. */
  readonly namespace: string;
  /** What must be there first: the namespace and the CRDs. A component's own `dependsOn` does not reach its children. */
  readonly dependsOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** The blackbox exporter, and the objects by which Prometheus has it probe URLs, Services, Ingresses and Pods. */
export class Probes extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** Names of the Probe and ScrapeConfig objects. */
  readonly objects: pulumi.Output<string[]>;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: ProbesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:monitoring:Probes", name, {}, opts);
    const { probes, profile, namespace, mirror } = args;
    const dependsOn = [...args.dependsOn];
    const content = probeSecretContent(probes);
    const secret =
      Object.keys(content).length === 0
        ? []
        : [smallSecret(`${name}-logins`, { name: probeSecret.name, namespace, content }, { parent: this, dependsOn })];
    // Whoever reaches the exporter can have it ask any address, with any login.
    const policy = networkPolicy(
      `${name}-policy`,
      {
        name: releaseNames.blackbox,
        namespace,
        labels: { "app.kubernetes.io/name": charts.blackboxExporter.name },
        allow: [{ from: [{ namespace, labels: { "app.kubernetes.io/name": "prometheus" } }], ports: [exporterPort] }],
      },
      { parent: this, dependsOn },
    );
    this.release = chartRelease(
      `${name}-release`,
      {
        chart: charts.blackboxExporter,
        namespace,
        values: probeValues({ probes, profile }),
        ...(mirror === undefined ? {} : { mirror }),
      },
      // The pod waits for the Secret that it mounts, and answers nobody before the policy is there.
      { parent: this, dependsOn: [...dependsOn, ...secret, policy] },
    );
    const objects = probeObjects(probes, exporterAddress(namespace), namespace).map((object) =>
      customObject(
        `${name}-${object.name.replace(/^belfry-probe-/, "")}`,
        { ...object, namespace },
        // Asked before it runs, the exporter would be taken for down.
        { parent: this, dependsOn: [...dependsOn, this.release] },
      ),
    );
    this.releaseName = this.release.name;
    this.objects = pulumi.all(objects.map((object) => object.metadata.name));
    this.registerOutputs({ releaseName: this.releaseName, objects: this.objects });
  }
}
