import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { alertsFile } from "../../automation/alerts/table.ts";
import type { RuleGroup } from "../../components/alerting/rules.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { type Results, runScenarios, testedRules } from "./alerts/promtool.ts";
import type { Ring, Scenario } from "./alerts/scenario.ts";
import { change, gone, hold, repeat, type Series, series, without } from "./alerts/series.ts";
import { targets } from "./alerts/worlds/targets.ts";
import { deploymentAvailable, findings, podPhase, restarts, waiting } from "./alerts/worlds/trivy.ts";

/** The rules of the tutorial whose intent lives on in this stack's own, as they stand there. */
const tutorial: readonly RuleGroup[] = [
  {
    name: "tutorial",
    rules: [
      {
        alert: "trivy_unhealthy",
        expr: 'sum by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Unknown|Failed"}) > 0',
        for: "30s",
        labels: { severity: "critical" },
      },
      {
        alert: "trivy_missing",
        expr: 'sum by (namespace) (kube_pod_container_info{container=~"trivy-operator-*"}) == 0',
        for: "30s",
        labels: { severity: "critical" },
      },
      {
        alert: "trivy_new_critical_vuln",
        expr: 'increase(trivy_image_vulnerabilities{severity="Critical"}[30m]) >= 1',
        for: "30s",
        labels: { severity: "warning" },
      },
    ],
  },
];

const namespace = "trivy-system";
const { pod } = targets.trivy;
const containerInfo = series("kube_pod_container_info", { namespace, pod, container: "trivy-operator" }, hold(1));
const running: readonly Series[] = [
  ...podPhase(namespace, pod, "Running"),
  containerInfo,
  deploymentAvailable(namespace, "trivy-operator", hold(1)),
  restarts(namespace, pod, "trivy-operator", hold(0)),
];
const cart = { namespace: "shop", repository: "shop/cart", tag: "1.4" } as const;

const scenario = (name: string, world: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name,
  // The tutorial's rules stand in the place of this file's.
  rules: ["trivy"],
  minutes: 180,
  world,
  rings,
});
const unhealthy = (inNamespace: string, name: string): Ring => ({
  alert: "trivy_unhealthy",
  labels: { severity: "critical", namespace: inNamespace, pod: name },
  cause: 60,
  told: 61,
});
/** The labels of the series, of which the alert takes all but its severity. */
const labelsOf = (one: Series | undefined): Record<string, string> => ({ ...one?.labels, severity: "warning" });

const falling = findings(cart, hold(5, 60), hold(2));

const scenarios: readonly Scenario[] = [
  scenario(
    "trivy_unhealthy rings in a healthy cluster: for a pending pod of somebody else, and for a scan that failed",
    [
      ...running,
      ...podPhase("shop", "cart-2", "Pending", gone(60), hold(1)),
      ...podPhase(namespace, "scan-vulnerabilityreport-6f9d", "Failed", gone(60), hold(1)),
    ],
    unhealthy("shop", "cart-2"),
    unhealthy(namespace, "scan-vulnerabilityreport-6f9d"),
  ),
  scenario("trivy_unhealthy is silent while Trivy Operator crash-loops", [
    ...change(running, "kube_deployment_status_replicas_available", hold(1, 60), hold(0)),
    waiting(namespace, pod, "trivy-operator", gone(60), repeat([1, 1, 1, 0])),
  ]),
  scenario("trivy_unhealthy is silent when Trivy Operator is scaled to zero", [
    ...running.map((one) => ({ ...one, pieces: [...one.pieces.map((piece) => ({ ...piece, minutes: 60 })), gone()] })),
    deploymentAvailable(namespace, "trivy-operator-of-others", hold(1)),
  ]),
  scenario("trivy_missing is silent when Trivy Operator is deleted", [
    ...running.map((one) => ({ ...one, pieces: [...one.pieces.map((piece) => ({ ...piece, minutes: 60 })), gone()] })),
    series("kube_pod_container_info", { namespace: "shop", pod: "cart-1", container: "cart" }, hold(1)),
  ]),
  scenario("trivy_missing is silent where Trivy Operator was never installed", [
    ...without(running, "kube_pod_container_info"),
    series("kube_pod_container_info", { namespace: "shop", pod: "cart-1", container: "cart" }, hold(1)),
  ]),
  scenario("trivy_new_critical_vuln rings in a healthy cluster: when three of five are mended", falling, {
    alert: "trivy_new_critical_vuln",
    labels: labelsOf(falling.find(({ labels }) => labels["severity"] === "Critical")),
    cause: 60,
    recovery: 60,
    told: 61,
    over: 89,
  }),
  scenario("trivy_new_critical_vuln is silent for a new image with nine of them", findings(cart, gone(60), hold(9))),
];

describe("the tutorial's rules", function () {
  this.timeout(120_000);
  let directory: string;
  let results: Results;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-tutorial-"));
    const { promtool } = await sandboxTools(["promtool"]);
    results = await runScenarios(promtool, directory, scenarios, { ...testedRules(), trivy: tutorial });
  });
  after(() => rm(directory, { recursive: true }));

  for (const { name } of scenarios) {
    it(name, () => {
      assert.equal(results.get(name), undefined);
    });
  }

  it("are told in the docs with their names and expressions", async () => {
    const docs = await readFile(join(import.meta.dirname, "..", "..", alertsFile), "utf8");
    for (const { alert, expr } of tutorial.flatMap(({ rules }) => rules)) {
      assert.ok(docs.includes(alert ?? "-"), `${alertsFile} does not name ${alert ?? ""}`);
      assert.ok(docs.includes(expr.replaceAll("|", "\\|")), `${alertsFile} does not hold the expression of ${alert ?? ""}`);
    }
  });
});
