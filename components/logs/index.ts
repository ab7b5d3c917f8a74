import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ExistingLoki, LogStore } from "../../config/settings-logs.ts";
import { charts } from "../../config/versions.ts";
import { namespaceNames } from "../shared/names.ts";
import { podSecurityNamespace } from "../shared/namespace.ts";
import { chartRelease } from "../shared/release.ts";
import { smallSecret } from "../shared/secret.ts";
import { logAccess } from "./access.ts";
import { dataSourceConfig, dataSourceFile, dataSourceLabels, type LokiAddress } from "./datasource.ts";
import { alloyValues, type LogSurroundings, lokiUrl, lokiValues } from "./values.ts";
import { networkPolicy } from "../shared/network-policy.ts";

export interface LogsArgs {
  /** A Loki that exists, or one to install. */
  readonly logs: ExistingLoki | LogStore;
  readonly settings: LogSurroundings;
  /** Namespace of Grafana and Prometheus. */
  readonly monitoring: pulumi.Input<string>;
  /** Whether there is a Grafana that shows the logs. */
  readonly grafana: boolean;
  /** What must be there before the releases: the CRDs of their ServiceMonitors. */
  readonly releasesDependOn: readonly pulumi.Resource[];
  /** Chart repository to use instead of the charts' own ones. */
  readonly mirror?: string;
}

/** Logs of all containers: Loki and Alloy, or only the way to a Loki that exists. */
export class Logs extends pulumi.ComponentResource {
  /** Address of Loki as pods of the cluster reach it. */
  readonly url: pulumi.Output<string>;
  /** Names of the releases, Loki's first; none for a Loki that exists. */
  readonly releaseNames: pulumi.Output<string[]>;
  /** The releases, for `dependsOn`. */
  readonly releases: readonly k8s.helm.v3.Release[];

  constructor(name: string, args: LogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:logs:Logs", name, {}, opts);
    const { logs } = args;
    this.releases = logs.mode === "install" ? this.#install(name, logs, args) : [];
    const address: LokiAddress = logs.mode === "install" ? { url: lokiUrl } : logs;
    if (args.grafana) {
      const password = logs.mode === "existing" ? logs.password?.reveal() : undefined;
      this.#dataSource(`${name}-data-source`, args.monitoring, address, password);
    }
    this.url = pulumi.output(address.url);
    this.releaseNames = pulumi.all(this.releases.map((release) => release.name));
    this.registerOutputs({ url: this.url, releaseNames: this.releaseNames });
  }

  #install(name: string, store: LogStore, args: LogsArgs): k8s.helm.v3.Release[] {
    const made = podSecurityNamespace(
      `${name}-namespace`,
      { namespace: namespaceNames.logs, podSecurity: "restricted", retain: args.settings.storage.retain },
      { parent: this },
    );
    const namespace = made.metadata.name;
    const policies = logAccess(args.monitoring).map((policy) =>
      networkPolicy(`${name}-${policy.name}`, { ...policy, namespace }, { parent: this }),
    );
    const mirror = args.mirror === undefined ? {} : { mirror: args.mirror };
    const opts = { parent: this, dependsOn: [...args.releasesDependOn, ...policies] };
    // Neither waits for the other: Alloy keeps what Loki does not take yet.
    return [
      chartRelease(
        `${name}-loki`,
        { chart: charts.loki, namespace, values: lokiValues(store, args.settings), ...mirror },
        opts,
      ),
      chartRelease(
        `${name}-alloy`,
        { chart: charts.alloy, namespace, values: alloyValues(args.settings), ...mirror },
        opts,
      ),
    ];
  }

  /** In Grafana's namespace, where its sidecar looks. With a password it is a Secret as a whole. */
  #dataSource(name: string, namespace: pulumi.Input<string>, address: LokiAddress, password: string | undefined) {
    const objectName = "grafana-datasource-loki";
    const content = { [dataSourceFile]: dataSourceConfig(address, password) };
    if (password !== undefined) {
      return smallSecret(name, { name: objectName, namespace, content, labels: dataSourceLabels }, { parent: this });
    }
    const metadata = { name: objectName, namespace, labels: dataSourceLabels };
    return new k8s.core.v1.ConfigMap(name, { metadata, data: content }, { parent: this });
  }
}
