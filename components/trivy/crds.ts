/**
 * Trivy's custom resource definitions, which the chart carries in its directory `crds/`. Helm installs what is there once
 * and never again, so they are taken out of the chart at each deployment and made resources of the stack.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { UserError } from "../../config/user-error.ts";
import { charts } from "../../config/versions.ts";
import { chartSource } from "../shared/release.ts";

/** A CustomResourceDefinition as a chart has it. */
export interface CrdObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Reads the definitions out of the pinned chart. The provider fetches and renders it, just as it does for a release: the
 * same repository or mirror, the same credentials of a registry.
 *
 * @param provider whose cluster decides which Kubernetes the chart is rendered for
 * @param mirror chart repository to use instead of the chart's own one
 * @throws UserError when the chart cannot be had, or holds no definition
 */
export async function trivyCrds(provider: k8s.Provider, mirror?: string): Promise<readonly CrdObject[]> {
  const { name, version } = charts.trivyOperator;
  const { chart, repositoryOpts } = chartSource(charts.trivyOperator, mirror);
  const jsonOpts = JSON.stringify({
    chart,
    version,
    release_name: name,
    ...(repositoryOpts === undefined ? {} : { fetch_opts: { repo: repositoryOpts.repo } }),
  });
  const from = repositoryOpts?.repo ?? chart;
  const advice =
    "Check the connection, and belfry:chartMirror if it is set. To deploy without Trivy: belfry:trivy: {enabled: false}";
  let answer: unknown;
  try {
    answer = await pulumi.runtime.invoke("kubernetes:helm:template", { jsonOpts }, { provider });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The chart ${name} ${version} cannot be read from ${from}: ${reason}`, advice);
  }
  const definitions = definitionsIn((answer as { readonly result?: unknown } | undefined)?.result);
  if (definitions.length === 0) {
    throw new UserError(`The chart ${name} ${version} from ${from} holds no custom resource definitions.`, advice);
  }
  return definitions;
}

/** The definitions among the objects of a rendered chart, by name; nothing of them that only an API server writes. */
export function definitionsIn(objects: unknown): CrdObject[] {
  const all = Array.isArray(objects) ? (objects as readonly unknown[]) : [];
  return all
    .filter((object): object is CrdObject & { readonly kind: string } => isDefinition(object))
    .map(({ metadata: { name, annotations }, spec }) => ({
      metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
      spec,
    }))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function isDefinition(object: unknown): boolean {
  return (
    typeof object === "object" && object !== null && (object as { kind?: unknown }).kind === "CustomResourceDefinition"
  );
}

export interface TrivyCrdsArgs {
  readonly definitions: readonly CrdObject[];
  /** The kubeconfig's context; its current one when absent. */
  readonly context?: string;
  /**
   * Whether deleting this component deletes the definitions too, and with them every report in the cluster.
   * @default false
   */
  readonly purge?: boolean;
}

/** Trivy's custom resource definitions, upgraded with the chart and kept at the end unless told otherwise. */
export class TrivyCrds extends pulumi.ComponentResource {
  /** Names of the definitions. */
  readonly names: pulumi.Output<string[]>;
  /** The definitions, for `dependsOn`. */
  readonly made: readonly k8s.apiextensions.v1.CustomResourceDefinition[];

  constructor(name: string, args: TrivyCrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:trivy:Crds", name, {}, opts);
    const { context, purge = false } = args;
    // Definitions that an earlier installation kept, this stack's or a chart's, are taken over; nothing else of the
    // stack may take over what it has not made, hence a provider of their own.
    const provider = new k8s.Provider(
      `${name}-adopting`,
      { ...(context === undefined ? {} : { context }), upsertExistingObjects: true },
      { parent: this },
    );
    this.made = args.definitions.map(({ metadata, spec }) => {
      const [plural = metadata.name] = metadata.name.split(".");
      const annotations = { ...metadata.annotations, "pulumi.com/patchForce": "true" };
      return new k8s.apiextensions.v1.CustomResourceDefinition(
        `${name}-${plural}`,
        { metadata: { name: metadata.name, annotations }, spec: spec as unknown as CrdSpec },
        { parent: this, provider, retainOnDelete: !purge },
      );
    });
    this.names = pulumi.all(this.made.map(({ metadata }) => metadata.name));
    this.registerOutputs({ names: this.names });
  }
}

/** The API server checks it; the chart's files are no matter of types. */
type CrdSpec = k8s.types.input.apiextensions.v1.CustomResourceDefinitionSpec;
