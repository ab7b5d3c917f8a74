/** Trivy Operator: down, absent, or without anything to say. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, count, gone, hold, repeat, type Series, series, without } from "../series.ts";
import { targets, up } from "../worlds/targets.ts";
import { cleanImages, deploymentAvailable, findings, podPhase, restarts, trivyWorld, waiting } from "../worlds/trivy.ts";
import { kubeStateMetricsDown, prometheusStopped } from "../worlds/unseen.ts";

const namespace = "trivy-system";
const labels = { severity: "warning", namespace };
const available = ["kube_deployment_status_replicas_available", { namespace, deployment: "trivy-operator" }] as const;
const answers = ["up", { job: "trivy-operator", namespace }] as const;
const world = [...trivyWorld, ...cleanImages];

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `trivy: ${name}`,
  rules: ["trivy"],
  minutes,
  world: changed,
  rings,
});

const down = (times: Omit<Ring, "alert" | "labels">): Ring => ({ alert: "BelfryTrivyDown", labels, ...times });

export const trivyScenarios: readonly Scenario[] = [
  scenario("is healthy", 360, world),

  scenario(
    "its target does not answer",
    240,
    change(world, answers, hold(1, 60), hold(0, 60), hold(1)),
    down({
      cause: 60,
      recovery: 120,
      told: 79,
      over: 120,
      says: {
        summary: "Trivy Operator does not run",
        description:
          "Trivy Operator in namespace trivy-system does not answer, has no available replica, or is restarted again and " +
          "again. Nothing is scanned until it runs.",
      },
    }),
  ),
  scenario(
    "no replica is available",
    240,
    change(world, available, hold(1, 60), hold(0, 60), hold(1)),
    down({ cause: 60, recovery: 120, told: 79, over: 120 }),
  ),
  scenario(
    "it is scaled to zero, and its target goes",
    240,
    change(change(world, available, hold(1, 60), hold(0)), answers, hold(1, 61), gone()),
    down({ cause: 60, told: 79 }),
  ),
  scenario(
    "it crash-loops and is available in between",
    240,
    [
      ...change(
        world,
        ["kube_pod_container_status_restarts_total", { pod: targets.trivy.pod }],
        hold(0, 60),
        count(1, 0.2, 60),
        hold(13),
      ),
      waiting(namespace, targets.trivy.pod, "trivy-operator", gone(60), repeat([1, 1, 1, 1, 0], 60), gone()),
    ],
    down({ cause: 60, recovery: 120, told: 75, over: 137 }),
  ),
  scenario(
    "it waits to be restarted",
    240,
    [
      ...world,
      waiting(namespace, targets.trivy.pod, "trivy-operator", gone(60), hold(1, 60), gone()),
      waiting(namespace, targets.trivy.pod, "reloader", gone(60), hold(1, 60), gone()),
    ],
    down({ cause: 60, recovery: 120, told: 75, over: 129 }),
  ),
  scenario(
    "it is killed for its memory every eight minutes",
    240,
    change(
      world,
      ["kube_pod_container_status_restarts_total", { pod: targets.trivy.pod }],
      hold(0, 60),
      ...[1, 2, 3, 4, 5, 6, 7].map((value) => hold(value, 8)),
      hold(7),
    ),
    down({ cause: 60, recovery: 116, told: 91, over: 121 }),
  ),
  scenario("it restarts twice, and so does the pod that it replaces", 180, [
    ...change(
      world,
      ["kube_pod_container_status_restarts_total", { pod: targets.trivy.pod }],
      hold(0, 60),
      hold(1, 5),
      hold(2),
    ),
    restarts(namespace, "trivy-operator-4c2-zzzzz", "trivy-operator", hold(0, 62), hold(1, 5), hold(2)),
  ]),
  scenario("one scrape is lost", 180, change(world, answers, hold(1, 60), hold(0, 1), hold(1))),
  scenario("every fifth scrape is lost", 180, change(world, answers, repeat([1, 1, 1, 1, 0]))),
  scenario(
    "a rollout that takes ten minutes",
    180,
    [
      ...change(
        change(world, available, hold(1, 60), hold(0, 10), hold(1)),
        answers,
        hold(1, 60),
        hold(0, 1),
        gone(),
      ),
      series("up", { ...targets.trivy, instance: "10.0.2.9:8080", pod: "trivy-operator-6a8-ddddd" }, gone(65), hold(0, 4), hold(1)),
      restarts(namespace, "trivy-operator-6a8-ddddd", "trivy-operator", gone(65), hold(0)),
    ],
  ),

  scenario(
    "it is deleted",
    240,
    without(
      change(
        change(
          change(world, available, hold(1, 60), gone(100), hold(1)),
          answers,
          hold(1, 60),
          gone(100),
          hold(1),
        ),
        ["kube_pod_status_phase", { pod: targets.trivy.pod }],
        hold(1, 60),
        gone(),
      ),
      ["kube_pod_container_status_restarts_total", { pod: targets.trivy.pod }],
    ),
    {
      alert: "BelfryTrivyAbsent",
      labels: { ...labels, deployment: "trivy-operator" },
      cause: 60,
      recovery: 160,
      told: 80,
      over: 160,
      says: {
        summary: "Trivy Operator is not installed",
        description:
          "Namespace trivy-system has no Deployment trivy-operator: it was deleted, or never came to be. Nothing is scanned.",
      },
    },
  ),
  scenario(
    "it was never installed",
    120,
    [up(targets.kubeStateMetrics), deploymentAvailable("shop", "cart", hold(3)), ...podPhase("shop", "cart-1", "Running")],
    { alert: "BelfryTrivyAbsent", labels: { ...labels, deployment: "trivy-operator" }, cause: 0, told: 20 },
  ),
  scenario(
    "it was never installed, and kube-state-metrics has another job",
    120,
    [deploymentAvailable("shop", "cart", hold(3))],
    { alert: "BelfryTrivyAbsent", labels: { ...labels, deployment: "trivy-operator" }, cause: 0, told: 20 },
  ),
  scenario(
    "it answers, but the Deployment has another name",
    120,
    change(world, available, gone()),
  ),
  scenario(
    "it answers with two pods, but the Deployment has another name",
    120,
    [...change(world, available, gone()), series("up", { ...targets.trivy, instance: "10.0.2.9:8080" }, hold(1))],
  ),
  scenario(
    "it was never installed, nor any other Deployment, and two kube-state-metrics say so",
    120,
    [up(targets.kubeStateMetrics), series("up", { ...targets.kubeStateMetrics, instance: "10.0.1.44:8080" }, hold(1))],
    { alert: "BelfryTrivyAbsent", labels: { ...labels, deployment: "trivy-operator" }, cause: 0, told: 20 },
  ),
  scenario(
    "its Deployment is gone, and its target does not answer",
    120,
    change(change(world, available, gone()), answers, hold(0)),
    { alert: "BelfryTrivyAbsent", labels: { ...labels, deployment: "trivy-operator" }, cause: 0, told: 20 },
    down({ cause: 0, told: 15 }),
  ),
  scenario("kube-state-metrics is down", 360, kubeStateMetricsDown(world, 60, 240)),
  scenario(
    "kube-state-metrics is down, and Trivy's target with it",
    240,
    change(kubeStateMetricsDown(world, 60, 180), answers, hold(1, 60), hold(0)),
    down({ cause: 60, told: 79 }),
  ),
  scenario("kube-state-metrics and Trivy's target are gone", 180, [
    series("up", { ...targets.kubeStateMetrics }, hold(0)),
    up(targets.prometheus),
  ]),

  scenario(
    "it exports nothing any more",
    600,
    [
      ...change(
        change(trivyWorld, answers, hold(1, 200), hold(0, 2), hold(1)),
        ["kube_pod_status_phase", { pod: "cart-1", phase: "Running" }],
        hold(1, 150),
        hold(0, 10),
        hold(1),
      ),
      ...findings({ namespace: "shop", repository: "shop/cart", tag: "1.4" }, hold(0, 60), gone(480), hold(0)),
    ],
    {
      alert: "BelfryTrivyScansNothing",
      labels,
      cause: 60,
      recovery: 540,
      told: 359,
      over: 541,
      says: {
        summary: "Trivy Operator finds nothing to report",
        description:
          "Trivy Operator in namespace trivy-system answers, but has no vulnerability report for hours, although pods run. New " +
          "vulnerabilities go unseen.",
      },
    },
  ),
  scenario(
    "it has never exported anything, from either of two pods",
    400,
    [...trivyWorld, series("up", { ...targets.trivy, instance: "10.0.2.9:8080" }, hold(1))],
    { alert: "BelfryTrivyScansNothing", labels, cause: 0, told: 240 },
  ),
  scenario("it neither answers nor exports anything", 400, change(trivyWorld, answers, hold(0)), down({ cause: 0, told: 15 })),
  scenario("it exports nothing, and nothing runs that is watched", 600, [
    ...without(trivyWorld, ["kube_pod_status_phase", { pod: "cart-1" }]),
    ...podPhase("playground", "wordpress-1", "Running"),
  ]),
  scenario("the first scan takes three hours", 400, [
    ...trivyWorld,
    ...findings({ namespace: "shop", repository: "shop/cart", tag: "1.4" }, gone(180), hold(0)),
  ]),
  scenario("all reports expire and are gone for an hour, every four hours", 900, [
    ...trivyWorld,
    ...findings(
      { namespace: "shop", repository: "shop/cart", tag: "1.4" },
      hold(0, 240),
      gone(60),
      hold(0, 240),
      gone(60),
      hold(0),
    ),
  ]),
  scenario("Prometheus does not run for twenty minutes", 300, prometheusStopped(world, 100, 20)),
];
