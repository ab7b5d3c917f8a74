/** The one way in which Belfry installs a Helm chart. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { ChartPin } from "../../config/versions.ts";

/** Values of a chart: plain data without secrets. */
export type Values = Readonly<Record<string, unknown>>;

export interface ChartReleaseArgs {
  /** The pinned chart; the release in the cluster has its name. */
  readonly chart: ChartPin;
  /** Namespace of the release; it must exist. */
  readonly namespace: pulumi.Input<string>;
  /**
   * Plain data. One secret anywhere inside would make all values one secret, and a preview could show nothing of them:
   * charts get the names of Secrets instead.
   */
  readonly values: Values;
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
  /**
   * Whether the CRDs in the chart's directory `crds/` are left to somebody else.
   * @default false
   */
  readonly skipCrds?: boolean;
  /**
   * How long the objects of the release may take until they are ready, in seconds.
   * @default 600
   */
  readonly timeoutSeconds?: number;
}

/** Where a chart is taken from, in the form that `helm.v3.Release` takes. */
export interface ChartSource {
  readonly chart: string;
  readonly version: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/**
 * Where a chart is taken from.
 *
 * @param mirror `https://` (or `http://`) chart repository, or `oci://` registry path that holds charts under their own
 *   names; without one, the chart's own repository
 */
export function chartSource(chart: ChartPin, mirror?: string): ChartSource {
  const base = (mirror ?? chart.repository).replace(/\/+$/, "");
  if (base.startsWith("oci://")) {
    // A registry is part of the chart's reference; the provider refuses a repository beside it.
    return { chart: `${base}/${chart.name}`, version: chart.version };
  }
  return { chart: chart.name, version: chart.version, repositoryOpts: { repo: base } };
}

/**
 * Installs a pinned chart as a release that waits until its objects are ready.
 *
 * The release has an explicit name: charts derive the names of their objects from it, and an automatic one would change
 * them.
 */
export function chartRelease(
  name: string,
  args: ChartReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    name,
    {
      name: args.chart.name,
      namespace: args.namespace,
      ...chartSource(args.chart, args.mirror),
      values: args.values,
      skipAwait: false,
      ...(args.skipCrds === true ? { skipCrds: true } : {}),
      timeout: args.timeoutSeconds ?? 600,
    },
    opts,
  );
}
