import assert from "node:assert/strict";

import { crdValues } from "../../../components/crds/values.ts";
import { routingTree } from "../../../components/receivers/routing.ts";
import { sizing } from "../../../components/stack/sizing.ts";
import { stackValues } from "../../../components/stack/values.ts";
import { type Platform, platforms, profiles, type Settings } from "../../../config/settings.ts";
import { chartValueKeys, unknownValueKeys, type ValueKey } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import { exampleSettings } from "../../harness.ts";

function valuesOf(changes: Partial<Settings> = {}): Record<string, unknown> {
  const settings = exampleSettings(changes);
  return stackValues({
    settings,
    alertmanagerConfig: routingTree(settings),
    templates: { "slack.tmpl": "{{ define }}" },
    alertmanagerSecrets: ["alertmanager-slack", "alertmanager-mail"],
  });
}

const { grafana } = exampleSettings();

/** The value at a path. */
function at(values: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

describe("values of the charts", () => {
  let stackKeys: ValueKey;
  let crdKeys: ValueKey;
  before(async () => {
    stackKeys = await chartValueKeys(charts.kubePrometheusStack);
    crdKeys = await chartValueKeys(charts.prometheusOperatorCrds);
  });

  it("hold no key that the pinned chart does not have, whatever the settings", () => {
    const volumes = { className: "fast", prometheus: "10Gi", alertmanager: "1Gi" };
    for (const platform of platforms) {
      for (const profile of profiles) {
        for (const changes of [{ storage: "1Gi" }, {}, { enabled: false }]) {
          const values = valuesOf({ platform, profile, grafana: { ...grafana, ...changes }, storage: volumes });
          assert.deepEqual(unknownValueKeys(stackKeys, values), [], `${platform} ${profile}`);
        }
      }
    }
    for (const purge of [true, false]) {
      assert.deepEqual(unknownValueKeys(crdKeys, crdValues({ purge })), []);
    }
  });

  it("would not pass with a misspelt key", () => {
    assert.deepEqual(unknownValueKeys(stackKeys, { prometheus: { prometheusSpec: { retentionsSize: "1GiB" } } }), [
      "prometheus.prometheusSpec.retentionsSize",
    ]);
  });
});

describe("values of kube-prometheus-stack", () => {
  it("take out the chart's watchdog, because this stack has its own, and no other alert", () => {
    assert.deepEqual(at(valuesOf(), "defaultRules"), { disabled: { Watchdog: true } });
  });

  it("leave the CRDs to their own release", () => {
    assert.deepEqual(at(valuesOf(), "crds"), { enabled: false });
  });

  it("configure Prometheus", () => {
    const storage = { className: "fast", prometheus: "20Gi", alertmanager: "2Gi" };
    assert.deepEqual(at(valuesOf({ storage }), "prometheus", "prometheusSpec"), {
      replicas: 1,
      resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1536Mi" } },
      externalLabels: { cluster: "test-1", environment: "test" },
      ruleSelectorNilUsesHelmValues: false,
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
      retention: "7d",
      retentionSize: "8GiB",
      storageSpec: {
        volumeClaimTemplate: {
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "20Gi" } },
            storageClassName: "fast",
          },
        },
      },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
  });

  it("configure Alertmanager", () => {
    const { config, templateFiles, ...rest } = at(valuesOf(), "alertmanager") as Record<string, unknown>;
    assert.deepEqual(config, routingTree(exampleSettings()));
    assert.deepEqual(templateFiles, { "slack.tmpl": "{{ define }}" });
    assert.deepEqual(rest, {
      enableFeatures: ["receiver-name-in-metrics"],
      podDisruptionBudget: { enabled: false, minAvailable: 1 },
      alertmanagerSpec: {
        replicas: 1,
        resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "128Mi" } },
        secrets: ["alertmanager-slack", "alertmanager-mail"],
        alertmanagerConfigSelector: {},
        alertmanagerConfigNamespaceSelector: {},
        alertmanagerConfigMatcherStrategy: { type: "OnNamespace" },
        storage: {
          volumeClaimTemplate: {
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      },
    });
  });

  it("give Grafana's volume to one pod at a time", () => {
    const ofGrafana = at(valuesOf({ grafana: { ...grafana, storage: "5Gi" } }), "grafana");
    assert.deepEqual(at(ofGrafana, "persistence"), {
      enabled: true,
      type: "pvc",
      accessModes: ["ReadWriteOnce"],
      size: "5Gi",
    });
    assert.deepEqual(at(ofGrafana, "deploymentStrategy"), { type: "Recreate" });
  });

  it("name Grafana's Secret and hold no password", () => {
    const values = at(valuesOf(), "grafana");
    assert.deepEqual(at(values, "admin"), {
      existingSecret: "grafana-admin",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.equal(at(values, "adminPassword"), undefined);
    assert.equal(at(values, "persistence"), undefined);
    assert.deepEqual(at(valuesOf({ grafana: { ...grafana, enabled: false } }), "grafana"), { enabled: false });
  });

  it("scrape only what the platform shows", () => {
    const parts = ["kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy", "coreDns", "kubelet", "nodeExporter"];
    const scraped = (platform: Platform) => parts.filter((part) => at(valuesOf({ platform }), part, "enabled") === true);
    assert.deepEqual(scraped("eks"), ["coreDns", "kubelet", "nodeExporter"]);
    assert.deepEqual(scraped("gke-autopilot"), []);
    assert.equal(at(valuesOf({ platform: "gke-autopilot" }), "prometheusOperator", "kubeletService", "enabled"), false);
  });

  it("survive the loss of one of each in the profile ha", () => {
    const values = valuesOf({ profile: "ha" });
    assert.equal(at(values, "prometheus", "prometheusSpec", "replicas"), 2);
    assert.equal(at(values, "alertmanager", "alertmanagerSpec", "replicas"), 3);
    assert.deepEqual(at(values, "prometheus", "podDisruptionBudget"), { enabled: true });
    assert.deepEqual(at(values, "alertmanager", "podDisruptionBudget"), { enabled: true, minAvailable: 2 });
  });

  it("limit memory and never CPU, and request less than the limit", () => {
    const megabytes = (quantity: string) => Number.parseInt(quantity) * (quantity.endsWith("Gi") ? 1024 : 1);
    for (const profile of profiles) {
      for (const [part, { requests, limits }] of Object.entries(sizing(profile).resources)) {
        assert.deepEqual(Object.keys(limits), ["memory"], `${profile} ${part}`);
        assert.ok(megabytes(requests.memory) < megabytes(limits.memory), `${profile} ${part}`);
      }
    }
  });
});
