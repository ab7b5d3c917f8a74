/** Probes: failed, flapping, slow, or not made at all. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, gone, hold, repeat, type Series, series, without } from "../series.ts";
import { duration, of, type Probe, probes, probeUp, probeWorld, success } from "../worlds/probes.ts";
import { targets, up } from "../worlds/targets.ts";
import { prometheusStopped } from "../worlds/unseen.ts";

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `probes: ${name}`,
  rules: ["probes"],
  minutes,
  world: changed,
  rings,
});

type Times = Omit<Ring, "alert" | "labels">;
const failed = (probe: Probe, times: Times): Ring => ({
  alert: "BelfryProbeFailed",
  labels: { severity: "critical", ...probe },
  ...times,
});
const slow = (probe: Probe, times: Times): Ring => ({
  alert: "BelfryProbeSlow",
  labels: { severity: "warning", ...probe },
  ...times,
});

/** Beside its address a probe has whatever labels its object is given; `container` may be one of them. */
const front = { ...probes.url, instance: "https://front.example.com/" };
const labelled = (one: Series, more: Readonly<Record<string, string>> = { container: "front", team: "web" }): Series => ({
  ...one,
  labels: { ...one.labels, ...more },
});
/** The same address, asked by two Probe objects that give it different labels. */
const asked = (make: (probe: Probe) => Series): Series[] => ["web", "ops"].map((team) => labelled(make(front), { team }));

/** What is not this stack's exporter: another target of its namespace, and an exporter of the same name elsewhere. */
const notTheExporter: readonly Series[] = [
  up(targets.prometheus),
  up({ ...targets.blackbox, namespace: "shop", instance: "10.0.7.9:9115" }),
];

const exporterUp = ["up", { job: targets.blackbox.job }] as const;
const all: readonly Probe[] = Object.values(probes);

/** The exporter does not answer: no results, and the scrapes of all probes fail. */
const exporterDown = probeWorld.map((one) =>
  one.metric === "up"
    ? { ...one, pieces: [hold(1, 30), hold(0, 50), hold(1)] }
    : { ...one, pieces: [...one.pieces.map((piece) => ({ ...piece, minutes: 30 })), gone(50), ...one.pieces] },
);

export const probeScenarios: readonly Scenario[] = [
  scenario("all succeed", 240, probeWorld),
  ...all.map((probe) =>
    scenario(
      `${probe.instance} fails`,
      120,
      change(probeWorld, of("probe_success", probe), hold(1, 30), hold(0, 40), hold(1)),
      failed(probe, {
        cause: 30,
        recovery: 70,
        told: 44,
        over: 70,
        ...(probe === probes.url
          ? {
              says: {
                summary: "https://shop.example.com/ does not answer",
                description:
                  "The probe of https://shop.example.com/ (blackbox-external) fails, fails again and again, or cannot be made.",
              },
            }
          : {}),
      }),
    ),
  ),
  scenario(
    "a probe without a namespace fails",
    60,
    [success({ job: "blackbox-external", instance: "https://a.example.com/" }, hold(0))],
    failed({ job: "blackbox-external", instance: "https://a.example.com/", namespace: "monitoring" }, { cause: 0, told: 5 }),
  ),
  ...all.map((probe) =>
    scenario(
      `every other probe of ${probe.instance} fails`,
      120,
      change(probeWorld, of("probe_success", probe), hold(1, 30), repeat([0, 1], 40), hold(1)),
      failed(probe, { cause: 30, recovery: 70, told: 39, over: 79 }),
    ),
  ),
  scenario(
    "every fourth probe fails",
    120,
    change(probeWorld, of("probe_success", probes.url), hold(1, 30), repeat([0, 1, 1, 1], 40), hold(1)),
    failed(probes.url, { cause: 30, recovery: 70, told: 43, over: 73 }),
  ),
  scenario(
    "one with labels of its own fails",
    90,
    [labelled(success(front, hold(1, 30), hold(0, 40), hold(1)))],
    failed(front, { cause: 30, recovery: 70, told: 44, over: 70 }),
  ),
  scenario(
    "every other probe of one with labels of its own fails",
    90,
    [labelled(success(front, hold(1, 30), repeat([0, 1], 40), hold(1)))],
    failed(front, { cause: 30, recovery: 70, told: 39, over: 79 }),
  ),
  scenario(
    "the scrapes of one with labels of its own fail, while the exporter answers",
    90,
    [...probeWorld, labelled(probeUp(front, hold(1, 30), hold(0, 40), hold(1))), labelled(success(front, hold(1, 30), gone(40), hold(1)))],
    failed(front, { cause: 30, recovery: 70, told: 44, over: 70 }),
  ),
  scenario(
    "every other probe of an address that two objects ask fails",
    90,
    asked((probe) => success(probe, hold(1, 30), repeat([0, 1], 40), hold(1))),
    failed(front, { cause: 30, recovery: 70, told: 39, over: 79 }),
  ),
  scenario("an address that two objects ask fails for four minutes", 90, asked((probe) => success(probe, hold(1, 30), hold(0, 4), hold(1)))),
  scenario("one probe is lost", 90, change(probeWorld, of("probe_success", probes.url), hold(1, 30), hold(0, 1), hold(1))),
  scenario("two probes are lost, ten minutes apart", 90, change(probeWorld, of("probe_success", probes.url), hold(1, 30), hold(0, 1), hold(1, 9), hold(0, 1), hold(1))),
  scenario("it fails for five minutes", 90, change(probeWorld, of("probe_success", probes.url), hold(1, 30), hold(0, 5), hold(1))),
  scenario("a target is probed no more", 120, change(change(probeWorld, of("probe_success", probes.url), hold(1, 30), gone()), of("up", probes.url), hold(1, 30), gone())),
  scenario("a pod is replaced", 120, [
    ...change(change(probeWorld, of("probe_success", probes.pod), hold(1, 30), hold(0, 1), gone()), of("up", probes.pod), hold(1, 31), gone()),
    success({ ...probes.pod, instance: "http://10.0.7.8:8080/health", pod: "api-1" }, gone(31), hold(0, 2), hold(1)),
    probeUp({ ...probes.pod, instance: "http://10.0.7.8:8080/health", pod: "api-1" }, gone(31), hold(1)),
  ]),
  scenario(
    "the exporter is down",
    150,
    exporterDown,
    ...all.map((probe) => failed(probe, { cause: 30, recovery: 80, told: 44, over: 80 })),
  ),
  scenario(
    "the exporter is down, and nothing is known of the scrapes",
    150,
    [
      ...without(exporterDown, ...all.map((probe) => of("up", probe))),
      ...notTheExporter,
    ],
    ...all.map((probe) => failed(probe, { cause: 30, recovery: 80, told: 44, over: 80 })),
  ),
  scenario(
    "the exporter is gone, and with it all about it",
    120,
    [
      ...without(
        [...probeWorld, labelled(success(front, hold(1)))].map((one) => ({
          ...one,
          pieces: [...one.pieces.map((piece) => ({ ...piece, minutes: 30 })), gone()],
        })),
        ...all.map((probe) => of("up", probe)),
      ),
      ...notTheExporter,
    ],
    ...[...all, front].map((probe) => failed(probe, { cause: 30, recovery: 90, told: 44, over: 89 })),
  ),
  scenario("the exporter's own metrics are scraped no more, while it probes on", 120, [
    ...change(probeWorld, exporterUp, hold(1, 30), gone()),
    labelled(success(front, hold(1))),
    up(targets.prometheus),
  ]),
  scenario("the exporter is replaced", 90, [
    ...probeWorld.map((one) =>
      one.metric === "probe_success"
        ? { ...one, pieces: [hold(1, 30), gone(3), hold(1)] }
        : one.metric === "up" && one.labels["job"] !== targets.blackbox.job
          ? { ...one, pieces: [hold(1, 30), hold(0, 3), hold(1)] }
          : one,
    ).filter((one) => !(one.metric === "up" && one.labels["job"] === targets.blackbox.job)),
    series("up", { ...targets.blackbox }, hold(1, 30), gone()),
    series("up", { ...targets.blackbox, instance: "10.0.1.66:9115", pod: "prometheus-blackbox-exporter-7c4-new" }, gone(33), hold(1)),
  ]),
  scenario("one scrape of the exporter is lost", 90, change(probeWorld, exporterUp, hold(1, 30), hold(0, 1), hold(1))),
  scenario("Prometheus does not run for twenty minutes", 120, prometheusStopped(probeWorld, 60, 20)),

  ...[probes.service, probes.ingress, probes.pod].map((probe) =>
    scenario(
      `${probe.instance} takes eight seconds, and succeeds`,
      120,
      change(probeWorld, of("probe_duration_seconds", probe), hold(0.2, 30), hold(8, 40), hold(0.2)),
      slow(probe, {
        cause: 30,
        recovery: 70,
        told: 47,
        over: 77,
        ...(probe === probes.service
          ? {
              says: {
                summary: "cart.shop.svc:80 is slow",
                description: "cart.shop.svc:80 (blackbox-kubernetes-services) answers, but takes 8s.",
              },
            }
          : {}),
      }),
    ),
  ),
  scenario(
    "an address that two objects ask, with labels of their own, takes eight seconds",
    60,
    [...asked((probe) => success(probe, hold(1))), ...asked((probe) => duration(probe, hold(8)))],
    slow(front, {
      cause: 0,
      told: 10,
      says: {
        summary: "https://front.example.com/ is slow",
        description: "https://front.example.com/ (blackbox-external) answers, but takes 8s.",
      },
    }),
  ),
  scenario(
    "one with labels of its own takes eight seconds",
    60,
    [labelled(success(front, hold(1))), labelled(duration(front, hold(8)))],
    slow(front, { cause: 0, told: 10 }),
  ),
  scenario(
    "a probe takes eight seconds, and every third fails for a while",
    120,
    change(
      change(probeWorld, of("probe_duration_seconds", probes.service), hold(0.2, 30), hold(8)),
      of("probe_success", probes.service),
      hold(1, 30),
      repeat([0, 1, 1], 39),
      hold(1),
    ),
    failed(probes.service, { cause: 30, recovery: 69, told: 41, over: 75 }),
    slow(probes.service, { cause: 30, told: 85 }),
  ),
  scenario(
    "a slow one, some of whose probes failed, gets another label",
    90,
    [
      labelled(success(front, hold(1, 22), hold(0, 4), hold(1, 4), gone()), { team: "web" }),
      labelled(duration(front, hold(0.2, 22), hold(8, 8), gone()), { team: "web" }),
      labelled(success(front, gone(30), hold(1)), { team: "ops" }),
      labelled(duration(front, gone(30), hold(8)), { team: "ops" }),
    ],
    slow(front, { cause: 22, told: 50 }),
  ),
  scenario("a probe is slow for six minutes", 90, change(probeWorld, of("probe_duration_seconds", probes.service), hold(0.2, 30), hold(100, 6), hold(0.2))),
  scenario("a probe takes two seconds", 90, change(probeWorld, of("probe_duration_seconds", probes.service), hold(2))),
  scenario(
    "a slow probe without a namespace",
    60,
    [
      success({ job: "blackbox-external", instance: "https://a.example.com/" }, hold(1)),
      series("probe_duration_seconds", { job: "blackbox-external", instance: "https://a.example.com/" }, hold(4)),
    ],
    slow({ job: "blackbox-external", instance: "https://a.example.com/", namespace: "monitoring" }, { cause: 0, told: 10 }),
  ),
  scenario(
    "a probe fails after a long time",
    90,
    change(change(probeWorld, of("probe_duration_seconds", probes.service), hold(8)), of("probe_success", probes.service), hold(0)),
    failed(probes.service, { cause: 0, told: 5 }),
  ),
];
