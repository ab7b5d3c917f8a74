import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { SecretValue } from "../../config/secret-value.ts";
import type { DataSource, GrafanaSettings } from "../../config/settings-grafana.ts";
import type { SmtpServer } from "../../config/settings.ts";
import { grafanaAdminSecret } from "../shared/names.ts";
import { smallSecret } from "../shared/secret.ts";
import { dashboardFolder, dashboardLabels, dashboards, folderAnnotation } from "./dashboards.ts";
import { dataSourceConfig, dataSourceFile, dataSourceLabels } from "./data-source.ts";
import { type GrafanaSecret, grafanaSecrets } from "./secrets.ts";

export interface GrafanaArgs {
  readonly grafana: GrafanaSettings;
  readonly smtp?: SmtpServer;
  /** Namespace of the pod, which the chart of the stack makes. */
  readonly namespace: pulumi.Input<string>;
}

/** What Grafana's pod needs and shows: its Secrets, its dashboards, its further data sources. The chart makes the pod. */
export class Grafana extends pulumi.ComponentResource {
  /** Name of the Secret with the administrator. */
  readonly adminSecretName: pulumi.Output<string>;
  /** Changes whenever a Secret of the process changes, and tells nothing about it. */
  readonly secretsVersion: pulumi.Output<string>;
  /** Names of the dashboards' ConfigMaps. */
  readonly dashboards: pulumi.Output<string[]>;
  /** The Secrets without which the pod does not start, for `dependsOn`. */
  readonly secrets: readonly k8s.core.v1.Secret[];

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:grafana:Grafana", name, {}, opts);
    const { grafana, smtp, namespace } = args;
    // Letters and digits only: the password is read from a terminal and typed into a browser.
    const password = new random.RandomPassword(
      `${name}-admin-password`,
      { length: 32, special: false },
      { parent: this },
    );
    const { name: adminName, userKey, passwordKey } = grafanaAdminSecret;
    const wanted = [
      { name: adminName, content: { [userKey]: "admin", [passwordKey]: password.result } },
      ...grafanaSecrets(grafana, smtp),
    ];
    const made = wanted.map((secret) =>
      smallSecret(`${name}-${secret.name}`, { ...secret, namespace }, { parent: this }),
    );
    for (const source of grafana.dataSources) {
      this.#dataSource(`${name}-source-${source.name}`, namespace, source);
    }
    const shown = Object.entries(dashboards()).map(([file, text]) => this.#dashboard(name, namespace, file, text));

    this.secrets = made;
    this.adminSecretName = pulumi.output(made[0]?.metadata.name ?? adminName);
    this.secretsVersion = this.#version(name, wanted);
    this.dashboards = pulumi.all(shown.map((object) => object.metadata.name));
    this.registerOutputs({
      adminSecretName: this.adminSecretName,
      secretsVersion: this.secretsVersion,
      dashboards: this.dashboards,
    });
  }

  /**
   * A random text that is made anew when a secret changes. A hash of the secrets themselves would tell whoever reads
   * the pod whether a guess is right; here it stays in the state, encrypted.
   */
  #version(name: string, secrets: readonly GrafanaSecret[]): pulumi.Output<string> {
    const contents = secrets.flatMap((secret) =>
      Object.entries(secret.content).map(([key, value]) =>
        pulumi
          .output(value instanceof SecretValue ? value.reveal() : value)
          .apply((text): readonly string[] => [secret.name, key, text]),
      ),
    );
    const fingerprint = pulumi
      .all(contents)
      .apply((all) => createHash("sha256").update(JSON.stringify(all)).digest("hex"));
    const version = new random.RandomString(
      `${name}-secrets-version`,
      { length: 16, special: false, keepers: { secrets: pulumi.secret(fingerprint) } },
      { parent: this, additionalSecretOutputs: ["keepers"] },
    );
    return pulumi.unsecret(version.result);
  }

  /** Found by the sidecar, which tells Grafana of every change. With a password or token it is a Secret as a whole. */
  #dataSource(name: string, namespace: pulumi.Input<string>, source: DataSource): pulumi.Resource {
    const objectName = `grafana-datasource-${source.name}`;
    const content = { [dataSourceFile(source)]: dataSourceConfig(source) };
    if (source.auth !== undefined) {
      const labels = dataSourceLabels;
      return smallSecret(name, { name: objectName, namespace, content, labels }, { parent: this });
    }
    const metadata = { name: objectName, namespace, labels: dataSourceLabels };
    return new k8s.core.v1.ConfigMap(name, { metadata, data: content }, { parent: this });
  }

  #dashboard(name: string, namespace: pulumi.Input<string>, file: string, text: string): k8s.core.v1.ConfigMap {
    const title = file.replace(/\.json$/, "");
    return new k8s.core.v1.ConfigMap(
      `${name}-dashboard-${title}`,
      {
        metadata: {
          name: `grafana-dashboard-${title}`,
          namespace,
          labels: dashboardLabels,
          annotations: { [folderAnnotation]: dashboardFolder.own },
        },
        data: { [file]: text },
      },
      { parent: this },
    );
  }
}
