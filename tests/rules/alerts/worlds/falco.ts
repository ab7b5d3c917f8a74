/** Falco and falcosidekick in a healthy cluster: three nodes, some events of low priority, a critical one long ago. */
import { count, hold, type Piece, type Series, series } from "../series.ts";
import { deploymentAvailable, kube, restarts, waiting, waitingFor } from "./trivy.ts";
import { type Target, targets, up } from "./targets.ts";

const namespace = "falco";
const daemonset = "falco";
export const nodes = [1, 2, 3] as const;

function sidekick(replica: 0 | 1): Target {
  return targets.falcosidekick[replica] ?? targets.blackbox;
}

export const ready = (pod: string, ...pieces: readonly Piece[]): Series =>
  kube("kube_pod_status_ready", { namespace, pod, condition: "true" }, ...pieces);

export const podInfo = (pod: string, node: string, ...pieces: readonly Piece[]): Series =>
  kube(
    "kube_pod_info",
    { namespace, pod, node, created_by_kind: "DaemonSet", created_by_name: daemonset },
    ...(pieces.length === 0 ? [hold(1)] : pieces),
  );

export const daemonSet = (what: string, ...pieces: readonly Piece[]): Series =>
  kube(`kube_daemonset_status_${what}`, { namespace, daemonset }, ...pieces);

/** Selects what kube-state-metrics says of Falco's own DaemonSet. */
export const ofDaemonSet = (what: string) => [`kube_daemonset_status_${what}`, { namespace, daemonset }] as const;

export const node = (name: string, ...pieces: readonly Piece[]): Series =>
  kube("kube_node_info", { node: name }, ...(pieces.length === 0 ? [hold(1)] : pieces));

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
  ...nodes.flatMap((number) => [
    node(`node-${number}`),
    podInfo(`falco-abcd${number}`, `node-${number}`),
    ready(`falco-abcd${number}`, hold(1)),
    kube("kube_pod_status_ready", { namespace, pod: `falco-abcd${number}`, condition: "false" }, hold(0)),
    restarts(namespace, `falco-abcd${number}`, "falco", hold(0)),
    // Older versions tell 0 of what is not so; other reasons to wait are none.
    waiting(namespace, `falco-abcd${number}`, "falcoctl", hold(0)),
    waitingFor("PodInitializing", namespace, `falco-abcd${number}`, "falco", hold(1)),
    falcoCounter("falcosecurity_scap_n_evts_total", number, count(5_000, 60_000)),
    // A handful, again and again.
    falcoCounter("falcosecurity_scap_n_drops_total", number, count(7, 3)),
    falcoCounter("falcosecurity_falco_outputs_queue_num_drops_total", number, hold(4)),
  ]),
  // A node that is none, and a pod of somebody else in the same namespace.
  node("fargate-ip-10-0-0-9"),
  ready("falco-falcosidekick-ui-0", hold(0)),
  waiting(namespace, "falco-falcosidekick-ui-0", "ui", hold(1)),
  podInfo("falco-falcosidekick-ui-0", "gpu-1"),
  deploymentAvailable(namespace, "falco-falcosidekick-ui", hold(1)),
  restarts(namespace, "falco-falcosidekick-ui-0", "ui", count(0, 1)),
  // History: no event of today.
  events({ rule: "Drop and execute new binary in container", priority: "critical", inNamespace: "shop" }, hold(3)),
  events({ rule: "Terminal shell in container", priority: "notice", inNamespace: "shop" }, count(12, 0.2)),
  events({ rule: "Terminal shell in container", priority: "notice", inNamespace: "shop", replica: 1 }, count(2, 0.2)),
  outputs("alertmanager", "ok", 0, count(9, 0.5)),
  outputs("alertmanager", "error", 0, hold(2)),
  outputs("slack", "ok", 1, count(4, 0.2)),
  ...brokenElsewhere(),
];

/** Somebody else's Falco in a namespace of theirs, where everything is broken but the scrape. */
function brokenElsewhere(): Series[] {
  const lab = "lab";
  const other = { namespace: lab, pod: "falco-abcd9" };
  const target = { ...other, job: targets.falco[0]?.job ?? "", instance: "10.9.0.1:8765" };
  const sidekickTarget = { namespace: lab, pod: "falco-falcosidekick-9", job: sidekick(0).job, instance: "10.9.0.2:2801" };
  return [
    series("up", target, hold(1)),
    series("up", sidekickTarget, hold(0)),
    deploymentAvailable(lab, "falco-falcosidekick", hold(0)),
    kube("kube_pod_status_ready", { ...other, condition: "true" }, hold(0)),
    kube("kube_pod_info", { ...other, node: "gpu-1" }, hold(1)),
    waiting(lab, other.pod, "falco", hold(1)),
    restarts(lab, other.pod, "falco", count(0, 1)),
    ...["falco", "falco-of-theirs"].flatMap((name) =>
      [["desired", 3], ["current", 3], ["updated", 3]].map(([what, value]) =>
        kube(`kube_daemonset_status_${what}_number_scheduled`, { namespace: lab, daemonset: name }, hold(Number(value))),
      ),
    ),
    kube("kube_daemonset_status_number_available", { namespace: lab, daemonset: "falco" }, hold(0)),
    // Another DaemonSet in Falco's own namespace, which is not Falco.
    kube("kube_daemonset_status_desired_number_scheduled", { namespace, daemonset: "falco-cache" }, hold(3)),
    kube("kube_daemonset_status_updated_number_scheduled", { namespace, daemonset: "falco-cache" }, hold(3)),
    kube("kube_daemonset_status_number_available", { namespace, daemonset: "falco-cache" }, hold(0)),
    series("falcosecurity_scap_n_evts_total", target, count(0, 60_000)),
    series("falcosecurity_scap_n_drops_total", target, count(0, 30_000)),
    series("falcosecurity_falco_outputs_queue_num_drops_total", target, count(0, 10)),
    series("falcosecurity_falcosidekick_outputs_total", { ...sidekickTarget, destination: "alertmanager", status: "error" }, count(0, 10)),
  ];
}
