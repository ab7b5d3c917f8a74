import assert from "node:assert/strict";

import { parse } from "yaml";

import { dataSourceConfig } from "../../../components/logs/datasource.ts";
import { Logs } from "../../../components/logs/index.ts";
import { alloyPipeline, untemplated } from "../../../components/logs/pipeline.ts";
import { logSizing } from "../../../components/logs/sizing.ts";
import { alloyValues, lokiValues } from "../../../components/logs/values.ts";
import { SecretValue } from "../../../config/secret-value.ts";
import type { LogStore } from "../../../config/settings-logs.ts";
import { profiles } from "../../../config/settings.ts";
import { chartValueKeys, unknownValueKeys } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import { type Collected, collectResources, exampleSettings, promiseOf, secretPaths } from "../../harness.ts";

const store: LogStore = { mode: "install", retention: "14d", storage: "50Gi" };
const at = (values: unknown, ...path: readonly string[]) =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);

describe("values of loki and alloy", () => {
  it("hold no key that the pinned charts do not have, whatever the settings", async () => {
    const loki = await chartValueKeys(charts.loki);
    const alloy = await chartValueKeys(charts.alloy);
    for (const profile of profiles) {
      for (const storage of [{}, { className: "fast" }]) {
        const settings = exampleSettings({ profile, storage: { prometheus: "1Gi", alertmanager: "1Gi", ...storage } });
        assert.deepEqual(unknownValueKeys(loki, lokiValues(store, settings)), [], profile);
        assert.deepEqual(unknownValueKeys(alloy, alloyValues(settings)), [], profile);
      }
    }
    assert.deepEqual(unknownValueKeys(loki, { loki: { limits_config: { retention: "1d" } } }), [
      "loki.limits_config.retention",
    ]);
  });

  it("keep logs for as long as asked, on a volume of the size and class asked for", () => {
    const storage = { className: "fast", prometheus: "1Gi", alertmanager: "1Gi" };
    const values = lokiValues(store, exampleSettings({ storage }));
    assert.deepEqual(at(values, "loki", "limits_config"), { retention_period: "14d" });
    assert.deepEqual(at(values, "loki", "compactor"), { retention_enabled: true, delete_request_store: "filesystem" });
    assert.deepEqual(at(values, "singleBinary", "persistence"), { enabled: true, size: "50Gi", storageClass: "fast" });
    const usual = lokiValues(store, exampleSettings());
    assert.deepEqual(at(usual, "singleBinary", "persistence"), { enabled: true, size: "50Gi" });
  });

  it("tell nobody outside of this installation", () => {
    assert.deepEqual(at(lokiValues(store, exampleSettings()), "loki", "analytics"), { reporting_enabled: false });
    assert.equal(at(alloyValues(exampleSettings()), "alloy", "enableReporting"), false);
  });

  it("let Alloy read pods and their logs, and nothing else", () => {
    const verbs = ["get", "list", "watch"];
    assert.deepEqual(at(alloyValues(exampleSettings()), "rbac"), {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
      clusterRules: [{ apiGroups: [""], resources: ["pods/log"], verbs }],
    });
  });

  it("give Loki no access to the API server", () => {
    const values = lokiValues(store, exampleSettings());
    assert.deepEqual(at(values, "sidecar"), { rules: { enabled: false } });
    assert.deepEqual(at(values, "serviceAccount"), { automountServiceAccountToken: false });
    assert.deepEqual(at(values, "defaults"), { automountServiceAccountToken: false });
    assert.deepEqual(at(values, "rbac"), { namespaced: true });
  });

  it("have both scraped, under the names that rules know", () => {
    assert.deepEqual(at(lokiValues(store, exampleSettings()), "monitoring"), {
      serviceMonitor: { enabled: true, interval: "30s", jobPrefix: "" },
    });
    assert.deepEqual(at(alloyValues(exampleSettings()), "serviceMonitor"), { enabled: true, interval: "30s" });
  });

  it("limit memory and never CPU, and request less than the limit", () => {
    const megabytes = (quantity: string) => Number.parseInt(quantity) * (quantity.endsWith("Gi") ? 1024 : 1);
    for (const profile of profiles) {
      for (const [part, { requests, limits }] of Object.entries(logSizing(profile))) {
        const { memory, ...others } = limits as Record<string, string>;
        assert.deepEqual(others, {}, `${profile} ${part}`);
        assert.ok(megabytes((requests as { memory: string }).memory) < megabytes(memory ?? ""), `${profile} ${part}`);
      }
    }
  });
});

describe("Alloy's pipeline", () => {
  it("hands the logs of its own node to Loki, with the labels that alerts have", () => {
    const labels = { cluster: "prod-1", environment: 'a "b" \\' };
    assert.equal(
      alloyPipeline({ pushUrl: "http://loki.logging.svc:3100/loki/api/v1/push", labels }),
      `logging {
  level  = "warn"
  format = "logfmt"
}

discovery.kubernetes "pods" {
  role = "pod"
  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("K8S_NODE_NAME")
  }
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_node_name"]
    target_label  = "node"
  }
}

loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.loki.receiver]
}

loki.write "loki" {
  endpoint {
    url = "http://loki.logging.svc:3100/loki/api/v1/push"
  }
  external_labels = {
    cluster = "prod-1",
    environment = "a \\"b\\" \\\\",
  }
}
`,
    );
  });

  it("survives Helm's templates", () => {
    assert.equal(untemplated("a {{ b }} {{{ c"), 'a {{ "{{" }} b }} {{ "{{" }}{ c');
    assert.equal(untemplated("a { b }"), "a { b }");
  });
});

describe("Loki as a data source", () => {
  const file = (...args: Parameters<typeof dataSourceConfig>) =>
    (parse(dataSourceConfig(...args)) as { datasources: Record<string, unknown>[] }).datasources[0];

  it("is not the default one, which is Prometheus", () => {
    assert.deepEqual(parse(dataSourceConfig({ url: "http://loki.logging.svc:3100" })), {
      apiVersion: 1,
      prune: true,
      datasources: [
        {
          name: "Loki",
          uid: "loki",
          type: "loki",
          access: "proxy",
          url: "http://loki.logging.svc:3100",
          isDefault: false,
          jsonData: {},
        },
      ],
    });
  });

  it("has tenant and credentials, with the signs that Grafana would replace written twice", () => {
    const address = { url: "https://logs.example.com/$a", tenant: "a|b", username: "grafana" };
    assert.deepEqual(file(address, "pa$$word$HOME"), {
      name: "Loki",
      uid: "loki",
      type: "loki",
      access: "proxy",
      url: "https://logs.example.com/$$a",
      isDefault: false,
      basicAuth: true,
      basicAuthUser: "grafana",
      jsonData: { httpHeaderName1: "X-Scope-OrgID" },
      secureJsonData: { basicAuthPassword: "pa$$$$word$$HOME", httpHeaderValue1: "a|b" },
    });
  });
});

describe("the component of logs", () => {
  const collect = (logs: ConstructorParameters<typeof Logs>[1]["logs"], grafana = true): Promise<Collected> =>
    collectResources(async () => {
      const args = { logs, settings: exampleSettings(), monitoring: "watch", grafana, releasesDependOn: [] };
      const made = new Logs("logs", args);
      return { url: await promiseOf(made.url), releases: await promiseOf(made.releaseNames) };
    });
  const named = ({ resources }: Collected, name: string) =>
    resources.find((resource) => resource.name === name) ?? assert.fail(`${name} was not made`);
  const custom = ({ resources }: Collected) =>
    resources.filter((resource) => resource.custom).map(({ type, name }) => `${type} ${name}`).sort();

  it("installs Loki and Alloy side by side, in a namespace that allows no privilege", async () => {
    const collected = await collect(store);
    assert.deepEqual(custom(collected), [
      "kubernetes:core/v1:ConfigMap logs-data-source",
      "kubernetes:core/v1:Namespace logs-namespace",
      "kubernetes:helm.sh/v3:Release logs-alloy",
      "kubernetes:helm.sh/v3:Release logs-loki",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy logs-alloy",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy logs-deny-all",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy logs-loki",
    ]);
    assert.deepEqual(named(collected, "logs-namespace").inputs["metadata"], {
      name: "logging",
      labels: { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" },
    });
    const releases = collected.resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    for (const { name, dependsOn } of releases) {
      assert.deepEqual(dependsOn.filter((dependency) => dependency.includes("Release")), [], name);
    }
    assert.deepEqual(collected.outputs, { url: "http://loki.logging.svc:3100", releases: ["loki", "alloy"] });
  });

  it("lets only Alloy, Grafana, Prometheus and falcosidekick reach Loki, and only Prometheus reach Alloy", async () => {
    const { resources } = await collect(store);
    const policies = resources.filter(({ type }) => type.endsWith(":NetworkPolicy"));
    const inside = (name: string) => ({ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } });
    const from = (namespace: string, name: string) => ({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      ...inside(name),
    });
    const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: "TCP" }));
    const found = Object.fromEntries(
      policies.map(({ inputs }) => [String(at(inputs, "metadata", "name")), at(inputs, "spec")] as const),
    );
    assert.deepEqual(found, {
      "deny-all": { podSelector: {}, policyTypes: ["Ingress"], ingress: [] },
      loki: {
        ...inside("loki"),
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [inside("alloy"), from("watch", "grafana"), from("watch", "prometheus"), from("falco", "falcosidekick")],
            ports: tcp(3100),
          },
          { from: [inside("loki")], ports: tcp(9095, 7946) },
        ],
      },
      alloy: { ...inside("alloy"), policyTypes: ["Ingress"], ingress: [{ from: [from("watch", "prometheus")], ports: tcp(12_345) }] },
    });
    assert.deepEqual(new Set(policies.map(({ inputs }) => at(inputs, "metadata", "namespace"))), new Set(["logging"]));
  });

  it("gives Grafana the data source where its sidecar looks", async () => {
    const { inputs } = named(await collect(store), "logs-data-source");
    assert.deepEqual(inputs["metadata"], {
      name: "grafana-datasource-loki",
      namespace: "watch",
      labels: { grafana_datasource: "1" },
    });
    assert.deepEqual(inputs["data"], { "loki.yaml": dataSourceConfig({ url: "http://loki.logging.svc:3100" }) });
    assert.ok(!custom(await collect(store, false)).some((resource) => resource.includes("data-source")));
  });

  it("makes of a Loki that exists a data source alone, as a Secret when it holds a password", async () => {
    const url = "https://logs.example.com";
    assert.deepEqual(custom(await collect({ mode: "existing", url })), ["kubernetes:core/v1:ConfigMap logs-data-source"]);
    const password = new SecretValue("belfry:lokiPassword", "canary");
    const secured = await collect({ mode: "existing", url, username: "grafana", password });
    assert.deepEqual(custom(secured), ["kubernetes:core/v1:Secret logs-data-source"]);
    const { inputs } = named(secured, "logs-data-source");
    assert.deepEqual(secretPaths(inputs), ["stringData"]);
    assert.deepEqual(at(inputs, "metadata", "labels"), { grafana_datasource: "1" });
    assert.deepEqual(secured.outputs, { url, releases: [] });
  });
});
