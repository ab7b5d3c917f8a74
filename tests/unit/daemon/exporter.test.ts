import assert from "node:assert/strict";
import { type Component, componentOf } from "../../../sandbox/daemon/exporter/components.ts";
import { kubeStateMetrics } from "../../../sandbox/daemon/exporter/kube-state-metrics.ts";
import { MetricSource } from "../../../sandbox/daemon/exporter/metric-source.ts";
import { counter, exposition, gauge, type MetricFamily, sample } from "../../../sandbox/daemon/exporter/metrics.ts";
import { quantity } from "../../../sandbox/daemon/exporter/quantity.ts";
import type { Scrape, World } from "../../../sandbox/daemon/exporter/world.ts";
import { claim, deployment, emptyCluster, node, pod } from "./objects.ts";

const data = claim("data", "1", { volumeName: "pvc-1" });
const app = pod("app-0", {
  containers: [{ name: "main", image: "app:1", resources: { requests: { cpu: "250m", memory: "1Gi" } } }],
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
});
const world: World = {
  cluster: {
    ...emptyCluster,
    nodes: [node("one", "192.168.100.11")],
    pods: [app],
    deployments: [deployment("app", 1, app.spec, {})],
    claims: [{ ...data, status: { phase: "Bound" } }],
  },
  now: 1_000_000,
  startedAt: 900_000,
  reloaded: { prometheus: true, alertmanager: false },
};

function scrape(monitor: string, path = "/metrics", port = 9100): Scrape {
  return { job: `serviceMonitor/monitoring/${monitor}/0`, host: "192.168.100.11", port, path };
}

function probeScrape(job: string, module: string, target: string): Scrape {
  const path = `/probe?${new URLSearchParams({ module, target }).toString()}`;
  return { job, host: "prometheus-blackbox-exporter.monitoring.svc", port: 9115, path };
}

type Value = [labels: Record<string, string>, value: number];

function values(families: readonly MetricFamily[], name: string): Value[] {
  const samples = families.filter((family) => family.name === name).flatMap((family) => family.samples);
  return samples.map(({ labels, value }): Value => [{ ...labels }, value]);
}

describe("the text of metrics", () => {
  it("escapes what has to be escaped and leaves empty families out", () => {
    const families = [
      gauge("a", "one\ntwo\\", sample(1.5, { text: 'a"b\\c\nd' }), sample(true)),
      gauge("none", "nothing"),
      counter("b_total", "some", sample(Infinity), sample(NaN, { x: "" })),
    ];
    assert.equal(
      exposition(families),
      [
        "# HELP a one\\ntwo\\\\",
        "# TYPE a gauge",
        'a{text="a\\"b\\\\c\\nd"} 1.5',
        "a 1",
        "# HELP b_total some",
        "# TYPE b_total counter",
        "b_total +Inf",
        'b_total{x=""} NaN',
        "",
      ].join("\n"),
    );
  });

  it("reads quantities", () => {
    const texts = ["250m", "4", "1Gi", "1.5Gi", "128974848", "1e3", "2k", "", "x", "1Zi"];
    assert.deepEqual(texts.map(quantity), [0.25, 4, 2 ** 30, 1.5 * 2 ** 30, 128974848, 1000, 2000, NaN, NaN, NaN]);
  });
});

describe("the exporter", () => {
  it("knows the components by their monitors, ports and paths", () => {
    const cases: [Scrape, Component | undefined][] = [
      [scrape("kube-prometheus-stack-prometheus", "/metrics", 9090), "prometheus"],
      [scrape("kube-prometheus-stack-prometheus", "/metrics", 8080), "prometheus-reloader"],
      [scrape("kube-prometheus-stack-alertmanager", "/metrics", 9093), "alertmanager"],
      [scrape("kube-prometheus-stack-alertmanager", "/metrics", 8080), "alertmanager-reloader"],
      [scrape("kube-prometheus-stack-operator", "/metrics", 8080), "prometheus-operator"],
      [scrape("kube-prometheus-stack-prometheus-node-exporter"), "node-exporter"],
      [scrape("kube-prometheus-stack-kube-state-metrics", "/metrics", 8080), "kube-state-metrics"],
      [scrape("kube-prometheus-stack-kubelet", "/metrics?x=1"), "kubelet"],
      [scrape("prometheus-blackbox-exporter", "/metrics", 9115), "blackbox-exporter"],
      [probeScrape("probe/monitoring/any", "http_2xx", "https://a.example.com/"), "blackbox-probe"],
      [probeScrape("scrapeConfig/monitoring/any", "http_2xx", "http://a:80/"), "blackbox-probe"],
      [{ job: "scrapeConfig/monitoring/own", host: "a", port: 1, path: "/metrics?target=a" }, undefined],
      [scrape("kube-prometheus-stack-kubelet", "/metrics/cadvisor"), "cadvisor"],
      [scrape("kube-prometheus-stack-kubelet", "/metrics/probes"), "kubelet-probes"],
      [{ ...scrape("x"), job: "serviceMonitor/logging/loki/0" }, "loki"],
      [{ ...scrape("x"), job: "serviceMonitor/logging/alloy/0" }, "alloy"],
      [scrape("trivy-operator"), "trivy-operator"],
      [scrape("my-app"), undefined],
      [{ ...scrape("x"), job: "probe/monitoring/kubelet" }, undefined],
      [{ ...scrape("x"), job: "kubelet" }, undefined],
    ];
    for (const [asked, component] of cases) assert.equal(componentOf(asked), component, asked.job);
  });

  it("plays a job that it does not know as healthy, without metrics", () => {
    assert.deepEqual(new MetricSource().metrics(scrape("my-app"), world), []);
  });

  it("plays logs that all arrive", () => {
    const of = (name: string) => new MetricSource().metrics({ ...scrape("x"), job: `serviceMonitor/logging/${name}/0` }, world);
    assert.deepEqual(values(of("loki"), "loki_distributor_lines_received_total"), [[{ tenant: "fake" }, 500_000]]);
    assert.deepEqual(values(of("loki"), "loki_ingester_chunks_flush_failures_total"), [[{}, 0]]);
    const endpoint = { component_id: "loki.write.loki", host: "loki.logging.svc:3100" };
    assert.deepEqual(values(of("alloy"), "loki_write_sent_entries_total"), [[endpoint, 500_000]]);
    assert.deepEqual(values(of("alloy"), "loki_write_dropped_entries_total"), [[{ ...endpoint, reason: "ingester_error" }, 0]]);
  });

  it("plays the machine that has the address", () => {
    const families = new MetricSource().metrics(scrape("prometheus-node-exporter"), world);
    assert.deepEqual(values(families, "node_memory_MemTotal_bytes"), [[{}, 8 * 2 ** 30]]);
    assert.equal(values(families, "node_uname_info")[0]?.[0]["nodename"], "one");
    const cpu = values(families, "node_cpu_seconds_total");
    assert.equal(cpu.length, 4 * 4);
    assert.equal(Math.round(cpu.reduce((sum, [, value]) => sum + value, 0)), 4 * 100_000);
  });

  it("tells volumes and pods of a kubelet's own node", () => {
    const source = new MetricSource();
    const families = source.metrics(scrape("kubelet"), world);
    assert.deepEqual(values(families, "kubelet_node_name"), [[{ node: "one" }, 1]]);
    assert.deepEqual(values(families, "kubelet_running_pods"), [[{}, 1]]);
    assert.deepEqual(values(families, "kubelet_volume_stats_capacity_bytes"), [
      [{ namespace: "monitoring", persistentvolumeclaim: "data" }, 10 * 2 ** 30],
    ]);
    const elsewhere = source.metrics({ ...scrape("kubelet"), host: "192.168.100.12" }, world);
    assert.deepEqual(values(elsewhere, "kubelet_running_pods"), [[{}, 0]]);
  });

  it("tells what the cluster has in place of kube-state-metrics", () => {
    const families = kubeStateMetrics(world.cluster);
    const labels = { namespace: "monitoring", pod: "app-0", uid: "uid-app-0" };
    assert.deepEqual(values(families, "kube_pod_status_ready"), [
      [{ ...labels, condition: "true" }, 1],
      [{ ...labels, condition: "false" }, 0],
      [{ ...labels, condition: "unknown" }, 0],
    ]);
    assert.deepEqual(values(families, "kube_pod_container_resource_requests"), [
      [{ ...labels, node: "one", container: "main", resource: "cpu", unit: "core" }, 0.25],
      [{ ...labels, node: "one", container: "main", resource: "memory", unit: "byte" }, 2 ** 30],
    ]);
    assert.deepEqual(values(families, "kube_deployment_status_replicas_available"), [
      [{ namespace: "monitoring", deployment: "app" }, 1],
    ]);
    assert.deepEqual(values(families, "kube_persistentvolumeclaim_status_phase"), [
      [{ namespace: "monitoring", persistentvolumeclaim: "data", phase: "Bound" }, 1],
      [{ namespace: "monitoring", persistentvolumeclaim: "data", phase: "Lost" }, 0],
      [{ namespace: "monitoring", persistentvolumeclaim: "data", phase: "Pending" }, 0],
    ]);
  });

  it("tells whether the real programs took their configuration", () => {
    const source = new MetricSource();
    const loaded = (monitor: string) =>
      values(source.metrics(scrape(monitor, "/metrics", 8080), world), "reloader_last_reload_successful");
    assert.deepEqual(loaded("prometheus"), [[{}, 1]]);
    assert.deepEqual(loaded("alertmanager"), [[{}, 0]]);
  });

  it("lets any metric be put in the place of a healthy one, and back", () => {
    const source = new MetricSource();
    const asked = scrape("prometheus-node-exporter");
    const healthy = source.metrics(asked, world);
    source.change("node-exporter", [gauge("node_load1", "Load.", sample(99)), gauge("new_one", "New.", sample(1))]);
    source.change("serviceMonitor/monitoring/my-app/0", [gauge("app_up", "Up.", sample(0))]);
    const changed = source.metrics(asked, world);
    assert.deepEqual(values(changed, "node_load1"), [[{}, 99]]);
    assert.deepEqual(values(changed, "new_one"), [[{}, 1]]);
    assert.equal(changed.length, healthy.length + 1);
    assert.deepEqual(values(source.metrics(scrape("my-app"), world), "app_up"), [[{}, 0]]);
    source.reset();
    assert.deepEqual(source.metrics(asked, world), healthy);
  });

  it("answers probes as a healthy target would, by what they ask for", () => {
    const source = new MetricSource();
    const names = (module: string, target: string) =>
      source.metrics(probeScrape("probe/monitoring/a", module, target), world).map(({ name }) => name);
    const asked = source.metrics(probeScrape("probe/monitoring/a", "http_301_302", "https://a.example.com/"), world);
    assert.deepEqual(values(asked, "probe_success"), [[{}, 1]]);
    assert.deepEqual(values(asked, "probe_duration_seconds"), [[{}, 0.2]]);
    assert.deepEqual(values(asked, "probe_http_status_code"), [[{}, 301]]);
    const [[, expiry] = [{}, 0]] = values(asked, "probe_ssl_earliest_cert_expiry");
    assert.ok(expiry > world.now + 30 * 86_400 && expiry <= world.now + 90 * 86_400, String(expiry));
    assert.ok(!names("http_2xx", "http://a/").includes("probe_ssl_earliest_cert_expiry"));
    assert.ok(names("tcp_tls", "ldap.example.com:636").includes("probe_ssl_earliest_cert_expiry"));
    assert.ok(!names("icmp", "192.0.2.1").includes("probe_http_status_code"));
  });

  it("lets one target fail, whoever probes it, while the others stay healthy", () => {
    const source = new MetricSource();
    const success = (target: string) =>
      values(source.metrics(probeScrape("probe/monitoring/a", "http_2xx", target), world), "probe_success");
    const failed = [gauge("probe_success", "Failed.", sample(0)), gauge("probe_extra", "New.", sample(1))];
    source.change("blackbox-probe", failed, "https://a.example.com/");
    assert.deepEqual(success("https://a.example.com/"), [[{}, 0]]);
    assert.deepEqual(success("https://b.example.com/"), [[{}, 1]]);
    source.change("blackbox-probe", [gauge("probe_extra", "Of all.", sample(2))]);
    const asked = source.metrics(probeScrape("probe/monitoring/a", "http_2xx", "https://a.example.com/"), world);
    assert.deepEqual(values(asked, "probe_extra"), [[{}, 1]]);
    source.reset();
    assert.deepEqual(success("https://a.example.com/"), [[{}, 1]]);
  });

  it("has every series once in each answer", () => {
    const source = new MetricSource();
    for (const monitor of [
      "prometheus-node-exporter",
      "kube-state-metrics",
      "kubelet",
      "apiserver",
      "kube-etcd",
      "coredns",
      "grafana",
    ]) {
      const lines = exposition(source.metrics(scrape(monitor), world))
        .split("\n")
        .filter((line) => line !== "");
      const series = lines.filter((line) => !line.startsWith("#")).map((line) => line.slice(0, line.lastIndexOf(" ")));
      assert.ok(series.length > 0, monitor);
      assert.equal(new Set(series).size, series.length, monitor);
    }
  });
});
