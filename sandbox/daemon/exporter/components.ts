/** Which component a scrape means to reach. */
import { probeTarget } from "./probes.ts";
import type { Scrape } from "./world.ts";

export const components = [
  "prometheus",
  "alertmanager",
  "prometheus-operator",
  "prometheus-reloader",
  "alertmanager-reloader",
  "kube-state-metrics",
  "node-exporter",
  "kubelet",
  "cadvisor",
  "kubelet-probes",
  "apiserver",
  "coredns",
  "grafana",
  "kube-controller-manager",
  "kube-etcd",
  "kube-proxy",
  "kube-scheduler",
  "loki",
  "alloy",
  "blackbox-exporter",
  "blackbox-probe",
  "falco",
  "falcosidekick",
  "trivy-operator",
] as const;
export type Component = (typeof components)[number];

/** Ends of the names of the monitors; the first that fits counts. */
const monitors: readonly (readonly [end: string, component: Component])[] = [
  ["prometheus-blackbox-exporter", "blackbox-exporter"],
  ["prometheus-node-exporter", "node-exporter"],
  ["kube-state-metrics", "kube-state-metrics"],
  ["kube-controller-manager", "kube-controller-manager"],
  ["kube-scheduler", "kube-scheduler"],
  ["kube-proxy", "kube-proxy"],
  ["kube-etcd", "kube-etcd"],
  ["kubelet", "kubelet"],
  ["apiserver", "apiserver"],
  ["coredns", "coredns"],
  ["loki", "loki"],
  ["alloy", "alloy"],
  ["falcosidekick", "falcosidekick"],
  ["falco", "falco"],
  ["grafana", "grafana"],
  ["kube-prometheus-stack-operator", "prometheus-operator"],
  ["prometheus-operator", "prometheus-operator"],
  ["trivy-operator", "trivy-operator"],
  ["alertmanager", "alertmanager"],
  ["prometheus", "prometheus"],
];

const kubeletPaths: Readonly<Record<string, Component>> = {
  "/metrics/cadvisor": "cadvisor",
  "/metrics/probes": "kubelet-probes",
};
/** Of the configuration reloader beside Prometheus and Alertmanager. */
const reloaderPort = 8080;

/** @returns `undefined` for a job that the sandbox does not know; it is healthy all the same, without metrics */
export function componentOf({ job, port, path }: Scrape): Component | undefined {
  const [kind, , name] = job.split("/");
  if ((kind === "probe" || kind === "scrapeConfig") && probeTarget({ path }) !== undefined) return "blackbox-probe";
  if (kind !== "serviceMonitor" || name === undefined) return undefined;
  const component = monitors.find(([end]) => name === end || name.endsWith(`-${end}`))?.[1];
  if (component === "kubelet") return kubeletPaths[path.split("?")[0] ?? ""] ?? component;
  if (port !== reloaderPort) return component;
  if (component === "prometheus") return "prometheus-reloader";
  if (component === "alertmanager") return "alertmanager-reloader";
  return component;
}
