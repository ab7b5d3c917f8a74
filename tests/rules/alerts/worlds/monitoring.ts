/** Prometheus, Alertmanager and the API server of a healthy cluster. */
import { count, hold, type Piece, type Series, series } from "../series.ts";
import { targets, targetsUp } from "./targets.ts";

const alertmanager = { ...targets.alertmanager };

/** Notifications that one Alertmanager sent, or failed to send. */
export function notifications(
  what: "total" | "failed_total",
  integration: string,
  receiver: string,
  ...pieces: readonly Piece[]
): Series {
  const labels = { ...alertmanager, integration, receiver_name: receiver };
  return series(
    `alertmanager_notifications_${what}`,
    what === "total" ? labels : { ...labels, reason: "serverError" },
    ...pieces,
  );
}

export const syncs = (controller: string, status: string, ...pieces: readonly Piece[]): Series =>
  series("prometheus_operator_syncs", { ...targets.operator, controller, status }, ...pieces);

export const managed = (resource: string, state: string, ...pieces: readonly Piece[]): Series =>
  series("prometheus_operator_managed_resources", { ...targets.operator, controller: "prometheus", resource, state }, ...pieces);

export const notificationWorld: readonly Series[] = [
  ...targetsUp,
  notifications("total", "slack", "slack", count(40, 0.02)),
  notifications("total", "email", "mail", count(3, 0.005)),
  notifications("total", "webhook", "heartbeat", count(900, 0.2)),
  // Long ago.
  notifications("failed_total", "slack", "slack", hold(3)),
  notifications("failed_total", "email", "mail", hold(0)),
  series("alertmanager_config_last_reload_successful", alertmanager, hold(1)),
  series("prometheus_config_last_reload_successful", { ...targets.prometheus }, hold(1)),
  syncs("alertmanager", "ok", hold(1)),
  syncs("alertmanager", "failed", hold(0)),
  syncs("prometheus", "ok", hold(1)),
  syncs("prometheus", "failed", hold(0)),
  managed("PrometheusRule", "selected", hold(40)),
  managed("PrometheusRule", "rejected", hold(0)),
  managed("ServiceMonitor", "rejected", hold(0)),
];

const apiserver = { ...targets.apiserver };
const second = { ...targets.apiserver, instance: "192.168.0.2:6443" };

export const objects = (resource: string, ...pieces: readonly Piece[]): Series[] =>
  [apiserver, second].map((labels) =>
    series("apiserver_resource_objects", { ...labels, group: "aquasecurity.github.io", resource }, ...pieces),
  );

/** As Kubernetes before 1.34 tells it. */
export const oldObjects = (resource: string, ...pieces: readonly Piece[]): Series[] =>
  [apiserver, second].map((labels) => series("apiserver_storage_objects", { ...labels, resource }, ...pieces));

export const budgetWorld: readonly Series[] = [
  ...notificationWorld,
  ...objects("vulnerabilityreports", hold(900)),
  ...objects("configauditreports", hold(900)),
  ...oldObjects("vulnerabilityreports.aquasecurity.github.io", hold(900)),
  ...oldObjects("secrets", hold(50_000)),
  series("apiserver_resource_objects", { ...apiserver, group: "", resource: "secrets" }, hold(50_000)),
  series("apiserver_storage_size_bytes", { ...apiserver, storage_cluster_id: "etcd-0" }, hold(200 * 1024 ** 2)),
  ...targets.kubelets.map((of) => series("scrape_samples_post_metric_relabeling", { ...of }, hold(30_000))),
  series("scrape_samples_post_metric_relabeling", { ...targets.trivy }, hold(20_000)),
];
