/**
 * Metrics that this stack has, with the labels that queries may rely on: those of the pinned versions of the programs that
 * are scraped. What Prometheus says of itself is not here: a test asks it.
 */

const target = ["job", "instance", "namespace"];
const image = ["namespace", "image_registry", "image_repository", "image_tag", "severity", "resource_kind", "resource_name"];
const probe = ["job", "instance", "namespace"];

export const knownMetrics: Readonly<Record<string, readonly string[]>> = {
  up: target,
  // Prometheus's own record of alerts, with the labels that all alerts of this stack have.
  ALERTS: ["alertname", "alertstate", "severity", "namespace"],
  // Alertmanager 0.34 with the feature receiver-name-in-metrics.
  alertmanager_notifications_total: ["integration", "receiver_name"],
  alertmanager_notifications_failed_total: ["integration", "receiver_name", "reason"],
  // kube-state-metrics 2.20
  kube_node_info: ["node"],
  kube_daemonset_status_number_ready: ["namespace", "daemonset"],
  // Trivy Operator 0.32: gauges, made at each scrape from the reports.
  trivy_image_vulnerabilities: image,
  trivy_image_exposedsecrets: image,
  trivy_resource_configaudits: ["namespace", "resource_kind", "resource_name", "severity"],
  // falcosidekick 2.32; the labels of pods and hosts are dropped at the scrape.
  falcosecurity_falcosidekick_falco_events_total: ["rule", "priority", "priority_raw", "source", "k8s_ns_name"],
  falcosecurity_falcosidekick_outputs_total: ["destination", "status"],
  // Falco 0.44
  falcosecurity_scap_n_drops_total: target,
  falcosecurity_scap_n_evts_total: target,
  falcosecurity_falco_outputs_queue_num_drops_total: target,
  // blackbox exporter 0.28
  probe_success: probe,
  probe_duration_seconds: probe,
  probe_http_status_code: probe,
  probe_ssl_earliest_cert_expiry: probe,
};

/** Values of the label `severity` of Trivy's metrics, capitalised; those of alerts are lower case. */
export const trivySeverities = ["Critical", "High", "Medium", "Low", "Unknown"];
