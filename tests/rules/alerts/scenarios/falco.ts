/** Falco: whether it runs on every node, and whether it loses events. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, count, gone, hold, repeat, type Series, series, without } from "../series.ts";
import { daemonSet, falcoCounter, falcoWorld, node, ofDaemonSet, podInfo, ready } from "../worlds/falco.ts";
import { targets, up } from "../worlds/targets.ts";
import { waiting } from "../worlds/trivy.ts";
import { kubeStateMetricsDown, prometheusStopped } from "../worlds/unseen.ts";

const namespace = "falco";
const warning = { severity: "warning", namespace };

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `falco: ${name}`,
  rules: ["falco"],
  minutes,
  world: changed,
  rings,
});

const down = (times: Omit<Ring, "alert" | "labels">): Ring => ({ alert: "BelfryFalcoDown", labels: warning, ...times });
const podReady = (pod: string) => ["kube_pod_status_ready", { pod, condition: "true" }] as const;
const restartsOf = (pod: string) => ["kube_pod_container_status_restarts_total", { pod }] as const;

/** What kube-state-metrics says of Falco's DaemonSet and of its pods. */
const isOfFalco = ({ metric, labels }: Series): boolean =>
  labels["namespace"] === namespace &&
  ((metric.startsWith("kube_daemonset") && labels["daemonset"] === "falco") ||
    ((metric === "kube_pod_info" || (metric === "kube_pod_status_ready" && labels["condition"] === "true")) &&
      labels["pod"]?.startsWith("falco-abcd") === true));

export const falcoScenarios: readonly Scenario[] = [
  scenario("is healthy", 240, falcoWorld),
  scenario(
    "a pod is not ready",
    150,
    change(falcoWorld, podReady("falco-abcd2"), hold(1, 30), hold(0, 60), hold(1)),
    down({
      cause: 30,
      recovery: 90,
      told: 49,
      over: 90,
      says: {
        summary: "Falco does not run on every node",
        description: "1 of Falco's pods in namespace falco do not run: nobody watches their nodes.",
      },
    }),
  ),
  scenario(
    "a pod waits to be restarted again and again, and is ready in between",
    150,
    [
      ...change(falcoWorld, podReady("falco-abcd2"), hold(1, 30), repeat([1, 0, 0], 60), hold(1)),
      waiting(namespace, "falco-abcd2", "falco", gone(30), repeat([1, 1, 0], 60), gone()),
    ],
    down({ cause: 30, recovery: 90, told: 40, over: 98 }),
  ),
  scenario(
    "a pod is restarted every eight minutes",
    180,
    change(falcoWorld, restartsOf("falco-abcd2"), hold(0, 30), ...[1, 2, 3, 4, 5, 6].map((value) => hold(value, 8)), hold(6)),
    down({ cause: 30, recovery: 78, told: 56, over: 83 }),
  ),
  scenario(
    "the DaemonSet misses a pod",
    150,
    change(falcoWorld, ofDaemonSet("number_available"), hold(3, 30), hold(2, 60), hold(3)),
    down({ cause: 30, recovery: 90, told: 49, over: 90 }),
  ),
  scenario(
    "a rollout over a hundred minutes: one pod after the other, each some minutes",
    240,
    [
      ...change(
        change(
          change(
            falcoWorld,
            ofDaemonSet("updated_number_scheduled"),
            hold(3, 30),
            hold(0, 50),
            hold(1, 25),
            hold(2, 25),
            hold(3),
          ),
          ofDaemonSet("number_available"),
          hold(3, 30),
          hold(2, 100),
          hold(3),
        ),
        podReady("falco-abcd1"),
        hold(1, 30),
        gone(),
      ),
      ...[30, 38, 46, 54, 62, 70, 78, 86, 94, 102, 110].map((minute, index) =>
        ready(`falco-zzz${String(index).padStart(2, "0")}`, gone(minute), hold(0, 8), hold(1)),
      ),
    ],
  ),
  scenario(
    "a rollout that hangs at its first pod",
    150,
    [
      ...change(
        change(falcoWorld, ofDaemonSet("updated_number_scheduled"), hold(3, 30), hold(1)),
        podReady("falco-abcd1"),
        hold(1, 30),
        gone(),
      ),
      ready("falco-zzzz1", gone(31), hold(0)),
    ],
    down({ cause: 31, told: 51 }),
  ),
  scenario("a pod restarts once", 120, change(falcoWorld, restartsOf("falco-abcd2"), hold(0, 30), hold(1))),
  scenario("one sample of readiness", 120, change(falcoWorld, podReady("falco-abcd2"), hold(1, 30), hold(0, 1), hold(1))),

  scenario(
    "a node that its pods do not tolerate",
    120,
    [...falcoWorld, node("gpu-1", gone(30), hold(1))],
    {
      alert: "BelfryFalcoNodeUnwatched",
      labels: { ...warning, node: "gpu-1" },
      cause: 30,
      told: 45,
      says: {
        summary: "Falco does not run on node gpu-1",
        description: "Node gpu-1 has no pod of Falco: nobody watches it. Often its taints keep Falco away.",
      },
    },
  ),
  scenario(
    "a node loses its pod, and gets another later",
    150,
    [
      ...change(falcoWorld, ["kube_pod_info", { pod: "falco-abcd3" }], hold(1, 30), gone()),
      podInfo("falco-zzzz3", "node-3", gone(90), hold(1)),
    ],
    { alert: "BelfryFalcoNodeUnwatched", labels: { ...warning, node: "node-3" }, cause: 30, recovery: 90, told: 54, over: 90 },
  ),
  scenario("a new node gets its pod after some minutes", 120, [
    ...falcoWorld,
    node("node-4", gone(30), hold(1)),
    podInfo("falco-abcd4", "node-4", gone(38), hold(1)),
  ]),

  scenario(
    "it is deleted",
    180,
    without(
      change(
        falcoWorld.map((one) => (isOfFalco(one) ? { ...one, pieces: [hold(3, 30), gone(80), hold(3)] } : one)),
        ["up", { job: "falco-metrics", namespace }],
        hold(1, 30),
        gone(80),
        hold(1),
      ),
      ["kube_pod_status_ready", { pod: "falco-falcosidekick-ui-0" }],
      ["kube_daemonset_status_number_available", { namespace, daemonset: "falco-cache" }],
    ),
    {
      alert: "BelfryFalcoAbsent",
      labels: { severity: "critical", namespace },
      cause: 30,
      recovery: 110,
      told: 50,
      over: 110,
      says: {
        summary: "Falco runs nowhere",
        description: "Namespace falco has no DaemonSet of Falco, or one that wants no pod: no node is watched.",
      },
    },
  ),
  scenario(
    "its DaemonSet wants no pod",
    120,
    [
      up(targets.kubeStateMetrics),
      daemonSet("desired_number_scheduled", hold(0)),
      daemonSet("number_available", hold(0)),
    ],
    {
      alert: "BelfryFalcoAbsent",
      labels: { severity: "critical", namespace },
      cause: 0,
      told: 20,
    },
  ),
  scenario(
    "it was never installed, and kube-state-metrics has another job",
    60,
    [series("kube_daemonset_status_desired_number_scheduled", { namespace: "kube-system", daemonset: "kube-proxy" }, hold(3))],
    { alert: "BelfryFalcoAbsent", labels: { severity: "critical", namespace }, cause: 0, told: 20 },
  ),
  scenario(
    "it was never installed, nor any other DaemonSet, and two kube-state-metrics say so",
    60,
    [up(targets.kubeStateMetrics), series("up", { ...targets.kubeStateMetrics, instance: "10.0.1.44:8080" }, hold(1))],
    { alert: "BelfryFalcoAbsent", labels: { severity: "critical", namespace }, cause: 0, told: 20 },
  ),
  scenario(
    "its DaemonSet is gone, and its targets do not answer",
    60,
    change(
      without(falcoWorld, ofDaemonSet("desired_number_scheduled"), ofDaemonSet("number_available")),
      ["up", { job: "falco-metrics", namespace }],
      hold(0),
    ),
    { alert: "BelfryFalcoAbsent", labels: { severity: "critical", namespace }, cause: 0, told: 20 },
  ),
  scenario("it answers, but kube-state-metrics does not know it", 90, without(falcoWorld,
    ofDaemonSet("desired_number_scheduled"), ofDaemonSet("number_available"),
  )),
  scenario(
    "one node of two has no pod",
    60,
    [node("node-1"), node("node-2"), podInfo("falco-abcd1", "node-1")],
    { alert: "BelfryFalcoNodeUnwatched", labels: { ...warning, node: "node-2" }, cause: 0, told: 15 },
  ),
  scenario("a pod restarts twice within a quarter of an hour", 120, change(falcoWorld, restartsOf("falco-abcd2"), hold(0, 30), hold(1, 8), hold(2))),
  scenario("kube-state-metrics is down", 240, kubeStateMetricsDown(falcoWorld, 60, 120)),
  scenario("kube-state-metrics and Falco's targets are down", 120, [
    series("up", { ...targets.kubeStateMetrics }, hold(0)),
    ...targets.falco.map((of) => series("up", { ...of }, hold(0))),
    up(targets.prometheus),
  ]),
  scenario("Prometheus does not run for twenty minutes", 150, prometheusStopped(falcoWorld, 60, 20)),

  scenario(
    "one node of three loses every twentieth event",
    150,
    change(
      falcoWorld,
      ["falcosecurity_scap_n_drops_total", { pod: "falco-abcd2" }],
      hold(7, 30),
      count(7, 3_000, 60),
      hold(180_000),
    ),
    {
      alert: "BelfryFalcoDropsEvents",
      labels: warning,
      cause: 30,
      recovery: 90,
      told: 47,
      over: 98,
      says: {
        summary: "Falco loses events of the kernel",
        description: "On one node at least, Falco in namespace falco loses 5% of the kernel's events: an intrusion may go unseen.",
      },
    },
  ),
  scenario(
    "a node loses a burst of events within five minutes",
    120,
    change(
      falcoWorld,
      ["falcosecurity_scap_n_drops_total", { pod: "falco-abcd2" }],
      hold(7, 30),
      count(7, 3_000, 4),
      hold(12_000),
    ),
  ),
  scenario(
    "a node loses all events",
    120,
    [
      ...without(
        falcoWorld,
        ["falcosecurity_scap_n_drops_total", { pod: "falco-abcd2" }],
        ["falcosecurity_scap_n_evts_total", { pod: "falco-abcd2" }],
      ),
      falcoCounter("falcosecurity_scap_n_drops_total", 2, count(7, 60_000)),
      falcoCounter("falcosecurity_scap_n_evts_total", 2, hold(5_000)),
    ],
    { alert: "BelfryFalcoDropsEvents", labels: warning, cause: 1, told: 16 },
  ),
  scenario(
    "the queues of outputs of two pods lose one event each",
    120,
    falcoWorld.map((one) =>
      one.metric === "falcosecurity_falco_outputs_queue_num_drops_total" && ["falco-abcd2", "falco-abcd3"].includes(one.labels["pod"] ?? "")
        ? { ...one, pieces: [hold(4, 30), hold(5)] }
        : one,
    ),
    {
      alert: "BelfryFalcoOutputQueueFull",
      labels: warning,
      cause: 30,
      recovery: 30,
      told: 30,
      over: 59,
      says: {
        summary: "Falco throws detected events away",
        description:
          "The queue between Falco's rules and its outputs in namespace falco ran full: 2 events that a rule had matched were told " +
          "to nobody.",
      },
    },
  ),
];
