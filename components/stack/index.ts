import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { platformFacts } from "../../config/platforms.ts";
import { charts } from "../../config/versions.ts";
import type { AlertmanagerConfiguration } from "../receivers/alertmanager-config.ts";
import { grafanaAdminSecret, releaseNames } from "../shared/names.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { type StackSettings, stackValues } from "./values.ts";

export interface StackArgs {
  readonly settings: StackSettings;
  readonly namespace: pulumi.Input<string>;
  /** Alertmanager's base configuration, without secrets. */
  readonly alertmanagerConfig: AlertmanagerConfiguration;
  /** Message templates, by the name of the file. */
  readonly templates: Readonly<Record<string, string>>;
  /** Names of the Secrets that Alertmanager mounts. */
  readonly alertmanagerSecrets: readonly string[];
  /** What must be there before the release, but not before the rest: the CRDs and the Secrets that it mounts. */
  readonly releaseDependsOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the chart's own one. */
  readonly mirror?: string;
}

/** Prometheus, Alertmanager, Grafana and what they measure with. */
export class MonitoringStack extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;
  /** Name of the Secret with Grafana's admin; undefined without Grafana. */
  readonly grafanaSecretName: pulumi.Output<string> | undefined;
  /** The release, for `dependsOn`. */
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, args: StackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:monitoring:Stack", name, {}, opts);
    const { settings, namespace, mirror } = args;
    const admin = settings.grafana.enabled ? this.#grafanaAdmin(name, namespace) : undefined;
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
        dependsOn: [...args.releaseDependsOn, ...[admin, kubelet].filter((resource) => resource !== undefined)],
      },
    );
    this.releaseName = this.release.name;
    this.grafanaSecretName = admin?.metadata.name;
    this.registerOutputs({ releaseName: this.releaseName, grafanaSecretName: this.grafanaSecretName });
  }

  #grafanaAdmin(name: string, namespace: pulumi.Input<string>): k8s.core.v1.Secret {
    // Letters and digits only: the password is read from a terminal and typed into a browser.
    const password = new random.RandomPassword(
      `${name}-grafana-admin-password`,
      { length: 32, special: false },
      { parent: this },
    );
    const { name: secretName, userKey, passwordKey } = grafanaAdminSecret;
    const content = { [userKey]: "admin", [passwordKey]: password.result };
    return smallSecret(`${name}-grafana-admin`, { name: secretName, namespace, content }, { parent: this });
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
