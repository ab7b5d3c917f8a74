/** Scrape targets of a healthy cluster. */
import { jobNames, namespaceNames } from "../../../../components/shared/names.ts";
import { hold, type Series, series } from "../series.ts";

/** Labels of a target, which its series have too. */
export interface Target {
  readonly job: string;
  readonly namespace: string;
  readonly instance: string;
  readonly pod: string;
}

const monitoring = "monitoring";

export const target = (job: string, namespace: string, instance: string, pod: string): Target => ({
  job,
  namespace,
  instance,
  pod,
});

export const targets = {
  prometheus: target(jobNames.prometheus, monitoring, "10.0.1.1:9090", "prometheus-kube-prometheus-stack-prometheus-0"),
  alertmanager: target(
    jobNames.alertmanager,
    monitoring,
    "10.0.1.2:9093",
    "alertmanager-kube-prometheus-stack-alertmanager-0",
  ),
  operator: target(jobNames.operator, monitoring, "10.0.1.3:10250", "kube-prometheus-stack-operator-6c5d-x1"),
  kubeStateMetrics: target(
    jobNames.kubeStateMetrics,
    monitoring,
    "10.0.1.4:8080",
    "kube-prometheus-stack-kube-state-metrics-7b9-x2",
  ),
  nodeExporters: [1, 2, 3].map((node) =>
    target(jobNames.nodeExporter, monitoring, `192.168.0.${node}:9100`, `kube-prometheus-stack-prometheus-node-exporter-${node}`),
  ),
  grafana: target(jobNames.grafana, monitoring, "10.0.1.5:3000", "kube-prometheus-stack-grafana-5d4-x3"),
  apiserver: target("apiserver", "default", "192.168.0.1:6443", ""),
  kubelets: [1, 2, 3].map((node) => target("kubelet", "kube-system", `192.168.0.${node}:10250`, "")),
  coredns: [1, 2].map((number) => target("coredns", "kube-system", `10.0.0.${number}:9153`, `coredns-76f-${number}`)),
  trivy: target(jobNames.trivy, namespaceNames.trivy, "10.0.2.1:8080", "trivy-operator-5f7-aaaaa"),
  falco: [1, 2, 3].map((node) => target(jobNames.falco, namespaceNames.falco, `10.0.3.${node}:8765`, `falco-abcd${node}`)),
  falcosidekick: [1, 2].map((number) =>
    target(jobNames.falcosidekick, namespaceNames.falco, `10.0.4.${number}:2801`, `falco-falcosidekick-68d-bbbb${number}`),
  ),
  blackbox: target(jobNames.blackbox, monitoring, "10.0.1.6:9115", "prometheus-blackbox-exporter-7c4-ccccc"),
} as const;

export const up = (of: Target): Series => series("up", { ...of }, hold(1));

/** `up` of everything that this stack scrapes, without probes. */
export const targetsUp: readonly Series[] = Object.values(targets)
  .flatMap((found): readonly Target[] => (Array.isArray(found) ? (found as readonly Target[]) : [found]))
  .map(up);
