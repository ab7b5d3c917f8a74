import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { charts } from "../../config/versions.ts";
import { chartRelease } from "../shared/release.ts";
import { crdValues } from "./values.ts";

export interface CrdsArgs {
  /** Namespace that holds the record of the release; the CRDs themselves belong to no namespace. */
  readonly namespace: pulumi.Input<string>;
  /**
   * Whether deleting the release deletes the CRDs too, and with them every object of their kinds, also other people's.
   * @default false
   */
  readonly purge?: boolean;
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** The custom resource definitions of prometheus-operator. */
export class Crds extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: CrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:base:Crds", name, {}, opts);
    const { namespace, mirror } = args;
    this.release = chartRelease(
      `${name}-release`,
      {
        chart: charts.prometheusOperatorCrds,
        namespace,
        values: crdValues({ purge: args.purge ?? false }),
        ...(mirror === undefined ? {} : { mirror }),
      },
      { parent: this },
    );
    this.releaseName = this.release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
