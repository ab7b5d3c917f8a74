/** Events that Falco tells: one is enough, the first included, and history is none. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, gone, hold, type Series, series, unseen } from "../series.ts";
import { events, falcoWorld } from "../worlds/falco.ts";
import { targets } from "../worlds/targets.ts";
import { prometheusStopped } from "../worlds/unseen.ts";

const rule = "Drop and execute new binary in container";
const critical = { rule, priority: "critical", inNamespace: "payments" } as const;
const known = ["falcosecurity_falcosidekick_falco_events_total", { priority_raw: "critical" }] as const;
const [first] = targets.falcosidekick;

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `falco events: ${name}`,
  rules: ["falco"],
  minutes,
  world: changed,
  rings,
});

/** Told at once; seen for some minutes by the expression, and half an hour longer. */
const event = (minute: number, namespace: string, name: string = rule, over = minute + 39): Ring => ({
  alert: "BelfryFalcoCriticalEvent",
  labels: { severity: "critical", namespace, rule: name },
  cause: minute,
  recovery: minute,
  told: minute,
  over,
});

export const falcoEventScenarios: readonly Scenario[] = [
  scenario("the first ever of its kind", 120, [...falcoWorld, events(critical, gone(30), hold(1))], {
    ...event(30, "payments"),
    says: {
      summary: "Falco: Drop and execute new binary in container",
      description:
        'Falco\'s rule "Drop and execute new binary in container" of critical priority or above matched in namespace payments.',
    },
  }),
  scenario("one more of a kind that was there", 120, change(falcoWorld, known, hold(3, 30), hold(4)), event(30, "shop")),
  scenario(
    "priorities alert and emergency",
    120,
    [
      ...falcoWorld,
      events({ rule: "A", priority: "alert", inNamespace: "shop" }, gone(30), hold(1)),
      events({ rule: "B", priority: "emergency", inNamespace: "shop" }, gone(40), hold(1)),
    ],
    event(30, "shop", "A"),
    event(40, "shop", "B"),
  ),
  scenario("lower priorities", 120, [
    ...falcoWorld,
    ...["error", "warning", "notice", "informational", "debug"].map((priority) =>
      events({ rule: priority, priority, inNamespace: "shop" }, gone(30), hold(1)),
    ),
  ]),
  scenario(
    "on a node, without a namespace",
    120,
    [
      ...falcoWorld,
      events({ rule: "A", priority: "critical" }, gone(30), hold(1)),
      events({ rule: "B", priority: "critical", inNamespace: "<NA>" }, gone(30), hold(1)),
    ],
    event(30, "falco", "A"),
    event(30, "falco", "B"),
  ),
  scenario(
    "in two namespaces, counted by two replicas",
    120,
    [
      ...falcoWorld,
      events(critical, gone(30), hold(1)),
      events({ ...critical, replica: 1 }, gone(32), hold(1)),
      events({ ...critical, inNamespace: "search", replica: 1 }, gone(50), hold(1)),
    ],
    event(30, "payments", rule, 71),
    event(50, "search"),
  ),
  scenario("three minutes after a cold start", 120, [...falcoWorld, events(critical, gone(3), hold(1))], {
    ...event(3, "payments"),
  }),
  scenario(
    "falcosidekick's container restarts and counts one again",
    120,
    [...falcoWorld, events(critical, hold(1, 30), gone(10), hold(1))],
    event(40, "payments"),
  ),
  scenario(
    "falcosidekick's container restarts between two scrapes and counts one again",
    120,
    change(falcoWorld, known, hold(3, 30), hold(1)),
    event(30, "shop"),
  ),
  scenario(
    "falcosidekick gets a new pod, which has seen one at its first scrape",
    150,
    [
      ...change(falcoWorld, ["up", { instance: first?.instance ?? "" }], hold(1, 30), gone()),
      series("up", { ...targets.falcosidekick[0], instance: "10.0.4.9:2801", pod: "falco-falcosidekick-68d-new" }, gone(32), hold(1)),
      events({ ...critical, instance: { instance: "10.0.4.9:2801", pod: "falco-falcosidekick-68d-new" } }, gone(32), hold(1)),
    ],
    event(32, "payments", rule, 72),
  ),
  scenario(
    "falcosidekick gets new pods, which have seen none",
    120,
    change(
      change(falcoWorld, ["up", { job: "falco-falcosidekick", namespace: "falco" }], hold(1, 30), gone()),
      "falcosecurity_falcosidekick_falco_events_total",
      hold(3, 30),
      gone(),
    ).concat([
      series("up", { ...targets.falcosidekick[0], instance: "10.0.4.9:2801", pod: "falco-falcosidekick-68d-new" }, gone(32), hold(1)),
    ]),
  ),
  scenario(
    "falcosidekick is out of reach for a quarter of an hour",
    120,
    change(
      change(falcoWorld, ["up", { instance: first?.instance ?? "" }], hold(1, 30), hold(0, 15), hold(1)),
      known,
      hold(3, 30),
      gone(15),
      hold(3),
    ),
  ),
  scenario(
    "falcosidekick's target is forgotten for an hour",
    180,
    change(
      change(falcoWorld, ["up", { instance: first?.instance ?? "" }], hold(1, 30), gone(60), hold(1)),
      known,
      hold(3, 30),
      gone(60),
      hold(3),
    ),
  ),
  scenario("Prometheus does not run for twenty minutes", 120, prometheusStopped(falcoWorld, 60, 20)),
  scenario("Prometheus does not run for two minutes", 120, prometheusStopped(falcoWorld, 60, 2)),
  scenario("Prometheus starts with an empty disk, and counters have a history", 120, [
    ...falcoWorld,
    events({ ...critical, inNamespace: "search" }, hold(17)),
  ].filter((one) => one.metric.startsWith("falcosecurity_falcosidekick") || one.metric === "up").map((one) => ({ ...one, pieces: [unseen(1), ...one.pieces] }))),
];
