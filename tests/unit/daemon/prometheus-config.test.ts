import assert from "node:assert/strict";
import { parse } from "yaml";
import { proxyUrl, sandboxPrometheusConfig } from "../../../sandbox/daemon/prometheus-config.ts";

const generated = `
global:
  scrape_interval: 30s
  external_labels:
    cluster: "on"
    ca_file: /etc/prometheus/certs/not-a-path
    prometheus_replica: prometheus-0
rule_files:
- /etc/prometheus/rules/rules-0/*.yaml
scrape_configs:
- job_name: serviceMonitor/monitoring/kubelet/0
  honor_labels: true
  kubernetes_sd_configs:
  - role: endpoints
    namespaces:
      names:
      - kube-system
  tls_config:
    insecure_skip_verify: true
    ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
  bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
  params:
    key_file:
    - /etc/prometheus/certs/word
  relabel_configs:
  - source_labels: [job]
    regex: (a|b);true
    replacement: \${1}
    target_label: __tmp
  - regex: "0"
    action: keep
  - target_label: version
    replacement: 1.10
  - target_label: mode
    replacement: 0755
  sample_limit: 1e3
  honor_timestamps:
- job_name: outside
  scheme: https
- job_name: other
  no_proxy: example.com
  proxy_from_environment: true
  static_configs:
  - targets: ["10.0.0.1:80"]
    labels:
      token_file: /etc/prometheus/certs/also-a-word
alerting:
  alertmanagers:
  - path_prefix: /
    kubernetes_sd_configs:
    - role: endpoints
      tls_config:
        ca_file: /gone
      api_server: https://gone
    api_version: v2
storage:
  tsdb:
    out_of_order_time_window: 0s
`;

const places: Readonly<Record<string, string>> = {
  "/etc/prometheus": "/pod/etc/prometheus",
  "/var/run/secrets/kubernetes.io/serviceaccount": "/pod/sa",
};
const mapPath = (path: string): string | undefined => {
  const mount = Object.keys(places).find((one) => path.startsWith(`${one}/`));
  return mount === undefined ? undefined : `${places[mount] ?? ""}${path.slice(mount.length)}`;
};
const options = { mapPath, kubeconfig: "/sandbox/kubeconfig", proxyPort: 4242 };

interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (!isTree(before) || !isTree(after)) return Object.is(before, after) ? [] : [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], `${path}/${key}`));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

describe("the configuration of Prometheus in the sandbox", () => {
  it("differs from the generated one in file paths, discovery credentials, proxies and the trust in them, and in nothing else", () => {
    const changed: unknown = parse(sandboxPrometheusConfig(generated, options));
    assert.deepEqual(differences(parse(generated), changed), [
      {
        path: "/rule_files/0",
        before: "/etc/prometheus/rules/rules-0/*.yaml",
        after: "/pod/etc/prometheus/rules/rules-0/*.yaml",
      },
      {
        path: "/scrape_configs/0/kubernetes_sd_configs/0/kubeconfig_file",
        before: undefined,
        after: "/sandbox/kubeconfig",
      },
      {
        path: "/scrape_configs/0/tls_config/ca_file",
        before: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
        after: "/pod/sa/ca.crt",
      },
      {
        path: "/scrape_configs/0/bearer_token_file",
        before: "/var/run/secrets/kubernetes.io/serviceaccount/token",
        after: "/pod/sa/token",
      },
      {
        path: "/scrape_configs/0/proxy_url",
        before: undefined,
        after: "http://serviceMonitor%2Fmonitoring%2Fkubelet%2F0@127.0.0.1:4242",
      },
      { path: "/scrape_configs/1/proxy_url", before: undefined, after: "http://outside@127.0.0.1:4242" },
      { path: "/scrape_configs/1/tls_config", before: undefined, after: { insecure_skip_verify: true } },
      { path: "/scrape_configs/2/no_proxy", before: "example.com", after: undefined },
      { path: "/scrape_configs/2/proxy_from_environment", before: true, after: undefined },
      { path: "/scrape_configs/2/proxy_url", before: undefined, after: "http://other@127.0.0.1:4242" },
      {
        path: "/alerting/alertmanagers/0/kubernetes_sd_configs/0/tls_config",
        before: { ca_file: "/gone" },
        after: undefined,
      },
      {
        path: "/alerting/alertmanagers/0/kubernetes_sd_configs/0/api_server",
        before: "https://gone",
        after: undefined,
      },
      {
        path: "/alerting/alertmanagers/0/kubernetes_sd_configs/0/kubeconfig_file",
        before: undefined,
        after: "/sandbox/kubeconfig",
      },
      { path: "/alerting/alertmanagers/0/proxy_url", before: undefined, after: "http://alerting%2F0@127.0.0.1:4242" },
    ]);
  });

  it("keeps the spelling of every value, also where YAML would allow another", () => {
    const text = sandboxPrometheusConfig(generated, options);
    const lines = text.split("\n").map((line) => line.trim());
    const spellings = [
      'cluster: "on"',
      "replacement: 1.10",
      "replacement: 0755",
      "sample_limit: 1e3",
      "honor_timestamps:",
      '- regex: "0"',
      "regex: (a|b);true",
    ];
    assert.deepEqual(
      spellings.filter((line) => !lines.includes(line)),
      [],
    );
  });

  it("leaves paths that nothing is mounted at", () => {
    assert.equal(
      sandboxPrometheusConfig("rule_files: [/elsewhere/*.yaml]\n", options),
      "rule_files: [ /elsewhere/*.yaml ]\n",
    );
  });

  it("refuses what is no mapping without quoting it", () => {
    assert.throws(() => sandboxPrometheusConfig("- secret", options), {
      message: "the configuration is not a mapping",
    });
    assert.throws(() => sandboxPrometheusConfig('a: "secret', options), {
      message: "the configuration cannot be parsed: MISSING_CHAR",
    });
  });

  it("puts any name into a proxy's address so that it comes out again", () => {
    const url = new URL(proxyUrl(1, "probe/my ns/a@b:c%2F"));
    assert.equal(decodeURIComponent(url.username), "probe/my ns/a@b:c%2F");
    assert.equal(url.host, "127.0.0.1:1");
  });
});
