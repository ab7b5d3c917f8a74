/** Names in the cluster that more than one place relies on: components, the command, what the docs say. Pure. */
import { charts } from "../../config/versions.ts";
import type { Receiver, TeamReceiver } from "../../config/settings.ts";

/** Names of the releases: those of their charts, because charts derive the names of their objects from them. */
export const releaseNames = {
  crds: charts.prometheusOperatorCrds.name,
  stack: charts.kubePrometheusStack.name,
  trivy: charts.trivyOperator.name,
  falco: charts.falco.name,
  blackbox: charts.blackboxExporter.name,
  loki: charts.loki.name,
  alloy: charts.alloy.name,
} as const;

/**
 * Namespaces beside the monitoring one, which a setting names. Falco and node-exporter need the nodes, so their namespaces
 * are privileged; whatever does not need them stays out of those.
 */
export const namespaceNames = { trivy: "trivy-system", falco: "falco", logs: "logging", demo: "test" } as const;

/** Values of the label `job` of what this stack scrapes: names of Services for ServiceMonitors, else what is set here. */
export const jobNames = {
  prometheus: `${charts.kubePrometheusStack.name}-prometheus`,
  alertmanager: `${charts.kubePrometheusStack.name}-alertmanager`,
  operator: `${charts.kubePrometheusStack.name}-operator`,
  grafana: `${charts.kubePrometheusStack.name}-grafana`,
  kubeStateMetrics: "kube-state-metrics",
  nodeExporter: "node-exporter",
  trivy: "trivy-operator",
  falco: "falco-metrics",
  falcosidekick: "falco-falcosidekick",
  blackbox: "prometheus-blackbox-exporter",
  loki: "loki",
  alloy: "alloy",
  probes: {
    external: "blackbox-external",
    services: "blackbox-kubernetes-services",
    ingresses: "blackbox-kubernetes-ingresses",
    pods: "blackbox-kubernetes-pods",
  },
} as const;

/**
 * Alerts of one Falco event. Both have the labels `rule` and `namespace`: falcosidekick pushes the first within seconds, the
 * second comes from its counters and is told only when the first did not arrive.
 */
export const falcoAlerts = { pushed: "FalcoEvent", counted: "BelfryFalcoCriticalEvent" } as const;

/** Objects in Falco's namespace that the stack makes itself or that the chart derives from the release's name. */
export const falcoNames = {
  /** Secret of the web page: name and password to log in with, with a colon between them. */
  uiSecret: "falco-ui",
  uiUserKey: "FALCOSIDEKICK_UI_USER",
  redisSecret: "falco-ui-redis",
  outputsSecret: "falco-outputs",
  /** The claim of the web page's Redis. */
  redisClaim: "falco-falcosidekick-ui-redis-data-falco-falcosidekick-ui-redis-0",
  /** The volume that a directory on a node becomes, and the class that keeps others away from it. */
  redisVolume: "redis-data",
  uiService: "falco-falcosidekick-ui-external",
  metricsServices: { falco: "falco-metrics-external", falcosidekick: "falco-falcosidekick-external" },
} as const;

/** The Secret with Grafana's generated administrator, in the monitoring namespace. */
export const grafanaAdminSecret = {
  name: "grafana-admin",
  userKey: "admin-user",
  passwordKey: "admin-password",
} as const;

/** The Secret with what probes send along and trust, and where the exporter's container sees it. */
export const probeSecret = { name: "blackbox-logins", directory: "/etc/blackbox_exporter/logins" } as const;

/** Where the exporter's container sees a key of that Secret. */
export function probeSecretFile(key: string): string {
  return `${probeSecret.directory}/${key}`;
}

/** Port of the blackbox exporter and of its Service. */
export const exporterPort = 9115;

/** Where Prometheus reaches the exporter, as `host:port`. */
export function exporterAddress(namespace: string): string {
  return `${releaseNames.blackbox}.${namespace}.svc:${exporterPort}`;
}

/** The Secret with Grafana's user at the mail server and the certificate of its authority, in the monitoring namespace. */
export const grafanaSmtpSecret = { name: "grafana-smtp", userKey: "user", passwordKey: "password" } as const;

/** The Secret of Grafana's client at the provider of OpenID Connect, in the monitoring namespace. */
export const grafanaOidcSecret = { name: "grafana-oidc", key: "client-secret" } as const;

/** The Secret with the users who pass an Ingress that asks by itself; ingress-nginx wants this key. */
export const ingressUsersSecret = { name: "ingress-users", key: "auth" } as const;

/** The Secret with the token of Trivy's server, under the name and the keys that the chart fixes. */
export const trivyConfigSecret = {
  name: "trivy-operator-trivy-config",
  /** Read by the operator, for its scans. */
  operatorKey: "trivy.serverToken",
  /** Read by the server as a variable. */
  serverKey: "TRIVY_TOKEN",
} as const;

/** Key of the secret in the Secret of a receiver: the URL of Slack and heartbeats, the password of the mail server. */
export const receiverSecretKeys = { slack: "url", email: "password", heartbeat: "url" } as const;

/** Key of a private authority's certificate in the Secret of an e-mail receiver and of the probes. */
export const caCertificateKey = "ca.crt";

/** The Secret of a cluster-wide receiver, in Alertmanager's namespace. */
export function receiverSecretName(receiver: Pick<Receiver, "name">): string {
  return `alertmanager-${receiver.name}`;
}

/** The Secret of a team's receiver, in the team's namespace: the prefix tells there whose it is. */
export function teamSecretName(team: Pick<TeamReceiver, "name">): string {
  return `belfry-${team.name}`;
}

/** Where Alertmanager's container sees a key of a Secret that `alertmanagerSpec.secrets` names. */
export function mountedSecretFile(secret: string, key: string): string {
  return `/etc/alertmanager/secrets/${secret}/${key}`;
}
