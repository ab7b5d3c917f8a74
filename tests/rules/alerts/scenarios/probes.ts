/** Probes: failed, flapping, slow, or not made at all. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, gone, hold, repeat, type Series, series, without } from "../series.ts";
import { of, type Probe, probes, probeUp, probeWorld, success } from "../worlds/probes.ts";
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
  scenario(
    "every other probe fails",
    120,
    change(probeWorld, of("probe_success", probes.url), hold(1, 30), repeat([0, 1], 40), hold(1)),
    failed(probes.url, { cause: 30, recovery: 70, told: 39, over: 79 }),
  ),
  scenario(
    "every fourth probe fails",
    120,
    change(probeWorld, of("probe_success", probes.url), hold(1, 30), repeat([0, 1, 1, 1], 40), hold(1)),
    failed(probes.url, { cause: 30, recovery: 70, told: 43, over: 73 }),
  ),
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
    ],
    ...all.map((probe) => failed(probe, { cause: 30, recovery: 80, told: 44, over: 80 })),
  ),
  scenario(
    "the exporter is gone, and with it all about it",
    120,
    [
      ...without(
        probeWorld.map((one) => ({ ...one, pieces: [...one.pieces.map((piece) => ({ ...piece, minutes: 30 })), gone()] })),
        ...all.map((probe) => of("up", probe)),
      ),
      up(targets.prometheus),
    ],
    ...all.map((probe) => failed(probe, { cause: 30, recovery: 90, told: 44, over: 89 })),
  ),
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

  scenario(
    "a probe takes eight seconds, and succeeds",
    120,
    change(probeWorld, of("probe_duration_seconds", probes.service), hold(0.2, 30), hold(8, 40), hold(0.2)),
    slow(probes.service, {
      cause: 30,
      recovery: 70,
      told: 47,
      over: 77,
      says: {
        summary: "cart.shop.svc:80 is slow",
        description: "cart.shop.svc:80 (blackbox-kubernetes-services) answers, but takes 8s.",
      },
    }),
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
