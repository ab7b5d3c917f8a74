/** falcosidekick: whether what Falco sees leaves the cluster. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, count, gone, hold, type Series, series, without } from "../series.ts";
import { falcoWorld, outputs } from "../worlds/falco.ts";
import { targets } from "../worlds/targets.ts";
import { kubeStateMetricsDown, prometheusStopped } from "../worlds/unseen.ts";

const namespace = "falco";

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `falcosidekick: ${name}`,
  rules: ["falcosidekick"],
  minutes,
  world: changed,
  rings,
});

const fails = (destination: string, times: Omit<Ring, "alert" | "labels">): Ring => ({
  alert: "BelfryFalcosidekickCannotDeliver",
  labels: { severity: "warning", namespace, destination },
  ...times,
});
const down = (times: Omit<Ring, "alert" | "labels">): Ring => ({
  alert: "BelfryFalcosidekickDown",
  labels: { severity: "critical", namespace },
  ...times,
});
const sidekickUp = ["up", { job: "falco-falcosidekick", namespace }] as const;
const available = ["kube_deployment_status_replicas_available", { namespace, deployment: "falco-falcosidekick" }] as const;

export const falcosidekickScenarios: readonly Scenario[] = [
  scenario("is healthy", 240, falcoWorld),
  scenario(
    "the first message to a destination fails, and none follows",
    150,
    [...falcoWorld, outputs("loki", "error", 0, gone(30), hold(1))],
    fails("loki", {
      cause: 30,
      recovery: 30,
      told: 40,
      over: 78,
      says: {
        summary: "falcosidekick cannot deliver to loki",
        description: "What Falco sees does not reach loki: falcosidekick in namespace falco counts errors there.",
      },
    }),
  ),
  scenario(
    "a destination works, then one message fails, and none follows",
    150,
    [...falcoWorld, outputs("loki", "ok", 0, count(0, 1, 30), hold(29)), outputs("loki", "error", 0, gone(30), hold(1))],
    fails("loki", { cause: 30, recovery: 30, told: 43, over: 78 }),
  ),
  scenario("one error that a retry cured", 150, [
    ...falcoWorld,
    outputs("loki", "ok", 0, gone(31), hold(1)),
    outputs("loki", "error", 0, gone(30), hold(1)),
  ]),
  scenario("one error more that a retry cured", 150, [
    ...falcoWorld,
    outputs("loki", "ok", 0, hold(5, 32), hold(6)),
    outputs("loki", "error", 0, hold(2, 30), hold(3)),
  ]),
  scenario(
    "every third message fails",
    150,
    [
      ...falcoWorld,
      outputs("loki", "ok", 0, count(9, 1)),
      outputs("loki", "error", 1, hold(2, 30), count(3, 0.5, 30), hold(18)),
    ],
    fails("loki", { cause: 30, recovery: 60, told: 45, over: 85 }),
  ),
  scenario("Prometheus does not run for twenty minutes", 120, prometheusStopped(falcoWorld, 60, 20)),
  scenario("the pods are replaced", 120, [
    ...without(
      change(falcoWorld, sidekickUp, hold(1, 30), hold(0, 1), gone()),
      "falcosecurity_falcosidekick_outputs_total",
    ),
    ...targets.falcosidekick.map((of, index) =>
      series("up", { ...of, instance: `10.0.5.${index}:2801`, pod: `falco-falcosidekick-new-${index}` }, gone(33), hold(1)),
    ),
    outputs("slack", "ok", 0, hold(4, 30), gone()),
    outputs("slack", "error", 0, hold(4, 30), gone()),
  ]),

  scenario(
    "its targets do not answer",
    120,
    change(falcoWorld, sidekickUp, hold(1, 30), hold(0, 40), hold(1)),
    down({
      cause: 30,
      recovery: 70,
      told: 49,
      over: 70,
      says: {
        summary: "falcosidekick does not run",
        description: "Falco runs, but falcosidekick in namespace falco does not: what Falco sees is told to nobody.",
      },
    }),
  ),
  scenario(
    "no replica is available",
    120,
    change(falcoWorld, available, hold(2, 30), hold(0, 40), hold(2)),
    down({ cause: 30, recovery: 70, told: 49, over: 70 }),
  ),
  scenario(
    "it is gone while Falco runs",
    120,
    change(change(falcoWorld, sidekickUp, hold(1, 30), gone(40), hold(1)), available, hold(2, 30), gone(40), hold(2)),
    down({ cause: 30, recovery: 70, told: 45, over: 70 }),
  ),
  scenario(
    "it is gone, and only kube-state-metrics knows Falco",
    90,
    without(falcoWorld, sidekickUp, available, ["up", { job: "falco-metrics", namespace }]),
    down({ cause: 0, told: 15 }),
  ),
  scenario(
    "it is gone while Falco runs and kube-state-metrics is down",
    90,
    without(falcoWorld.filter(({ metric }) => !metric.startsWith("kube_")), sidekickUp),
    down({ cause: 0, told: 15 }),
  ),
  scenario("it is gone, and so is Falco", 90, [
    series("up", { ...targets.falco[0] }, hold(0)),
    series("up", { ...targets.falco[0], job: "falco-cache", instance: "10.0.3.9:9999" }, hold(1)),
    ...falcoWorld.filter(({ metric, labels }) => metric === "kube_deployment_status_replicas_available" && labels["namespace"] === "shop"),
  ]),
  scenario("one replica of two does not answer", 90, change(falcoWorld, ["up", { instance: targets.falcosidekick[1]?.instance ?? "" }], hold(0))),
  scenario("its pods are replaced within ten minutes", 90, change(change(falcoWorld, available, hold(2, 30), hold(0, 10), hold(2)), sidekickUp, hold(1, 30), hold(0, 10), hold(1))),
  scenario("kube-state-metrics is down", 150, kubeStateMetricsDown(falcoWorld, 30, 60)),
];
