import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { FalcoUi, InstalledFalco } from "../../config/settings-falco.ts";
import type { Settings } from "../../config/settings.ts";
import { charts } from "../../config/versions.ts";
import { falcoNames, namespaceNames } from "../shared/names.ts";
import { podSecurityNamespace } from "../shared/namespace.ts";
import { networkPolicy } from "../shared/network-policy.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { falcoPolicies, outsideServices } from "./access.ts";
import type { PushSettings } from "./push.ts";
import { keepsClaim } from "./ui.ts";
import { falcoValues } from "./values.ts";
import { redisVolume } from "./volume.ts";

export interface FalcoArgs {
  readonly falco: InstalledFalco;
  readonly settings: PushSettings & Pick<Settings, "storage">;
  /** Namespace of Prometheus and Alertmanager. */
  readonly monitoring: pulumi.Input<string>;
  /**
   * What must be there before the release: the CRDs, without which the chart leaves out falcosidekick's ServiceMonitor
   * without a word.
   */
  readonly releaseDependsOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** Falco on every node, falcosidekick that hands on what it sees, and where asked for the page that shows it. */
export class Falco extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** Name of the Secret with user and password of the web page; undefined without it. */
  readonly uiSecretName: pulumi.Output<string> | undefined;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: FalcoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:falco:Falco", name, {}, opts);
    const { falco, settings, mirror } = args;
    const { slack, ui } = falco;
    const local = ui?.storage.local;
    const volume =
      ui === undefined || local === undefined
        ? []
        : [redisVolume(`${name}-${falcoNames.redisVolume}`, { ...ui.storage, local }, { parent: this })];
    const namespace = podSecurityNamespace(
      `${name}-namespace`,
      { namespace: namespaceNames.falco, podSecurity: "privileged", retain: keepsClaim(ui, settings.storage.retain) },
      // So that the volume goes after the claim, which goes with the namespace.
      { parent: this, dependsOn: volume },
    ).metadata.name;

    const outputs =
      slack === undefined
        ? []
        : [
            smallSecret(
              `${name}-outputs`,
              { name: falcoNames.outputsSecret, namespace, content: { SLACK_WEBHOOKURL: slack.webhookUrl } },
              { parent: this },
            ),
          ];
    const page = ui === undefined ? undefined : this.#uiSecrets(name, ui, namespace);
    for (const policy of falcoPolicies(falco, args.monitoring)) {
      networkPolicy(`${name}-${policy.name}-access`, { ...policy, namespace }, { parent: this });
    }

    this.release = chartRelease(
      `${name}-release`,
      {
        chart: charts.falco,
        namespace,
        values: falcoValues(falco, settings),
        ...(mirror === undefined ? {} : { mirror }),
      },
      { parent: this, dependsOn: [...args.releaseDependsOn, ...volume, ...outputs, ...(page?.made ?? [])] },
    );
    for (const service of outsideServices(falco)) {
      new k8s.core.v1.Service(
        `${name}-${service.name}`,
        {
          metadata: {
            name: service.name,
            namespace,
            // An address may take its time, or never come; nothing else waits for it.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: service.spec as k8s.types.input.core.v1.ServiceSpec,
        },
        { parent: this },
      );
    }
    this.releaseName = this.release.name;
    this.uiSecretName = page?.name;
    this.registerOutputs({ releaseName: this.releaseName, uiSecretName: this.uiSecretName });
  }

  #uiSecrets(name: string, ui: FalcoUi, namespace: pulumi.Input<string>) {
    const password = (of: string) =>
      // No colon: the page would take itself for unconfigured and let in admin with the password admin.
      new random.RandomPassword(`${name}-${of}-password`, { length: 32, special: false }, { parent: this }).result;
    const redis = password("redis");
    const own = ui.password === undefined ? password("ui") : pulumi.secret(ui.password.reveal());
    const login = smallSecret(
      `${name}-ui`,
      {
        name: falcoNames.uiSecret,
        namespace,
        content: {
          [falcoNames.uiUserKey]: pulumi.interpolate`${ui.user}:${own}`,
          FALCOSIDEKICK_UI_REDIS_PASSWORD: redis,
          // Of the container that waits for Redis, which the chart gives no other Secret.
          REDIS_PASSWORD: redis,
        },
      },
      { parent: this },
    );
    const ofRedis = smallSecret(
      `${name}-ui-redis`,
      {
        name: falcoNames.redisSecret,
        namespace,
        content: { REDIS_ARGS: pulumi.interpolate`--requirepass ${redis}`, REDIS_PASSWORD: redis },
      },
      { parent: this },
    );
    return { name: login.metadata.name, made: [login, ofRedis] };
  }
}
