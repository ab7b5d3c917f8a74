/** Falco and falcosidekick in a healthy cluster: three nodes, some events of low priority, a critical one long ago. */
import { count, hold, type Piece, type Series, series } from "../series.ts";
import { deploymentAvailable, restarts } from "./trivy.ts";
import { type Target, targets, up } from "./targets.ts";

const namespace = "falco";
const daemonset = "falco";
export const nodes = [1, 2, 3] as const;

function sidekick(replica: 0 | 1): Target {
  return targets.falcosidekick[replica] ?? targets.blackbox;
}

export const ready = (pod: string, ...pieces: readonly Piece[]): Series =>
  series("kube_pod_status_ready", { namespace, pod, condition: "true" }, ...pieces);

export const podInfo = (pod: string, node: string, ...pieces: readonly Piece[]): Series =>
  series(
    "kube_pod_info",
    { namespace, pod, node, created_by_kind: "DaemonSet", created_by_name: daemonset },
    ...(pieces.length === 0 ? [hold(1)] : pieces),
  );

export const daemonSet = (what: string, ...pieces: readonly Piece[]): Series =>
  series(`kube_daemonset_status_${what}`, { namespace, daemonset }, ...pieces);

export interface Event {
  readonly rule: string;
  readonly priority: string;
  /** Absent for what happened on the node itself. */
  readonly inNamespace?: string;
  /** Which falcosidekick counts it. */
  readonly replica?: 0 | 1;
  readonly instance?: { readonly pod: string; readonly instance: string };
}

/** The counter of one kind of event. */
export function events(event: Event, ...pieces: readonly Piece[]): Series {
  const { pod, instance } = event.instance ?? sidekick(event.replica ?? 0);
  return series(
    "falcosecurity_falcosidekick_falco_events_total",
    {
      job: "falco-falcosidekick",
      namespace,
      pod,
      instance,
      rule: event.rule,
      priority: event.priority === "critical" ? "6" : "3",
      priority_raw: event.priority,
      source: "syscall",
      ...(event.inNamespace === undefined ? {} : { k8s_ns_name: event.inNamespace, k8s_pod_name: "web-1" }),
      hostname: "node-1",
    },
    ...pieces,
  );
}

/** The counter of what falcosidekick sent somewhere. */
export function outputs(destination: string, status: string, replica: 0 | 1, ...pieces: readonly Piece[]): Series {
  const { pod, instance } = sidekick(replica);
  const labels = { job: "falco-falcosidekick", namespace, pod, instance, destination, status };
  return series("falcosecurity_falcosidekick_outputs_total", labels, ...pieces);
}

export const falcoCounter = (metric: string, node: number, ...pieces: readonly Piece[]): Series =>
  series(metric, { ...(targets.falco[node - 1] ?? targets.blackbox) }, ...pieces);

export const falcoWorld: readonly Series[] = [
  up(targets.kubeStateMetrics),
  ...targets.falco.map(up),
  ...targets.falcosidekick.map(up),
  daemonSet("desired_number_scheduled", hold(3)),
  daemonSet("current_number_scheduled", hold(3)),
  daemonSet("updated_number_scheduled", hold(3)),
  daemonSet("number_available", hold(3)),
  deploymentAvailable(namespace, "falco-falcosidekick", hold(2)),
  ...nodes.flatMap((node) => [
    series("kube_node_info", { node: `node-${node}` }, hold(1)),
    podInfo(`falco-abcd${node}`, `node-${node}`),
    ready(`falco-abcd${node}`, hold(1)),
    restarts(namespace, `falco-abcd${node}`, "falco", hold(0)),
    falcoCounter("falcosecurity_scap_n_evts_total", node, count(5_000, 60_000)),
    // A handful, again and again.
    falcoCounter("falcosecurity_scap_n_drops_total", node, count(7, 3)),
    falcoCounter("falcosecurity_falco_outputs_queue_num_drops_total", node, hold(4)),
  ]),
  // A node that is none, and a pod of somebody else in the same namespace.
  series("kube_node_info", { node: "fargate-ip-10-0-0-9" }, hold(1)),
  ready("falco-falcosidekick-ui-0", hold(0)),
  restarts(namespace, "falco-falcosidekick-ui-0", "ui", count(0, 1)),
  // History: no event of today.
  events({ rule: "Drop and execute new binary in container", priority: "critical", inNamespace: "shop" }, hold(3)),
  events({ rule: "Terminal shell in container", priority: "notice", inNamespace: "shop" }, count(12, 0.2)),
  events({ rule: "Terminal shell in container", priority: "notice", inNamespace: "shop", replica: 1 }, count(2, 0.2)),
  outputs("alertmanager", "ok", 0, count(9, 0.5)),
  outputs("alertmanager", "error", 0, hold(2)),
  outputs("slack", "ok", 1, count(4, 0.2)),
];
