/** The way of an alert to people, and scrape targets. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, count, gone, hold, repeat, type Series, series, without } from "../series.ts";
import { managed, notifications, notificationWorld, syncs } from "../worlds/monitoring.ts";
import { type Target, targets, targetsUp } from "../worlds/targets.ts";
import { prometheusStopped } from "../worlds/unseen.ts";

const namespace = "monitoring";
type Times = Omit<Ring, "alert" | "labels">;

const notifying = (name: string, minutes: number, world: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `notifications: ${name}`,
  rules: ["notifications"],
  minutes,
  world,
  rings,
});
const scraping = (name: string, minutes: number, world: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `targets: ${name}`,
  rules: ["targets"],
  minutes,
  world,
  rings,
});

const failing = (integration: string, receiver: string | undefined, times: Times): Ring => ({
  alert: "BelfryNotificationsFailing",
  labels: { severity: "critical", namespace, integration, ...(receiver === undefined ? {} : { receiver_name: receiver }) },
  ...times,
});
const refused = (controller: string, times: Times): Ring => ({
  alert: "BelfryAlertingConfigurationRefused",
  labels: { severity: "critical", namespace, controller },
  ...times,
});
const down = ({ job, namespace: where }: Target, times: Times): Ring => ({
  alert: "BelfryTargetDown",
  labels: { severity: "warning", namespace: where, job },
  ...times,
});
const absent = ({ job, namespace: where }: Target, times: Times): Ring => ({
  alert: "BelfryTargetAbsent",
  labels: { severity: "warning", namespace: where, job },
  ...times,
});

const watchdog: Ring = {
  alert: "Watchdog",
  labels: { severity: "none" },
  cause: 0,
  told: 0,
  says: {
    summary: "The way from Prometheus to the heartbeat works",
    description: "This alert fires always. Who misses its beats knows that alerts do not arrive any more.",
  },
};

const second = "alertmanager-kube-prometheus-stack-alertmanager-1";
const failed = ["alertmanager_notifications_failed_total", { integration: "slack" }] as const;
const upOf = ({ job, instance }: Target) => ["up", { job, instance }] as const;
/** One target of each job. */
const jobs: readonly Target[] = Object.values(targets).flatMap((found): readonly Target[] =>
  Array.isArray(found) ? (found as readonly Target[]).slice(0, 1) : [found],
);

export const notificationScenarios: readonly Scenario[] = [
  notifying("all arrive", 240, notificationWorld),
  notifying(
    "one fails",
    90,
    change(notificationWorld, failed, hold(3, 30), hold(4)),
    failing("slack", "slack", {
      cause: 30,
      recovery: 30,
      told: 30,
      over: 59,
      says: {
        summary: "Alertmanager cannot notify by slack",
        description:
          "Alertmanager in namespace monitoring failed to send notifications by slack to receiver slack in the last half hour: what this " +
          "receiver should have been told, it was not.",
      },
    }),
  ),
  notifying(
    "the first of all fails, for two reasons",
    90,
    [
      ...notificationWorld,
      notifications("failed_total", "pagerduty", "duty", gone(30), hold(1)),
      series(
        "alertmanager_notifications_failed_total",
        { ...targets.alertmanager, integration: "pagerduty", receiver_name: "duty", reason: "contextCanceled" },
        gone(31),
        hold(1),
      ),
    ],
    failing("pagerduty", "duty", { cause: 30, recovery: 31, told: 30, over: 60 }),
  ),
  notifying(
    "one fails of an Alertmanager that does not name its receivers, somewhere without a namespace",
    90,
    [series("alertmanager_notifications_failed_total", { job: "x", integration: "email" }, hold(0, 30), hold(1))],
    failing("email", undefined, { cause: 30, recovery: 30, told: 30, over: 59 }),
  ),
  notifying(
    "the first of all fails of the second Alertmanager, while something else shares the address of the first",
    90,
    [
      ...notificationWorld,
      series("up", { ...targets.alertmanager, instance: "10.0.1.22:9093", pod: second }, gone(20), hold(1)),
      series("up", { ...targets.alertmanager, job: "reloader" }, hold(1)),
      series("alertmanager_notifications_failed_total", { ...targets.alertmanager, instance: "10.0.1.22:9093", integration: "slack", receiver_name: "night" }, gone(20), hold(0)),
      series("alertmanager_notifications_failed_total", { ...targets.alertmanager, job: "reloader", integration: "slack", receiver_name: "night" }, hold(2)),
    ],
  ),
  notifying("somebody begins to scrape the same Alertmanager once more, which failed long ago", 90, [
    ...notificationWorld,
    ...["up", "alertmanager_notifications_failed_total"].map((metric) =>
      series(metric, { ...targets.alertmanager, job: "messages", ...(metric === "up" ? {} : { integration: "slack", receiver_name: "night" }) }, gone(40), hold(1)),
    ),
  ]),
  notifying(
    "the second Alertmanager starts at the address that the first had, and has failed before it is seen",
    120,
    [
      ...notificationWorld.map((one) => (one.labels["pod"] === targets.alertmanager.pod ? { ...one, pieces: [hold(1, 30), gone()] } : one)),
      series("up", { ...targets.alertmanager, pod: second }, gone(31), hold(1)),
      series("alertmanager_notifications_failed_total", { ...targets.alertmanager, pod: second, integration: "slack", receiver_name: "night" }, gone(31), hold(2)),
    ],
    failing("slack", "night", { cause: 31, recovery: 31, told: 31, over: 59 }),
  ),
  notifying("Alertmanager starts anew", 90, change(notificationWorld, "alertmanager_notifications_failed_total", hold(3, 30), gone(2), hold(0))),
  notifying("Prometheus does not run for twenty minutes", 120, prometheusStopped(notificationWorld, 60, 20)),

  notifying(
    "the operator cannot make a configuration for Alertmanager",
    90,
    change(notificationWorld, ["prometheus_operator_syncs", { controller: "alertmanager", status: "failed" }], hold(0, 30), hold(1, 30), hold(0)),
    refused("alertmanager", {
      cause: 30,
      recovery: 60,
      told: 45,
      over: 64,
      says: {
        summary: "A configuration of alerting is refused",
        description:
          "In namespace monitoring the configuration for alertmanager is not applied: the old one stays in force without another sign.",
      },
    }),
  ),
  notifying(
    "the operator fails now and then",
    90,
    [...without(notificationWorld, ["prometheus_operator_syncs", { controller: "prometheus", status: "failed" }]), syncs("prometheus", "failed", hold(0, 30), repeat([1, 0, 0], 30), hold(0))],
    refused("prometheus", { cause: 30, recovery: 58, told: 45, over: 62 }),
  ),
  notifying(
    "Alertmanager refuses its configuration",
    90,
    change(notificationWorld, "alertmanager_config_last_reload_successful", hold(1, 30), hold(0, 30), hold(1)),
    refused("alertmanager", { cause: 30, recovery: 60, told: 45, over: 64 }),
  ),
  notifying(
    "Prometheus refuses its configuration",
    90,
    change(notificationWorld, "prometheus_config_last_reload_successful", hold(1, 30), hold(0, 30), hold(1)),
    refused("prometheus", { cause: 30, recovery: 60, told: 45, over: 64 }),
  ),
  notifying("a configuration is refused for some minutes", 60, change(notificationWorld, "prometheus_config_last_reload_successful", hold(1, 30), hold(0, 8), hold(1))),
  notifying(
    "the operator leaves out two rules",
    90,
    [
      ...without(notificationWorld, ["prometheus_operator_managed_resources", { resource: "PrometheusRule", state: "rejected" }], ["prometheus_operator_managed_resources", { resource: "ServiceMonitor", state: "rejected" }]),
      managed("PrometheusRule", "rejected", hold(0, 30), hold(2, 30), hold(0)),
      managed("ServiceMonitor", "rejected", hold(0, 30), hold(1, 30), hold(0)),
    ],
    {
      alert: "BelfryResourceRejected",
      labels: { severity: "warning", namespace, controller: "prometheus", resource: "PrometheusRule" },
      cause: 30,
      recovery: 60,
      told: 45,
      over: 64,
      says: {
        summary: "A PrometheusRule object is ignored",
        description:
          "prometheus-operator in namespace monitoring leaves out 2 objects of kind PrometheusRule for prometheus, because they are invalid: " +
          "what they should watch or tell is not.",
      },
    },
    {
      alert: "BelfryResourceRejected",
      labels: { severity: "warning", namespace, controller: "prometheus", resource: "ServiceMonitor" },
      cause: 30,
      recovery: 60,
      told: 45,
      over: 64,
      says: {
        summary: "A ServiceMonitor object is ignored",
        description:
          "prometheus-operator in namespace monitoring leaves out 1 objects of kind ServiceMonitor for prometheus, because they are invalid: " +
          "what they should watch or tell is not.",
      },
    },
  ),
];

export const targetScenarios: readonly Scenario[] = [
  scraping("all answer", 240, targetsUp),
  ...jobs.map((of) =>
    scraping(
      `${of.job} does not answer`,
      120,
      change(targetsUp, upOf(of), hold(1, 30), hold(0, 40), hold(1)),
      down(of, {
        cause: 30,
        recovery: 70,
        told: 42,
        over: 77,
        ...(of.job === "node-exporter"
          ? {
              says: {
                summary: "Targets of node-exporter cannot be scraped",
                description:
                  "1 targets of node-exporter in namespace monitoring do not answer: their metrics, and the alerts that are made of them, " +
                  "are missing.",
              },
            }
          : {}),
      }),
    ),
  ),
  ...jobs.map((of) =>
    scraping(
      `${of.job} is gone`,
      90,
      [
        ...change(targetsUp, ["up", { job: of.job }], hold(1, 10), gone(50), hold(1)),
        // One of the same name elsewhere, and another one in its namespace.
        series("up", { ...of, namespace: "elsewhere", instance: "10.0.7.8:80" }, hold(1)),
        series("up", { ...of, job: "another", instance: "10.0.7.9:80" }, hold(1)),
      ],
      absent(of, {
        cause: 10,
        recovery: 60,
        told: 40,
        over: 60,
        ...(of.job === "apiserver"
          ? {
              says: {
                summary: "Nothing of apiserver is scraped",
                description:
                  "Prometheus knows no target of apiserver in namespace default: it is not installed, or its ServiceMonitor is gone or not " +
                  "selected.",
              },
            }
          : {}),
      }),
    ),
  ),
  scraping("somebody else's target does not answer", 60, [...targetsUp, series("up", { job: "shop", namespace: "shop", instance: "1" }, hold(0))]),
  scraping(
    "a target is down half of the time",
    90,
    change(targetsUp, upOf(targets.trivy), hold(1, 30), repeat([0, 0, 1], 40), hold(1)),
    down(targets.trivy, { cause: 30, recovery: 69, told: 45, over: 73 }),
  ),
  scraping("one scrape of everything is lost", 60, change(targetsUp, "up", hold(1, 30), hold(0, 1), hold(1))),
  scraping("a rollout of node-exporter over an hour", 120, [
    ...without(targetsUp, ["up", { job: "node-exporter" }]),
    ...Array.from({ length: 15 }, (_, index) => index).flatMap((index) => [
      series("up", { ...targets.nodeExporters[0], instance: `192.168.1.${index}:9100`, pod: `old-${index}` }, hold(1, 20 + 4 * index), hold(0, 2), gone()),
      series("up", { ...targets.nodeExporters[0], instance: `192.168.1.${index}:9100`, pod: `new-${index}` }, gone(21 + 4 * index), hold(0, 4), hold(1)),
    ]),
  ]),
  scraping(
    "a new target never answers",
    90,
    [...targetsUp, series("up", { ...targets.nodeExporters[0], instance: "192.168.0.9:9100" }, gone(30), hold(0))],
    down({ ...targets.nodeExporters[0], job: "node-exporter", namespace, instance: "", pod: "" }, { cause: 30, told: 50 }),
  ),
  scraping("a target was down until it went", 90, [
    ...targetsUp,
    series("up", { ...targets.nodeExporters[0], instance: "192.168.0.9:9100" }, hold(1, 30), hold(0, 10), gone()),
  ]),
  scraping("Prometheus does not run for twenty minutes", 120, prometheusStopped(targetsUp, 60, 20)),
  { name: "watchdog: fires from the first evaluation on, in an empty Prometheus too", rules: ["notifications"], minutes: 5, world: [series("unused", {}, count(0, 1))], rings: [watchdog] },
];
