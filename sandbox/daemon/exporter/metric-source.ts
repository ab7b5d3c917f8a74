/** The metrics of every component: healthy ones, and whatever somebody has put in their place. */
import { programs } from "../../../config/versions.ts";
import { type Component, componentOf } from "./components.ts";
import { alloy, loki } from "./logs.ts";
import { falco, falcosidekick } from "./falco.ts";
import { kubeStateMetrics } from "./kube-state-metrics.ts";
import { cadvisor, kubelet, nodeExporter } from "./machines.ts";
import { DrillLease } from "./drill-changes.ts";
import { counter, gauge, type MetricFamily, sample, withChanges, withSamples } from "./metrics.ts";
import { blackboxExporter, probe, probeTarget } from "./probes.ts";
import { trivyOperator } from "./trivy.ts";
import type { Scrape, World } from "./world.ts";

/** Components whose real program runs: its own metrics are served. */
export type RealComponent = "prometheus" | "alertmanager" | "prometheus-operator";
export type PlayedComponent = Exclude<Component, RealComponent>;

export const realComponents = [
  "prometheus",
  "alertmanager",
  "prometheus-operator",
] as const satisfies readonly RealComponent[];

export function isReal(component: Component | undefined): component is RealComponent {
  return realComponents.some((name) => name === component);
}

export class MetricSource {
  /** What a drill adds for a while. */
  readonly drill = new DrillLease();
  readonly #changes = new Map<string, readonly MetricFamily[]>();

  /**
   * Puts families in the place of healthy ones of the same name, until `reset`.
   *
   * @param key name of a component, or of a scrape job for one that the sandbox does not know
   * @param target of probes, the one target whose answer changes, as the exporter is asked for it; all of them when absent
   */
  change(key: string, families: readonly MetricFamily[], target?: string): void {
    this.#changes.set(changeKey(key, target), families);
  }

  /** Everything is healthy again. */
  reset(): void {
    this.#changes.clear();
  }

  metrics(scrape: Scrape, world: World): MetricFamily[] {
    const component = componentOf(scrape);
    const healthy = component === undefined || isReal(component) ? [] : players[component](scrape, world);
    const target = probeTarget(scrape);
    // What is said of one target counts more than what is said of all, and a job more than a component.
    const keys = [component ?? "", scrape.job];
    const all = keys.map((key) => changeKey(key, undefined));
    const one = target === undefined ? [] : keys.map((key) => changeKey(key, target));
    const changed = [...all, ...one].reduce((families, key) => withChanges(families, this.#changes.get(key) ?? []), healthy);
    return withSamples(changed, this.drill.families(keys));
  }
}

function changeKey(key: string, target: string | undefined): string {
  return JSON.stringify(target === undefined ? [key] : [key, target]);
}

const version = gauge("kubernetes_build_info", "Version.", sample(true, { git_version: programs.kubernetes }));

const players: Readonly<Record<PlayedComponent, (scrape: Scrape, world: World) => MetricFamily[]>> = {
  "kube-state-metrics": (_scrape, world) => kubeStateMetrics(world.cluster),
  "node-exporter": nodeExporter,
  kubelet,
  cadvisor,
  "kubelet-probes": () => [],
  // Latency histograms are left out: counts without all their buckets would look like a slow server.
  apiserver: (_scrape, world) => [
    version,
    process(world),
    counter(
      "apiserver_request_total",
      "Requests.",
      sample(Math.round(uptime(world) * 2), { code: "200", verb: "GET", resource: "pods", scope: "namespace" }),
    ),
  ],
  "kube-controller-manager": (_scrape, world) => [version, process(world)],
  "kube-scheduler": (_scrape, world) => [version, process(world)],
  "kube-proxy": (_scrape, world) => [version, process(world)],
  "kube-etcd": (_scrape, world) => [
    process(world),
    gauge("etcd_server_has_leader", "Whether there is a leader.", sample(true)),
    counter("etcd_server_leader_changes_seen_total", "New leaders.", sample(1)),
    counter("etcd_server_proposals_failed_total", "Failed proposals.", sample(0)),
    gauge("etcd_server_quota_backend_bytes", "Room for the database.", sample(2 ** 31)),
    gauge("etcd_mvcc_db_total_size_in_bytes", "Size of the database.", sample(50 * 2 ** 20)),
    gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "In use of it.", sample(45 * 2 ** 20)),
  ],
  coredns: (_scrape, world) => [
    process(world),
    gauge("coredns_build_info", "Version.", sample(true, { version: "simulated" })),
    counter(
      "coredns_dns_requests_total",
      "Questions.",
      sample(Math.round(uptime(world)), { server: "dns://:53", zone: ".", proto: "udp", type: "A" }),
    ),
    counter("coredns_panics_total", "Panics.", sample(0)),
  ],
  grafana: (_scrape, world) => [
    process(world),
    gauge("grafana_build_info", "Version.", sample(true, { version: "simulated", edition: "oss" })),
  ],
  loki,
  falco,
  falcosidekick,
  alloy,
  "blackbox-exporter": (_scrape, world) => blackboxExporter(world),
  "blackbox-probe": probe,
  "trivy-operator": (_scrape, world) => [process(world), ...trivyOperator(world.cluster)],
  "prometheus-reloader": (_scrape, world) => [reloader(world.reloaded.prometheus)],
  "alertmanager-reloader": (_scrape, world) => [reloader(world.reloaded.alertmanager)],
};

function reloader(successful: boolean): MetricFamily {
  return gauge("reloader_last_reload_successful", "Whether the last configuration was taken.", sample(successful));
}

function process(world: World): MetricFamily {
  return gauge("process_start_time_seconds", "When the process started.", sample(world.startedAt));
}

function uptime(world: World): number {
  return world.now - world.startedAt;
}
