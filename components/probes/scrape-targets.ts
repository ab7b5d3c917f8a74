import * as pulumi from "@pulumi/pulumi";

import type { ScrapeTarget } from "../../config/probe-settings.ts";
import { customObject } from "../shared/custom-resource.ts";
import type { ScrapeObject } from "./objects.ts";

/** The object by which Prometheus scrapes one job of the user's own. Pure. */
export function scrapeTargetObject(target: ScrapeTarget, namespace: string): ScrapeObject {
  const { name, scheme, path, intervalSeconds, timeoutSeconds, targets, labels } = target;
  return {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "ScrapeConfig",
    name: `belfry-scrape-${name}`,
    spec: {
      jobName: name,
      scheme: scheme.toUpperCase(),
      metricsPath: path,
      scrapeInterval: `${intervalSeconds}s`,
      scrapeTimeout: `${timeoutSeconds}s`,
      // Without a namespace an alert would belong to nobody.
      staticConfigs: [{ targets, labels: { namespace, ...labels } }],
    },
  };
}

export interface ScrapeTargetsArgs {
  readonly targets: readonly ScrapeTarget[];
  /** Namespace of the objects, and label of series that have no other. */
  readonly namespace: string;
  /** What must be there first: the namespace and the CRDs. */
  readonly objectsDependOn: readonly pulumi.Resource[];
}

/** Targets of the user's own, each job a ScrapeConfig object. */
export class ScrapeTargets extends pulumi.ComponentResource {
  /** Names of the objects, in the order given. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: ScrapeTargetsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:monitoring:ScrapeTargets", name, {}, opts);
    const { namespace, objectsDependOn } = args;
    const objects = args.targets.map((target) =>
      customObject(
        `${name}-${target.name}`,
        { ...scrapeTargetObject(target, namespace), namespace },
        { parent: this, dependsOn: [...objectsDependOn] },
      ),
    );
    this.names = pulumi.all(objects.map((object) => object.metadata.name));
    this.registerOutputs({ names: this.names });
  }
}
