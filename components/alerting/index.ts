import * as pulumi from "@pulumi/pulumi";

import { customObject } from "../shared/custom-resource.ts";
import type { RuleSet } from "./rules.ts";

export interface AlertRulesArgs {
  /** Namespace of the monitoring stack. */
  readonly namespace: pulumi.Input<string>;
  readonly rules: readonly RuleSet[];
  /** What must be there first: the CRDs, and the operator, so that rules are taken at once. */
  readonly objectsDependOn: readonly pulumi.Resource[];
}

/** This stack's own alerts: one PrometheusRule object for each file of rules. */
export class AlertRules extends pulumi.ComponentResource {
  /** Names of the PrometheusRule objects, in the order given. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: AlertRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:alerting:AlertRules", name, {}, opts);
    const objects = args.rules.map((set) =>
      customObject(
        `${name}-${set.file}`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PrometheusRule",
          name: set.name,
          namespace: args.namespace,
          spec: { groups: set.groups },
        },
        { parent: this, dependsOn: [...args.objectsDependOn] },
      ),
    );
    this.names = pulumi.all(objects.map((object) => object.metadata.name));
    this.registerOutputs({ names: this.names });
  }
}
