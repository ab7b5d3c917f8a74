import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { platformFacts } from "../config/platforms.ts";
import type { Settings } from "../config/settings.ts";
import { AlertRules } from "./alerting/index.ts";
import { ruleSets, ruleTexts } from "./alerting/rules.ts";
import { Crds } from "./crds/index.ts";
import { Demo } from "./demo/index.ts";
import { Falco } from "./falco/index.ts";
import { Grafana } from "./grafana/index.ts";
import { Logs } from "./logs/index.ts";
import { Namespaces } from "./namespaces/index.ts";
import { Probes } from "./probes/index.ts";
import { ScrapeTargets } from "./probes/scrape-targets.ts";
import { ReceiverSecrets, TeamReceivers } from "./receivers/index.ts";
import { routingTree } from "./receivers/routing.ts";
import { baseSecrets } from "./receivers/secrets.ts";
import { messageTemplates } from "./receivers/templates.ts";
import { MonitoringStack } from "./stack/index.ts";
import type { CrdObject } from "./trivy/crds.ts";
import { Trivy } from "./trivy/index.ts";

export interface PlatformArgs {
  readonly settings: Settings;
  /**
   * Trivy's CRDs, out of the pinned chart. Without them none are made, for `belfry render`, which uses no network.
   * @default none
   */
  readonly trivyCrds?: readonly CrdObject[];
}

/**
 * The whole watch, and who depends on whom:
 *
 *     namespaces -> CRDs ---------------------> stack -> receivers of teams, alert rules
 *                        \--------------------> probes, scrape targets
 *                   CRDs ---------------------> Trivy (beside its own CRDs) -> demo
 *                -> Secrets of the receivers -/
 *                -> Grafana's Secrets -------/
 *                -> dashboards, data sources
 *                   CRDs ---------------------> Loki, Alloy
 *                   CRDs ---------------------> Falco (its volume -> its namespace)
 *
 * What stands side by side installs side by side. Deletion goes the same way backwards: the CRDs outlive everything
 * that has objects of their kinds.
 */
export class Platform extends pulumi.ComponentResource {
  /** Namespace of the monitoring stack. */
  readonly namespace: pulumi.Output<string>;
  /** What is installed, each as `<release> <version> in <namespace>`, in the order of installation. */
  readonly releases: pulumi.Output<string[]>;
  /** Namespace of the vulnerable application; undefined without the demo. */
  readonly demoNamespace: pulumi.Output<string> | undefined;
  /** Name of the Secret with Grafana's admin; undefined without Grafana. */
  readonly grafanaSecretName: pulumi.Output<string> | undefined;
  /** Name of the Secret with user and password of Falco's web page; undefined without it. */
  readonly falcoUiSecretName: pulumi.Output<string> | undefined;
  /** Names of the cluster-wide receivers, in the order of the settings. */
  readonly receivers: readonly string[];
  /** The receivers of teams as `<namespace>/<name>`. */
  readonly teamReceivers: pulumi.Output<string[]>;
  /** Names of the PrometheusRule objects with this stack's own alerts. */
  readonly rules: pulumi.Output<string[]>;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("belfry:index:Platform", name, {}, opts);
    const { settings } = args;
    const mirror = settings.chartMirror === undefined ? {} : { mirror: settings.chartMirror };

    const namespaces = new Namespaces(
      `${name}-namespaces`,
      {
        monitoring: settings.namespace,
        hostAccess: platformFacts(settings.platform).hostAccess,
        retain: settings.storage.retain,
        teams: [...new Set(settings.teams.filter((team) => team.createNamespace).map((team) => team.namespace))],
      },
      { parent: this },
    );
    const namespace = namespaces.monitoring;

    const crds = new Crds(`${name}-crds`, { namespace, purge: settings.purgeCrds, ...mirror }, { parent: this });

    const secrets = baseSecrets(settings);
    const receiverSecrets = new ReceiverSecrets(`${name}-receivers`, { namespace, secrets }, { parent: this });

    const { teams, smtp } = settings;
    const grafana = settings.grafana.enabled
      ? new Grafana(
          `${name}-grafana`,
          { grafana: settings.grafana, namespace, ...(smtp === undefined ? {} : { smtp }) },
          { parent: this },
        )
      : undefined;

    const stack = new MonitoringStack(
      `${name}-stack`,
      {
        settings,
        namespace,
        alertmanagerConfig: routingTree(settings),
        templates: messageTemplates(),
        alertmanagerSecrets: secrets.map((secret) => secret.name),
        ...(grafana === undefined ? {} : { grafanaSecretsVersion: grafana.secretsVersion }),
        releaseDependsOn: [crds.release, ...receiverSecrets.made, ...(grafana?.secrets ?? [])],
        ...mirror,
      },
      { parent: this },
    );

    const alertRules = new AlertRules(
      `${name}-alerts`,
      { namespace, rules: ruleSets(settings, ruleTexts()), objectsDependOn: [crds.release, stack.release] },
      { parent: this },
    );
    const crdsThere = [...namespaces.made, crds.release];
    const probes =
      settings.probes === undefined
        ? undefined
        : new Probes(
            `${name}-probes`,
            {
              probes: settings.probes,
              profile: settings.profile,
              namespace: settings.namespace,
              dependsOn: crdsThere,
              ...mirror,
            },
            { parent: this },
          );
    if (settings.scrapeTargets.length > 0) {
      new ScrapeTargets(
        `${name}-scrape`,
        { targets: settings.scrapeTargets, namespace: settings.namespace, objectsDependOn: crdsThere },
        { parent: this },
      );
    }

    const trivy =
      settings.trivy === undefined
        ? undefined
        : new Trivy(
            `${name}-trivy`,
            {
              trivy: settings.trivy,
              settings,
              definitions: args.trivyCrds ?? [],
              monitorDependsOn: [crds.release],
              releaseDependsOn: [crds.release],
              ...mirror,
            },
            { parent: this },
          );

    const demo =
      settings.demo === true
        ? new Demo(
            `${name}-demo`,
            { workloadDependsOn: trivy === undefined ? [] : [trivy.release] },
            { parent: this },
          )
        : undefined;

    const teamReceivers =
      smtp === undefined || teams.length === 0
        ? undefined
        : new TeamReceivers(
            `${name}-teams`,
            { teams, smtp, objectsDependOn: [...namespaces.made, crds.release, stack.release] },
            { parent: this },
          );

    const { logs: logSettings } = settings;
    const logs =
      logSettings.mode === "off"
        ? undefined
        : new Logs(
            `${name}-logs`,
            {
              logs: logSettings,
              settings,
              monitoring: namespace,
              grafana: settings.grafana.enabled,
              releasesDependOn: [crds.release],
              ...mirror,
            },
            { parent: this },
          );

    const { falco: falcoSettings } = settings;
    const falco = falcoSettings.enabled
      ? new Falco(
          `${name}-falco`,
          { falco: falcoSettings, settings, monitoring: namespace, releaseDependsOn: [crds.release], ...mirror },
          { parent: this },
        )
      : undefined;

    this.namespace = namespace;
    this.releases = pulumi.all(
      [
        crds.release,
        stack.release,
        ...(trivy === undefined ? [] : [trivy.release]),
        ...(probes === undefined ? [] : [probes.release]),
        ...(logs?.releases ?? []),
        ...(falco === undefined ? [] : [falco.release]),
      ].map(describeRelease),
    );
    this.demoNamespace = demo?.namespace;
    this.grafanaSecretName = grafana?.adminSecretName;
    this.falcoUiSecretName = falco?.uiSecretName;
    this.receivers = settings.receivers.map((receiver) => receiver.name);
    this.teamReceivers = teamReceivers?.names ?? pulumi.output([]);
    this.rules = alertRules.names;
    this.registerOutputs({
      namespace: this.namespace,
      releases: this.releases,
      demoNamespace: this.demoNamespace,
      grafanaSecretName: this.grafanaSecretName,
      falcoUiSecretName: this.falcoUiSecretName,
      receivers: this.receivers,
      teamReceivers: this.teamReceivers,
      rules: this.rules,
    });
  }
}

function describeRelease({ name, version, namespace }: k8s.helm.v3.Release): pulumi.Output<string> {
  return pulumi.interpolate`${name} ${version} in ${namespace}`;
}
