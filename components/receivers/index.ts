import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { SmtpServer, TeamReceiver } from "../../config/settings.ts";
import { customObject } from "../shared/custom-resource.ts";
import { smallSecret } from "../shared/secret.ts";
import { type ReceiverSecret, teamSecret } from "./secrets.ts";
import { alertmanagerConfigApi, teamConfigSpec } from "./team.ts";

export interface ReceiverSecretsArgs {
  /** Alertmanager's namespace. */
  readonly namespace: pulumi.Input<string>;
  /** The Secrets to make; their names are what Alertmanager mounts. */
  readonly secrets: readonly ReceiverSecret[];
}

/** The Secrets of the cluster-wide receivers. Alertmanager's pod cannot start before they are there. */
export class ReceiverSecrets extends pulumi.ComponentResource {
  /** Names of the Secrets, in the order given. */
  readonly names: pulumi.Output<string[]>;
  /** The Secrets, for `dependsOn`. */
  readonly made: readonly k8s.core.v1.Secret[];

  constructor(name: string, args: ReceiverSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:alerting:ReceiverSecrets", name, {}, opts);
    this.made = args.secrets.map((secret) =>
      smallSecret(`${name}-${secret.name}`, { ...secret, namespace: args.namespace }, { parent: this }),
    );
    this.names = pulumi.all(this.made.map((secret) => secret.metadata.name));
    this.registerOutputs({ names: this.names });
  }
}

export interface TeamReceiversArgs {
  readonly teams: readonly TeamReceiver[];
  readonly smtp: SmtpServer;
  /**
   * What must be there first: the teams' namespaces, the CRDs and the operator. A component's own `dependsOn` does not
   * reach its children.
   */
  readonly objectsDependOn: readonly pulumi.Resource[];
}

/** The receivers of teams: an AlertmanagerConfig object in each team's namespace, with the Secret it reads. */
export class TeamReceivers extends pulumi.ComponentResource {
  /** Names of the AlertmanagerConfig objects as `<namespace>/<name>`, in the order given. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: TeamReceiversArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:alerting:TeamReceivers", name, {}, opts);
    const { teams, smtp, objectsDependOn } = args;
    const objects = teams.map((team) => {
      const { namespace } = team;
      const title = `${name}-${namespace}-${team.name}`;
      const needed = teamSecret(team, smtp);
      const options = { parent: this, dependsOn: [...objectsDependOn] };
      const secret =
        needed === undefined
          ? []
          : [smallSecret(`${title}-secret`, { ...needed, namespace }, options)];
      return customObject(
        title,
        {
          apiVersion: alertmanagerConfigApi,
          kind: "AlertmanagerConfig",
          name: team.name,
          namespace,
          spec: teamConfigSpec(team, smtp),
        },
        // Without its Secret the operator would leave the object out.
        { parent: this, dependsOn: [...objectsDependOn, ...secret] },
      );
    });
    this.names = pulumi.all(
      objects.map((object) => pulumi.interpolate`${object.metadata.namespace}/${object.metadata.name}`),
    );
    this.registerOutputs({ names: this.names });
  }
}
