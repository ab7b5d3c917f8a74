/** What the test of the whole stack puts into the cluster, and what the stack says that it keeps. */
import { simulatedNode } from "../../sandbox/nodes.ts";

const probe = { annotations: { "prometheus.io/probe": "true" } };
/** A workload of a team that asks to be probed. */
export const cart = [
  {
    apiVersion: "v1", kind: "Service", metadata: { name: "cart", namespace: "shop", ...probe },
    spec: { selector: { app: "cart" }, ports: [{ name: "http", port: 8080 }] },
  },
  {
    apiVersion: "v1", kind: "Pod", metadata: { name: "cart", namespace: "shop", labels: { app: "cart" }, ...probe },
    spec: { containers: [{ name: "cart", image: "registry.example.com/shop/cart:1.0.0", ports: [{ containerPort: 8080 }] }] },
  },
];
export const othersNamespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "others" } };
const monitoring = "monitoring.coreos.com/v1";
/** Somebody else's, who uses the same operator. */
export const foreign = [
  {
    apiVersion: monitoring, kind: "ServiceMonitor", metadata: { name: "theirs", namespace: "others" },
    spec: { selector: { matchLabels: { app: "theirs" } }, endpoints: [{ port: "http" }] },
  },
  {
    apiVersion: monitoring, kind: "PrometheusRule", metadata: { name: "theirs", namespace: "others" },
    spec: { groups: [{ name: "theirs", rules: [{ record: "theirs", expr: "vector(1)" }] }] },
  },
];
export const theirs = ["PrometheusRule others/theirs", "ServiceMonitor others/theirs"];

export const redisClaim = "PersistentVolumeClaim falco/falco-falcosidekick-ui-redis-data-falco-falcosidekick-ui-redis-0";
export const keptClaims = [
  "PersistentVolumeClaim logging/storage-loki-0",
  "PersistentVolumeClaim monitoring/alertmanager-kube-prometheus-stack-alertmanager-db-alertmanager-kube-prometheus-stack-alertmanager-0",
  "PersistentVolumeClaim monitoring/kube-prometheus-stack-grafana",
  "PersistentVolumeClaim monitoring/prometheus-kube-prometheus-stack-prometheus-db-prometheus-kube-prometheus-stack-prometheus-0",
];
export const trivysClaim = "PersistentVolumeClaim trivy-system/data-trivy-server-0";
export const onNode =
  `The events of Falco's page, as files in /var/lib/redis-data on node ${simulatedNode(1).metadata.name}; the next up finds them there. ` +
  "To remove them: delete what is in that directory.";
export const keptDefinitions =
  "The CRDs of prometheus-operator and of Trivy, and with them everybody's objects of their kinds; the next up takes them over. " +
  "To remove them: belfry:purgeCrds: true, and pulumi up before pulumi destroy.";
export const keptVolumes = (namespaces: string) =>
  `The volumes with their claims, and so the namespaces ${namespaces}; the next up takes them over. ` +
  `To remove them: kubectl delete namespace ${namespaces.replace(",", "").replace(" and", "")}. ` +
  "Not kept: the volume of Trivy's server, whose database is downloaded anew.";
