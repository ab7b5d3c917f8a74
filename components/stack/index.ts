import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { platformFacts } from "../../config/platforms.ts";
import type { SecretValue } from "../../config/secret-value.ts";
import type { Settings } from "../../config/settings.ts";
import { charts } from "../../config/versions.ts";
import type { AlertmanagerConfiguration } from "../receivers/alertmanager-config.ts";
import { ingressUsersSecret, releaseNames } from "../shared/names.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { type StackSettings, stackValues } from "./values.ts";

export interface StackArgs {
  readonly settings: StackSettings & Pick<Settings, "ingressUsers">;
  readonly namespace: pulumi.Input<string>;
  /** Alertmanager's base configuration, without secrets. */
  readonly alertmanagerConfig: AlertmanagerConfiguration;
  /** Message templates, by the name of the file. */
  readonly templates: Readonly<Record<string, string>>;
  /** Names of the Secrets that Alertmanager mounts. */
  readonly alertmanagerSecrets: readonly string[];
  /** Changes whenever a Secret of Grafana's process changes; undefined without Grafana. */
  readonly grafanaSecretsVersion?: pulumi.Input<string>;
  /** What must be there before the release, but not before the rest: the CRDs and the Secrets that it mounts. */
  readonly releaseDependsOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** Prometheus, Alertmanager, Grafana and what they measure with. */
export class MonitoringStack extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: StackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:monitoring:Stack", name, {}, opts);
    const { settings, namespace, mirror } = args;
    const { ingressUsers } = settings;
    const users = ingressUsers === undefined ? undefined : this.#ingressUsers(name, namespace, ingressUsers);
    const kubelet = platformFacts(settings.platform).kubeSystemServices ? this.#kubeletService(name) : undefined;
    this.release = chartRelease(
      `${name}-release`,
      {
        chart: charts.kubePrometheusStack,
        namespace,
        values: stackValues(args),
        ...(mirror === undefined ? {} : { mirror }),
      },
      {
        parent: this,
        dependsOn: [...args.releaseDependsOn, ...[users, kubelet].filter((resource) => resource !== undefined)],
      },
    );
    this.releaseName = this.release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }

  /** Made before the Ingresses that ask for it: until it is there, nobody would pass. */
  #ingressUsers(name: string, namespace: pulumi.Input<string>, users: SecretValue): k8s.core.v1.Secret {
    const { name: secretName, key } = ingressUsersSecret;
    return smallSecret(
      `${name}-ingress-users`,
      { name: secretName, namespace, content: { [key]: users } },
      { parent: this },
    );
  }

  /**
   * The Service by which the kubelets are found. The operator makes it at run time, so no chart would ever delete it:
   * made here first, it is taken over by the operator, and goes after the operator at the end. The operator fills in
   * the ports.
   */
  #kubeletService(name: string): k8s.core.v1.Service {
    const labels = { "app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet" };
    return new k8s.core.v1.Service(
      `${name}-kubelet`,
      {
        metadata: { name: `${releaseNames.stack}-kubelet`, namespace: "kube-system", labels },
        spec: { clusterIP: "None" },
      },
      { parent: this },
    );
  }
}
