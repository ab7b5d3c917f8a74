/** When the watch itself is noise or load. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, count, gone, hold, type Series, series, without } from "../series.ts";
import { falcoWorld } from "../worlds/falco.ts";
import { budgetWorld, objects, oldObjects } from "../worlds/monitoring.ts";
import { targets } from "../worlds/targets.ts";

const namespace = "monitoring";

const scenario = (name: string, minutes: number, world: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `budgets: ${name}`,
  rules: ["falco", "budgets"],
  minutes,
  interval: 5,
  world,
  rings,
});

const world = [...falcoWorld.filter(({ metric }) => metric === "up" || metric.startsWith("falcosecurity_falcosidekick_falco")), ...budgetWorld.filter(({ metric }) => metric !== "up")];
const sent = (integration: string) => ["alertmanager_notifications_total", { integration }] as const;

export const budgetScenarios: readonly Scenario[] = [
  scenario("all are kept for a day and a half", 2160, world),
  scenario(
    "more than a hundred messages to Slack within a day",
    2100,
    change(world, sent("slack"), hold(40, 300), count(40, 1, 120), hold(160)),
    {
      alert: "BelfryTooManyMessages",
      labels: { severity: "warning", namespace, integration: "slack", receiver_name: "slack" },
      cause: 395,
      recovery: 1740,
      told: 415,
      over: 1760,
      says: {
        summary: "Too many messages by slack",
        description:
          "116 messages were sent by slack to receiver slack within a day; the budget is 100. Nobody reads that many.",
      },
    },
  ),
  scenario(
    "two Alertmanagers send more than a hundred messages together, and one in another namespace some",
    2100,
    [
      ...world,
      ...[
        { instance: "10.0.1.21:9093" },
        { instance: "10.0.1.22:9093" },
        { instance: "10.0.1.23:9093", namespace: "shop" },
      ].map((labels) =>
        series(
          "alertmanager_notifications_total",
          { ...targets.alertmanager, integration: "slack", receiver_name: "night", ...labels },
          hold(40, 300),
          count(40, 0.5, 120),
          hold(100),
        ),
      ),
    ],
    {
      alert: "BelfryTooManyMessages",
      labels: { severity: "warning", namespace, integration: "slack", receiver_name: "night" },
      cause: 395,
      recovery: 1740,
      told: 415,
      over: 1760,
    },
  ),
  scenario(
    "a Falco rule matches a thousand times a day on three nodes together; another did so long ago, and one of somebody else's Falco does",
    1000,
    [
      ...world,
      ...targets.falco.map((of) => series("falcosecurity_falco_rules_matches_total", { ...of, rule_name: "Noisy" }, gone(60), count(1, 0.7))),
      series("falcosecurity_falco_rules_matches_total", { ...targets.falco[0], rule_name: "Long ago" }, hold(5000)),
      series("falcosecurity_falco_rules_matches_total", { ...targets.falco[0], namespace: "shop", rule_name: "Elsewhere" }, count(1, 5)),
    ],
    {
      alert: "BelfryFalcoRuleTooLoud",
      labels: { severity: "warning", namespace: "falco", rule: "Noisy" },
      cause: 535,
      told: 550,
    },
  ),
  scenario(
    "a Falco rule matches a thousand times a day",
    1000,
    [...world, series("falcosecurity_falco_rules_matches_total", { ...targets.falco[0], rule_name: "Contact K8S API Server From Container" }, gone(60), count(1, 2))],
    {
      alert: "BelfryFalcoRuleTooLoud",
      labels: { severity: "warning", namespace: "falco", rule: "Contact K8S API Server From Container" },
      cause: 560,
      told: 575,
      says: {
        summary: "Falco rule too loud: Contact K8S API Server From Container",
        description:
          'Falco\'s rule "Contact K8S API Server From Container" matched 1031 times within a day; the budget is 1000. It needs an exception.',
      },
    },
  ),
  scenario(
    "more than two thousand reports",
    180,
    [...without(world, "apiserver_resource_objects"), ...objects("vulnerabilityreports", hold(900, 30), hold(1500)), ...objects("configauditreports", hold(700))],
    {
      alert: "BelfryTooManyReports",
      labels: { severity: "warning", namespace: "trivy-system" },
      cause: 30,
      told: 60,
      says: {
        summary: "Too many reports of Trivy in etcd",
        description:
          "The cluster holds 2200 reports of Trivy; the budget is 2000. They lie in etcd, and can take the API server down.",
      },
    },
  ),
  scenario(
    "more than two thousand reports, told by an older Kubernetes",
    180,
    [
      ...without(world, "apiserver_resource_objects", "apiserver_storage_objects"),
      ...oldObjects("vulnerabilityreports.aquasecurity.github.io", hold(900, 30), hold(1500)),
      ...oldObjects("configauditreports.aquasecurity.github.io", hold(700)),
      ...oldObjects("secrets", hold(90_000)),
    ],
    { alert: "BelfryTooManyReports", labels: { severity: "warning", namespace: "trivy-system" }, cause: 30, told: 60 },
  ),
  scenario(
    "two API servers tell of a database of a gigabyte",
    180,
    [
      ...without(world, "apiserver_storage_size_bytes"),
      ...["192.168.0.1:6443", "192.168.0.2:6443"].map((instance) =>
        series("apiserver_storage_size_bytes", { ...targets.apiserver, instance, storage_cluster_id: "etcd-0" }, hold(1024 ** 3)),
      ),
    ],
  ),
  scenario("two members of etcd tell of a database of a gigabyte", 180, [
    ...without(world, "apiserver_storage_size_bytes"),
    ...["1", "2"].map((instance) => series("etcd_mvcc_db_total_size_in_bytes", { job: "kube-etcd", instance }, hold(1024 ** 3))),
  ]),
  scenario(
    "a large database",
    180,
    change(world, "apiserver_storage_size_bytes", hold(200 * 1024 ** 2, 30), hold(3 * 1024 ** 3)),
    {
      alert: "BelfryEtcdTooLarge",
      labels: { severity: "warning", namespace: "kube-system" },
      cause: 30,
      told: 60,
      says: {
        summary: "The cluster's database is large",
        description: "etcd holds 3GiB; the budget is 1610612736 bytes. At its quota it takes no writes any more.",
      },
    },
  ),
  scenario(
    "a large database that etcd itself tells",
    180,
    [
      ...without(world, "apiserver_storage_size_bytes"),
      series("etcd_mvcc_db_total_size_in_bytes", { job: "kube-etcd", instance: "1" }, hold(100)),
      series("etcd_mvcc_db_total_size_in_bytes", { job: "kube-etcd", instance: "2" }, hold(2 * 1024 ** 3)),
    ],
    { alert: "BelfryEtcdTooLarge", labels: { severity: "warning", namespace: "kube-system" }, cause: 0, told: 30 },
  ),
  scenario(
    "more than a hundred thousand series of one job",
    180,
    change(world, ["scrape_samples_post_metric_relabeling", { job: "kubelet" }], hold(30_000, 30), hold(40_000)),
    {
      alert: "BelfryTooManySeries",
      labels: { severity: "warning", namespace: "kube-system", job: "kubelet" },
      cause: 30,
      told: 60,
      says: {
        summary: "Too many series of kubelet",
        description:
          "kubelet in namespace kube-system has 120000 series; the budget is 100000. Prometheus needs memory for each.",
      },
    },
  ),
  scenario(
    "more than a hundred thousand series of the pods of one job together",
    180,
    [...world, ...targets.coredns.map((of) => series("scrape_samples_post_metric_relabeling", { ...of }, hold(60_000)))],
    { alert: "BelfryTooManySeries", labels: { severity: "warning", namespace: "kube-system", job: "coredns" }, cause: 0, told: 30 },
  ),
  scenario(
    "messages and series without a namespace",
    180,
    [
      ...world,
      series("scrape_samples_post_metric_relabeling", { job: "x", instance: targets.trivy.instance }, hold(200_000)),
      series("alertmanager_notifications_total", { job: "x", integration: "email" }, count(0, 10)),
    ],
    { alert: "BelfryTooManySeries", labels: { severity: "warning", namespace, job: "x" }, cause: 0, told: 30 },
    { alert: "BelfryTooManyMessages", labels: { severity: "warning", namespace, integration: "email" }, cause: 15, told: 30 },
  ),
];
