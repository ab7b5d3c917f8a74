/**
 * Three days of a healthy cluster in which everything happens that must wake nobody: one world, for all rules at once. Times
 * are minutes since Prometheus started with an empty disk.
 */
import { count, during, gone, hold, identity, type Piece, type Series, series, unseen } from "../series.ts";
import { events, falcoCounter, falcoWorld, outputs, podInfo, ready } from "./falco.ts";
import { budgetWorld, notifications } from "./monitoring.ts";
import { probeWorld } from "./probes.ts";
import { type Target, targets } from "./targets.ts";
import { cleanImages, findings, restarts, trivyWorld } from "./trivy.ts";

export const hour = 60;
/** As deployed: minutes between two scrapes, and between two evaluations. */
export const deployedInterval = 0.5;
export const threeDays = 72 * hour;

/** When each disturbance begins. */
const at = {
  lostScrape: 5 * hour,
  counterReset: 7 * hour,
  prometheusRestart: 9 * hour,
  bornAtOne: 12 * hour,
  rollout: 14 * hour,
  rescheduledExporter: 22 * hour,
  /** A day after each report was made. */
  expiry: 24 * hour,
  kubeStateMetricsDown: 47 * hour,
  falcoRollout: 54 * hour,
  secondPrometheusRestart: 66 * hour,
} as const;

/** Each once; areas have some in common. */
function unique(all: readonly Series[]): Series[] {
  return [...new Map(all.map((one) => [identity(one), one])).values()];
}

const isOf = ({ labels }: Series, { job, instance }: Target) => labels["job"] === job && labels["instance"] === instance;

/** Its pod is replaced: what was scraped there ends, and begins behind another address some minutes later. */
function replaced(world: readonly Series[], target: Target, start: number, address: string): Series[] {
  return world.flatMap((one) => {
    if (!isOf(one, target)) return [one];
    const pod = `${target.pod}-${address}`;
    const labels = { ...one.labels, instance: address, ...(one.labels["pod"] === undefined ? {} : { pod }) };
    const ended = during(one, start, Number.POSITIVE_INFINITY, gone());
    // What falcosidekick counts is there from its first event on; the others know what they will count.
    if (one.metric.startsWith("falcosecurity_falcosidekick")) return [ended];
    return [ended, { ...one, labels, pieces: [gone(start + 2), ...anew(one)] }];
  });
}

/** Prometheus sees a new target before it answers. */
function anew({ metric, pieces }: Series): readonly Piece[] {
  if (metric === "up") return [hold(0, 1), hold(1)];
  if (!metric.endsWith("_total")) return [gone(1), ...pieces];
  return [gone(1), metric.includes("failed") ? hold(0) : count(0, 0.02)];
}

const oneScrape = deployedInterval;

/** One scrape of everything fails: `up` is 0, and whatever it would have brought ends until the next. */
const lostScrape = (world: readonly Series[]) =>
  world.map((one) => during(one, at.lostScrape, oneScrape, one.metric === "up" ? hold(0, oneScrape) : gone(oneScrape)));

const restartPrometheus = (world: readonly Series[], start: number, minutes: number) =>
  world.map((one) => during(one, start, minutes, unseen(minutes)));

/** All reports end after a day, and come back with the next scan, one after the other within an hour. */
function expire(world: readonly Series[], start: number): Series[] {
  const away = new Map<string, number>();
  return world.map((one) => {
    if (one.metric !== "trivy_image_vulnerabilities") return one;
    const image = `${one.labels["namespace"] ?? ""}/${one.labels["image_repository"] ?? ""}`;
    if (!away.has(image)) away.set(image, 20 + (away.size % 4) * 10);
    return during(one, start, away.get(image) ?? 20, gone(away.get(image)));
  });
}

/** The processes that count start anew: their counters begin again, some with what happened since. */
const resetCounters = (world: readonly Series[]) =>
  world.map((one) =>
    one.metric.endsWith("_total") && !one.metric.includes("rules_matches")
      ? during(one, at.counterReset, Number.POSITIVE_INFINITY, one.metric.includes("n_evts") ? count(100, 60_000) : hold(0))
      : one,
  );

function stopKubeStateMetrics(world: readonly Series[]): Series[] {
  const minutes = 6;
  return world.map((one) => {
    if (isOf(one, targets.kubeStateMetrics) && one.metric === "up") return during(one, at.kubeStateMetricsDown, minutes, hold(0, minutes));
    return one.metric.startsWith("kube_") ? during(one, at.kubeStateMetricsDown, minutes, gone(minutes)) : one;
  });
}

/** One pod of the DaemonSet after the other, six minutes each. */
function rollFalco(world: readonly Series[]): Series[] {
  const each = 6;
  const minutes = 3 * each;
  const rolled = world.map((one) => {
    if (one.metric === "kube_daemonset_status_updated_number_scheduled") {
      return during(one, at.falcoRollout, minutes, ...[0, 1, 2].map((value) => hold(value, each)));
    }
    if (one.metric === "kube_daemonset_status_number_available") return during(one, at.falcoRollout, minutes, hold(2, minutes));
    const node = targets.falco.findIndex(({ pod }) => pod === one.labels["pod"]);
    return node < 0 ? one : during(one, at.falcoRollout + node * each, Number.POSITIVE_INFINITY, gone());
  });
  return [
    ...rolled,
    ...targets.falco.flatMap((target, index) => {
      const begins = at.falcoRollout + index * each;
      const pod = `falco-wxyz${index + 1}`;
      const again = { ...target, pod, instance: `10.0.9.${index}:8765` };
      return [
        series("up", again, gone(begins + 1), hold(0, 2), hold(1)),
        ready(pod, gone(begins + 1), hold(0, each - 1), hold(1)),
        podInfo(pod, `node-${index + 1}`, gone(begins + 1), hold(1)),
        restarts("falco", pod, "falco", gone(begins + 1), hold(0)),
        { ...falcoCounter("falcosecurity_scap_n_evts_total", index + 1, gone(begins + 3), count(100, 60_000)), labels: again },
        { ...falcoCounter("falcosecurity_scap_n_drops_total", index + 1, gone(begins + 3), count(0, 3)), labels: again },
        { ...falcoCounter("falcosecurity_falco_outputs_queue_num_drops_total", index + 1, gone(begins + 3), hold(0)), labels: again },
      ];
    }),
  ];
}

/** Counters that are there for the first time with their first event. */
const born: readonly Series[] = [
  events({ rule: "Read sensitive file untrusted", priority: "warning", inNamespace: "shop" }, gone(at.bornAtOne), hold(1)),
  events({ rule: "Contact K8S API Server From Container", priority: "notice", inNamespace: "payments", replica: 1 }, gone(at.bornAtOne), hold(1)),
  outputs("loki", "ok", 1, gone(at.bornAtOne), hold(1)),
  notifications("total", "slack", "night", gone(at.bornAtOne), hold(1)),
  falcoCounter("falcosecurity_falco_rules_matches_total", 1, gone(at.bornAtOne), hold(1)),
];

/** The first scan of the cluster takes its time: every image is new within the first hour, also what nobody watches. */
function firstScan(world: readonly Series[]): Series[] {
  let images = 0;
  return world.map((one) => {
    if (one.metric !== "trivy_image_vulnerabilities") return one;
    images += 1;
    const minutes = 5 + (images % 10) * 5;
    return during(one, 0, minutes, gone(minutes));
  });
}

/** A Deployment of an image without anything critical is rolled out: its series have other names from then on. */
const rolledOut: readonly Series[] = [
  ...findings({ namespace: "shop", repository: "shop/search", tag: "7", replicaSet: "search-1" }, gone(30), hold(0, at.rollout), gone()),
  ...findings({ namespace: "shop", repository: "shop/search", tag: "7", replicaSet: "search-2" }, gone(at.rollout + 20), hold(0)),
];

const [firstSidekick, secondSidekick] = targets.falcosidekick;

function replaceAll(world: readonly Series[]): Series[] {
  const pods: readonly (readonly [Target, number, string])[] = [
    [targets.trivy, at.rollout, "10.0.8.1:8080"],
    [targets.alertmanager, at.rollout + 5, "10.0.8.2:9093"],
    [targets.operator, at.rollout + 10, "10.0.8.3:10250"],
    [targets.grafana, at.rollout + 15, "10.0.8.4:3000"],
    ...(firstSidekick === undefined || secondSidekick === undefined
      ? []
      : ([
          [firstSidekick, at.rollout + 20, "10.0.8.5:2801"],
          [secondSidekick, at.rollout + 23, "10.0.8.6:2801"],
        ] as const)),
    [targets.blackbox, at.rescheduledExporter, "10.0.8.7:9115"],
  ];
  return pods.reduce((changed, [target, start, address]) => replaced(changed, target, start, address), [...world]);
}

/** The exporter moves to another node: probes fail to be scraped until it answers there. */
const whileExporterMoves = (world: readonly Series[]) =>
  world.map((one) => {
    if (one.metric.startsWith("probe_")) return during(one, at.rescheduledExporter, 3, gone(3));
    return one.metric === "up" && one.labels["job"]?.startsWith("blackbox-") === true ? during(one, at.rescheduledExporter, 3, hold(0, 3)) : one;
  });

/** Targets of somebody else that are down: BelfryTargetDown, which goes by the job, tells them too. */
const foreignDown = ({ metric, labels }: Series) => metric === "up" && labels["namespace"] === "lab";

const quiet = unique([...trivyWorld, ...cleanImages, ...rolledOut, ...falcoWorld, ...probeWorld, ...budgetWorld]).filter((one) => !foreignDown(one));

const disturbances: readonly ((world: readonly Series[]) => Series[])[] = [
  resetCounters,
  (world) => [...world, ...born],
  firstScan,
  (world) => expire(world, at.expiry),
  (world) => expire(world, 2 * at.expiry),
  rollFalco,
  whileExporterMoves,
  replaceAll,
  stopKubeStateMetrics,
  lostScrape,
  (world) => restartPrometheus(world, at.prometheusRestart, 10),
  (world) => restartPrometheus(world, at.secondPrometheusRestart, 2),
];

export const threeDaysWorld: readonly Series[] = disturbances.reduce((world, disturb) => disturb(world), quiet);
