/** Values of kube-prometheus-stack. Pure; the only secrets in them are names of Secrets. */
import { platformFacts } from "../../config/platforms.ts";
import type { Settings } from "../../config/settings.ts";
import type { AlertmanagerConfiguration } from "../receivers/alertmanager-config.ts";
import { grafanaAdminSecret } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import { type Sizing, sizing } from "./sizing.ts";

/** The settings that the values are made of. */
export type StackSettings = Pick<
  Settings,
  "environment" | "clusterName" | "platform" | "profile" | "grafana" | "storage" | "retention"
>;

export interface StackValuesInput {
  readonly settings: StackSettings;
  /** Alertmanager's base configuration. */
  readonly alertmanagerConfig: AlertmanagerConfiguration;
  /** Message templates, by the name of the file. */
  readonly templates: Readonly<Record<string, string>>;
  /** Names of the Secrets that Alertmanager mounts. */
  readonly alertmanagerSecrets: readonly string[];
}

export function stackValues(input: StackValuesInput): Values {
  const { settings } = input;
  const size = sizing(settings.profile);
  return {
    // The CRDs are a release of their own: Helm never upgrades those of a chart's crds/ directory.
    crds: { enabled: false },
    ...platformValues(settings),
    prometheusOperator: operatorValues(settings, size),
    prometheus: prometheusValues(settings, size),
    alertmanager: alertmanagerValues(input, size),
    grafana: grafanaValues(input, size),
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
    prometheusSpec: {
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
    alertmanagerSpec: {
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

const majority = (replicas: number) => Math.floor(replicas / 2) + 1;

function grafanaValues({ settings }: StackValuesInput, size: Sizing): Values {
  const { enabled, storage } = settings.grafana;
  if (!enabled) {
    return { enabled };
  }
  return {
    enabled,
    admin: {
      existingSecret: grafanaAdminSecret.name,
      userKey: grafanaAdminSecret.userKey,
      passwordKey: grafanaAdminSecret.passwordKey,
    },
    resources: size.resources.grafana,
    sidecar: { resources: size.resources.grafanaSidecar },
    ...(storage === undefined ? {} : grafanaVolume(storage, settings.storage)),
  };
}

function grafanaVolume(size: string, { className, retain }: Settings["storage"]): Values {
  return {
    persistence: {
      enabled: true,
      type: "pvc",
      accessModes: ["ReadWriteOnce"],
      size,
      ...(className === undefined ? {} : { storageClassName: className }),
      // The claim is part of the release: Helm would delete it, and takes a kept one over.
      ...(retain === true ? { annotations: { "helm.sh/resource-policy": "keep" } } : {}),
    },
    // A volume of one node cannot be handed to the new pod while the old one still runs: a rolling update would hang.
    deploymentStrategy: { type: "Recreate" },
    // The pod's fsGroup does it, without a container that runs as root.
    initChownData: { enabled: false },
  };
}

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
