import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { alertsReference, stackAlerts } from "../../../automation/alerts/command.ts";
import { listAlerts } from "../../../automation/alerts/list.ts";
import { editedTo, removedBecause, ruleValues, shippedAlerts, shippedRunbook } from "../../../automation/alerts/shipped.ts";
import { alertLines, alertsDocument, alertsFile } from "../../../automation/alerts/table.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");

const config = {
  route: {
    receiver: "slack",
    routes: [
      { receiver: "heartbeat", matchers: ['alertname="Watchdog"'] },
      { receiver: "null", matchers: ['severity=~"info|none"'] },
      { receiver: "slack", continue: true },
      { receiver: "mail", matchers: ['severity="critical"'], continue: true },
    ],
  },
  receivers: [
    { name: "null" },
    { name: "heartbeat", webhook_configs: [{ url_file: "/x" }] },
    { name: "slack", slack_configs: [{ channel: "#a" }] },
    { name: "mail", email_configs: [{ to: "a@example.com" }] },
  ],
};
const team = {
  kind: "AlertmanagerConfig",
  metadata: { name: "email", namespace: "shop" },
  spec: { route: { receiver: "email", matchers: [{ name: "severity", value: "critical|warning", matchType: "=~" }] } },
};
const rule = (alert: string, labels: Record<string, string>) => ({
  alert, expr: "up == 0", for: "5m", labels, annotations: { runbook_url: `https://example.com/${alert}.md` },
});
const rules = {
  metadata: { name: "belfry-trivy" },
  spec: { groups: [{ rules: [
    rule("Down", { severity: "critical", namespace: "trivy-system" }),
    rule("Anywhere", { severity: "warning", namespace: "{{ $labels.namespace }}" }),
    rule("Anywhere", { severity: "warning", namespace: "{{ $labels.namespace }}" }),
    { record: "x", expr: "1" },
  ] }] },
};

function entries(values: Record<string, unknown> = {}) {
  const rendered = new Map([
    ["releases/kube-prometheus-stack.yaml", stringify({ values: { alertmanager: { config }, ...values } })],
    ["shop/AlertmanagerConfig-email.yaml", stringify(team)],
    ["monitoring/PrometheusRule-belfry-trivy.yaml", stringify(rules)],
  ]);
  const scenarios = [
    { rules: ["trivy"], rings: [{ alert: "Down" }] },
    { rules: ["trivy", "probes"], rings: [] },
    { rules: ["probes"], rings: [{ alert: "Down" }] },
  ];
  return listAlerts({ rendered, scenarios });
}

describe("the list of a stack's alerts", function () {
  // Renders every stack several times.
  this.timeout(60_000);

  it("has the own ones with everybody who gets them, runbook and tests, each once", () => {
    assert.deepEqual(entries().filter(({ origin }) => origin === "own"), [
      {
        alert: "Down", severity: "critical", origin: "own", group: "trivy", for: "5m", toldTo: ["slack", "mail"],
        runbook: "https://example.com/Down.md", tests: { rings: 1, silent: 1 },
      },
      {
        alert: "Anywhere", severity: "warning", origin: "own", group: "trivy", for: "5m", toldTo: ["slack", "shop/email (namespace shop)"],
        runbook: "https://example.com/Anywhere.md", tests: { rings: 0, silent: 2 },
      },
    ]);
  });

  it("has the chart's with who gets them: nobody for info, the heartbeat for the watchdog", () => {
    const told = new Map(entries().map(({ alert, toldTo }) => [alert, toldTo]));
    assert.deepEqual(told.get("Watchdog"), ["heartbeat"]);
    assert.deepEqual(told.get("InfoInhibitor"), []);
    assert.deepEqual(told.get("CPUThrottlingHigh"), []);
    assert.deepEqual(told.get("KubePodCrashLooping"), ["slack", "shop/email (namespace shop)"]);
    assert.deepEqual(told.get("AlertmanagerFailedReload"), ["slack", "mail", "shop/email (namespace shop)"]);
  });

  it("says what is removed and why: by the platform's switches, by group, by name", () => {
    const list = entries({
      kubeEtcd: { enabled: false },
      defaultRules: { rules: { network: false }, disabled: { KubePodCrashLooping: true } },
    });
    const removed = new Map(list.filter(({ origin }) => origin === "removed").map(({ alert, because }) => [alert, because]));
    assert.equal(removed.get("etcdNoLeader"), "kubeEtcd is not scraped on this platform");
    assert.equal(removed.get("NodeNetworkInterfaceFlapping"), "defaultRules.rules.network is false");
    assert.equal(removed.get("KubePodCrashLooping"), "taken out by name");
    assert.deepEqual(list.find(({ alert }) => alert === "etcdNoLeader")?.toldTo, []);
  });

  it("says what is edited, and routes it by its new severity", () => {
    const list = entries({ customRules: { KubePodCrashLooping: { severity: "critical", for: "1h" } } });
    const { severity, because, origin, toldTo, for: lasts } = list.find(({ alert }) => alert === "KubePodCrashLooping") ?? {};
    assert.deepEqual([severity, lasts, origin, because, toldTo], [
      "critical", "1h", "edited", "severity was warning, for was 15m", ["slack", "mail", "shop/email (namespace shop)"],
    ]);
    const [first] = shippedAlerts();
    assert.ok(first);
    assert.equal(editedTo(first, ruleValues({ customRules: { [first.alert]: { severity: first.severity } } })), undefined);
    assert.equal(removedBecause(first, ruleValues({ defaultRules: { create: false } })), "defaultRules.create is false");
  });

  it("knows every group that the pinned chart ships, and where its runbooks are", () => {
    for (const shipped of shippedAlerts()) {
      assert.equal(removedBecause(shipped, ruleValues({})), undefined);
      assert.match(shippedRunbook(shipped), /^https:\/\/runbooks\.prometheus-operator\.dev\/runbooks\/[a-z-]+\/[a-z0-9]+$/);
    }
  });

  it("is a table with a count of each kind at its end", () => {
    assert.deepEqual(alertLines(entries().slice(0, 2)), [
      "alert     severity  for  from  told to                             tests           runbook",
      "Down      critical  5m   own   slack, mail                         2 (rings in 1)  https://example.com/Down.md",
      "Anywhere  warning   5m   own   slack, shop/email (namespace shop)  2 (rings in 0)  https://example.com/Anywhere.md",
      "",
      "2 own, 0 shipped, 0 edited, 0 removed.",
    ]);
  });

  it("escapes what would break a cell of the table in the docs", () => {
    const text = alertsDocument(new Map([["dev", [{ alert: "A", severity: "none", origin: "edited", because: "a|b", group: "g", toldTo: [] }]]]));
    assert.ok(text.includes("| A | none | 0s | edited: a\\|b | nobody |"));
  });

  it("is in the docs as it is (if not: npm run docs)", async () => {
    assert.equal(await readFile(join(checkout, alertsFile), "utf8"), await alertsReference(checkout), `${alertsFile} is stale: run npm run docs`);
  });

  it("tells of every own alert that is for people to somebody, in every stack", async () => {
    for (const stack of ["dev", "staging", "prod"]) {
      const silent = (await stackAlerts(checkout, stack)).filter(
        ({ origin, severity, toldTo }) => origin === "own" && severity !== "none" && severity !== "info" && toldTo.length === 0,
      );
      assert.deepEqual(silent.map(({ alert }) => alert), [], stack);
    }
  });
});
