/** Values of kube-prometheus-stack. Pure; the only secrets in them are names of Secrets. */
import { platformFacts } from "../../config/platforms.ts";
import type { Exposure } from "../../config/settings-exposure.ts";
import type { Settings } from "../../config/settings.ts";
import { grafanaValues } from "../grafana/values.ts";
import type { AlertmanagerConfiguration } from "../receivers/alertmanager-config.ts";
import { ingressValues } from "../shared/ingress.ts";
import type { Values } from "../shared/release.ts";
import { type Sizing, sizing } from "./sizing.ts";

/** The settings that the values are made of. */
export type StackSettings = Pick<
  Settings,
  | "environment"
  | "clusterName"
  | "platform"
  | "profile"
  | "grafana"
  | "prometheus"
  | "alertmanager"
  | "smtp"
  | "storage"
  | "retention"
>;

export interface StackValuesInput {
  readonly settings: StackSettings;
  /** Alertmanager's base configuration. */
  readonly alertmanagerConfig: AlertmanagerConfiguration;
  /** Message templates, by the name of the file. */
  readonly templates: Readonly<Record<string, string>>;
  /** Names of the Secrets that Alertmanager mounts. */
  readonly alertmanagerSecrets: readonly string[];
  /** Changes whenever a Secret of Grafana's process changes: an output, without Grafana undefined. */
  readonly grafanaSecretsVersion?: unknown;
}

export function stackValues(input: StackValuesInput): Values {
  const { settings } = input;
  const size = sizing(settings.profile);
  return {
    // The CRDs are a release of their own: Helm never upgrades those of a chart's crds/ directory.
    crds: { enabled: false },
    // The same alert stands in alerts/rules/notifications.yaml, with a runbook and tests; two of them would beat twice.
    defaultRules: { disabled: { Watchdog: true } },
    ...platformValues(settings),
    prometheusOperator: operatorValues(settings, size),
    prometheus: prometheusValues(settings, size),
    alertmanager: alertmanagerValues(input, size),
    grafana: grafanaValues({
      grafana: settings.grafana,
      ...(settings.smtp === undefined ? {} : { smtp: settings.smtp }),
      storage: settings.storage,
      resources: { grafana: size.resources.grafana, sidecar: size.resources.grafanaSidecar },
      secretsVersion: input.grafanaSecretsVersion,
    }),
    "kube-state-metrics": { resources: size.resources.kubeStateMetrics },
    "prometheus-node-exporter": { resources: size.resources.nodeExporter },
  };
}

/**
 * Scraping what the platform does not show would give alerts that fire for ever; the chart takes those away with the
 * scrape.
 */
function platformValues({ platform }: StackSettings): Values {
  const { controlPlane, kubeSystemServices, hostAccess } = platformFacts(platform);
  return {
    kubeControllerManager: { enabled: controlPlane.controllerManager },
    kubeScheduler: { enabled: controlPlane.scheduler },
    kubeEtcd: { enabled: controlPlane.etcd },
    kubeProxy: { enabled: controlPlane.proxy },
    // Both are found by Services in kube-system.
    coreDns: { enabled: kubeSystemServices },
    kubelet: { enabled: kubeSystemServices },
    nodeExporter: { enabled: hostAccess },
  };
}

function operatorValues({ platform }: StackSettings, { resources }: Sizing): Values {
  return {
    // The operator itself leaves out what is invalid and says so in an event. The webhooks would add two Jobs that can
    // hang an installation, and a port that the control planes of private clusters cannot reach.
    admissionWebhooks: { enabled: false },
    // Its certificate is made by the webhooks' Job: without that, the pod would wait for it for ever.
    tls: { enabled: false },
    kubeletService: { enabled: platformFacts(platform).kubeSystemServices },
    resources: resources.operator,
    prometheusConfigReloader: { resources: resources.configReloader },
  };
}

function prometheusValues(settings: StackSettings, size: Sizing): Values {
  return {
    podDisruptionBudget: { enabled: size.disruptionBudgets },
    ...ingressOf("prometheus", settings.prometheus),
    prometheusSpec: {
      ...externalUrlOf(settings.prometheus),
      replicas: size.replicas.prometheus,
      resources: size.resources.prometheus,
      // On every alert and every sample that leaves this Prometheus.
      externalLabels: { cluster: settings.clusterName, environment: settings.environment },
      // Whatever anybody puts into the cluster counts, without a label that must be known first.
      ruleSelectorNilUsesHelmValues: false,
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
      retention: settings.retention.time,
      retentionSize: settings.retention.size,
      storageSpec: volume(settings.storage.prometheus, settings.storage.className),
      persistentVolumeClaimRetentionPolicy: claimRetention,
    },
  };
}

function alertmanagerValues(input: StackValuesInput, size: Sizing): Values {
  const { storage } = input.settings;
  return {
    enableFeatures: ["receiver-name-in-metrics"],
    podDisruptionBudget: { enabled: size.disruptionBudgets, minAvailable: majority(size.replicas.alertmanager) },
    // As values rather than as a Secret of our own: a preview shows every change of the tree, and the operator silently
    // uses an empty configuration when it cannot find such a Secret.
    config: input.alertmanagerConfig,
    templateFiles: input.templates,
    ...ingressOf("alertmanager", input.settings.alertmanager),
    alertmanagerSpec: {
      ...externalUrlOf(input.settings.alertmanager),
      replicas: size.replicas.alertmanager,
      resources: size.resources.alertmanager,
      secrets: [...input.alertmanagerSecrets],
      // AlertmanagerConfig objects of every namespace, each for the alerts of its own namespace only.
      alertmanagerConfigSelector: {},
      alertmanagerConfigNamespaceSelector: {},
      alertmanagerConfigMatcherStrategy: { type: "OnNamespace" },
      storage: volume(storage.alertmanager, storage.className),
      persistentVolumeClaimRetentionPolicy: claimRetention,
    },
  };
}

/** What links in messages begin with; without one they lead to the Service's name, which only the cluster knows. */
function externalUrlOf({ externalUrl }: Exposure): Values {
  return externalUrl === undefined ? {} : { externalUrl };
}

function ingressOf(of: string, { externalUrl, ingress }: Exposure): Values {
  return externalUrl === undefined || ingress === undefined
    ? {}
    : { ingress: { ...ingressValues(of, externalUrl, ingress), paths: ["/"], pathType: "Prefix" } };
}

const majority = (replicas: number) => Math.floor(replicas / 2) + 1;

/**
 * The operator deletes and makes anew a StatefulSet for a change that Kubernetes does not allow in place; `Delete`
 * would take the metrics with it. The claims go with the namespace, at the end.
 */
const claimRetention = { whenDeleted: "Retain", whenScaled: "Retain" } as const;

function volume(size: string, className: string | undefined): Values {
  return {
    volumeClaimTemplate: {
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        ...(className === undefined ? {} : { storageClassName: className }),
      },
    },
  };
}
