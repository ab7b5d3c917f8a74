import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { podSecurityNamespace } from "../shared/namespace.ts";

export interface NamespacesArgs {
  /** Namespace of the monitoring stack. */
  readonly monitoring: string;
  /**
   * Whether node-exporter runs in it. It needs the node's network, process table and file system, which only a
   * privileged namespace allows.
   */
  readonly hostAccess: boolean;
  /** Whether the monitoring namespace stays with its claims when the stack goes. @default false */
  readonly retain?: boolean | undefined;
  /** Further namespaces to make, for teams; their pods get the level `baseline`. */
  readonly teams: readonly string[];
}

/** The namespaces that the stack makes, and at the end deletes with everything in them. */
export class Namespaces extends pulumi.ComponentResource {
  /** Name of the monitoring namespace. */
  readonly monitoring: pulumi.Output<string>;
  /** Names of the teams' namespaces, in the order given. */
  readonly teams: pulumi.Output<string[]>;
  /** All namespaces, for `dependsOn`. */
  readonly made: readonly k8s.core.v1.Namespace[];

  constructor(name: string, args: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:base:Namespaces", name, {}, opts);
    const podSecurity = args.hostAccess ? "privileged" : "baseline";
    const monitoring = podSecurityNamespace(
      `${name}-monitoring`,
      { namespace: args.monitoring, podSecurity, retain: args.retain },
      { parent: this },
    );
    const teams = args.teams.map((namespace) =>
      podSecurityNamespace(`${name}-team-${namespace}`, { namespace, podSecurity: "baseline" }, { parent: this }),
    );
    this.made = [monitoring, ...teams];
    this.monitoring = monitoring.metadata.name;
    this.teams = pulumi.all(teams.map((team) => team.metadata.name));
    this.registerOutputs({ monitoring: this.monitoring, teams: this.teams });
  }
}
