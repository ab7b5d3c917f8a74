import assert from "node:assert/strict";
import { shippedAlerts } from "../../../automation/alerts/shipped.ts";
import { compareStack } from "../../../automation/diff/compare.ts";
import { alert, compared, helmOutput, object, rules, section, side, smallConfig, type SmallStack } from "./stage.ts";

const slack = "slack (slack #a)";
const mail = "mail (email oncall@example.com)";

describe("the alerts of a comparison", () => {
  it("that go, change and come are told with who gets them", () => {
    const diff = compared(
      { objects: [rules("trivy", alert("Down"), alert("Gone", { labels: { severity: "critical" } }), alert("Same"))] },
      { objects: [rules("trivy", alert("Down", { for: "10m", expr: "up{job=\"a\"} == 0", labels: { severity: "critical" } }), alert("New"), alert("Same"))] },
    );
    assert.equal(
      section(diff, "Alerts"),
      [
        "| alert | severity | what changes | told to |",
        "|---|---|---|---|",
        "| **removed** `Gone` (`trivy`) | `critical` | – | `slack (slack #a)`, `mail (email oncall@example.com)` |",
        "| changed `Down` (`trivy`) | `critical` | **severity**: `warning` → `critical`; for: `5m` → `10m`; expression: `up == 0` → `up{job=\"a\"} == 0` | `slack (slack #a)`, `mail (email oncall@example.com)` |",
        "| added `New` (`trivy`) | `warning` | – | `slack (slack #a)` |",
      ].join("\n"),
    );
  });

  it("of one name in one group are matched by what they say", () => {
    const twice = (second: string) => ({ objects: [rules("g", alert("A", { expr: "a" }), alert("A", { expr: second, labels: { severity: "critical" } }))] });
    assert.deepEqual(compared(twice("b"), twice("c")).alerts, [
      {
        alert: "A", group: "g", origin: "own", severity: "critical", change: "changed",
        fields: [{ field: "expression", before: "b", after: "c" }], toldTo: [slack, mail],
      },
    ]);
  });

  it("that lose a label say so", () => {
    const labelled = (labels: Record<string, string>) => ({ objects: [rules("g", alert("A", { labels: { severity: "info", ...labels } }))] });
    assert.deepEqual(compared(labelled({ team: "x" }), labelled({})).alerts.map(({ fields }) => fields), [
      [{ field: "labels", before: '[["team","x"]]', after: "[]" }],
    ]);
  });

  const shipped = [
    { alert: "KubePodCrashLooping", group: "kubernetes-apps", severity: "warning", for: "15m" },
    { alert: "etcdNoLeader", group: "etcd", severity: "critical", for: "1m" },
  ];
  const chart = (values: SmallStack["values"], version = "1.0.0", list = shipped) => side({ ...(values === undefined ? {} : { values }), version }, { shipped: (asked) => (asked === version ? list : undefined) });

  it("that the chart ships are edited and taken out by its values", () => {
    const diff = compareStack(
      "prod",
      chart({}),
      chart({ customRules: { KubePodCrashLooping: { for: "30m", severity: "critical" } }, kubeEtcd: { enabled: false } }),
    );
    assert.equal(
      section(diff, "Alerts"),
      [
        "| alert | severity | what changes | told to |",
        "|---|---|---|---|",
        "| **removed** `etcdNoLeader` (`etcd`) | `critical` | `kubeEtcd is not scraped on this platform` | `slack (slack #a)`, `mail (email oncall@example.com)` |",
        "| changed `KubePodCrashLooping` (`kubernetes-apps`) | `critical` | **severity**: `warning` → `critical`; for: `15m` → `30m` | `slack (slack #a)`, `mail (email oncall@example.com)` |",
      ].join("\n"),
    );
  });

  it("that another version of the chart ships are compared by name, for and severity, and it is said that expressions are not", () => {
    const diff = compareStack("prod", chart({}), chart({}, "2.0.0", shipped.slice(0, 1)));
    assert.deepEqual(diff.alerts.map(({ alert: name, change }) => [name, change]), [["etcdNoLeader", "removed"]]);
    assert.ok(diff.notes.includes("The expressions of the alerts that kube-prometheus-stack ships are not compared, because only its chart has them."));
  });

  it("of a version of the chart that nobody knows are left out on both sides, which is said", () => {
    const diff = compareStack("prod", chart({}), side({ version: "2.0.0" }, { shipped: () => undefined }));
    assert.deepEqual([diff.alerts, diff.receivers], [[], []]);
    assert.ok(diff.notes.some((note) => note.startsWith("The alerts that kube-prometheus-stack ships are not compared,")));
  });

  it("come from the chart itself where it was rendered, with their expressions", () => {
    const charted = (expr: string) =>
      side({}, {
        shipped: () => undefined,
        charts: new Map([
          ["kube-prometheus-stack", helmOutput(object("PrometheusRule", "kps-apps", { spec: { groups: [{ name: "kubernetes-apps", rules: [alert("Crash", { expr }), { record: "x", expr: "1" }] }] } }))],
        ]),
      });
    assert.deepEqual(compareStack("prod", charted("a"), charted("b")).alerts, [
      { alert: "Crash", group: "kubernetes-apps", origin: "chart", severity: "warning", change: "changed", fields: [{ field: "expression", before: "a", after: "b" }], toldTo: [slack] },
    ]);
  });

  it("of the pinned chart are known", () => {
    assert.ok(shippedAlerts().length > 100);
    assert.throws(() => shippedAlerts("0.0.1"), { code: "ENOENT" });
  });
});

describe("whose receivers change", () => {
  const [warning, critical] = [alert("W"), alert("C", { labels: { severity: "critical" } })];
  const objects = [rules("g", warning, critical)];

  it("is told for every alert that goes another way, those of one way together, critical ones first", () => {
    const config = {
      ...smallConfig,
      route: { receiver: "slack", routes: [{ receiver: "slack", continue: true }, { receiver: "mail", matchers: ['severity=~"warning|info"'], continue: true }] },
    };
    const diff = compared({ objects }, { objects, config });
    assert.equal(
      section(diff, "Who is told"),
      [
        "| alerts | told no more | told from now on |",
        "|---|---|---|",
        "| **2 alerts**: `C (critical)`, `any other alert (critical)` | `mail (email oncall@example.com)` | – |",
        "| **3 alerts**: `W (warning)`, `any other alert (warning)`, `any other alert (info)` | – | `mail (email oncall@example.com)` |",
      ].join("\n"),
    );
  });

  it("is seen where only the address of a receiver changes", () => {
    const config = { ...smallConfig, receivers: [smallConfig.receivers[0], { name: "mail", email_configs: [{ to: "nobody@example.com" }] }] };
    assert.deepEqual(compared({ objects }, { objects, config }).receivers, [
      { alerts: ["C (critical)", "any other alert (critical)"], lost: [mail], gained: ["mail (email nobody@example.com)"] },
    ]);
  });

  it("is seen where an alert's severity changes, and where a receiver sends nothing any more", () => {
    const calmer = [rules("g", warning, alert("C"))];
    assert.deepEqual(compared({ objects }, { objects: calmer }).receivers, [{ alerts: ["C (warning)"], lost: [mail], gained: [] }]);
    const silent = { ...smallConfig, receivers: [smallConfig.receivers[0], { name: "mail" }] };
    assert.deepEqual(compared({ objects }, { objects, config: silent }).receivers.map(({ lost }) => lost), [[mail]]);
  });

  it("counts teams, which get what is about their namespace", () => {
    const team = (to: string) =>
      object("AlertmanagerConfig", "email", { spec: { route: { receiver: "email", matchers: [{ name: "severity", value: "critical" }] }, receivers: [{ name: "email", emailConfigs: [{ to }] }] } }, "shop");
    const named = [rules("g", alert("A", { labels: { severity: "critical", namespace: "shop" } }), alert("B", { labels: { severity: "critical", namespace: "falco" } }))];
    const diff = compared({ objects: [...named, team("a@example.com")] }, { objects: [...named, team("b@example.com")] });
    assert.deepEqual(diff.receivers, [
      {
        alerts: ["A (critical)", "any other alert (critical)"],
        lost: ["shop/email (email a@example.com), alerts of namespace shop"],
        gained: ["shop/email (email b@example.com), alerts of namespace shop"],
      },
    ]);
  });

  it("counts what Falco pushes without a rule", () => {
    const releases = [{ name: "falco", namespace: "falco", chart: "falco", version: "1.0.0", values: {} }];
    const config = { ...smallConfig, route: { receiver: "slack", routes: [{ receiver: "mail", matchers: ['alertname="FalcoEvent"'] }, ...smallConfig.route.routes] } };
    assert.deepEqual(compared({ releases }, { releases, config }).receivers, [{ alerts: ["FalcoEvent (critical)"], lost: [slack], gained: [] }]);
  });

  it("says which matcher cannot be judged", () => {
    const config = { ...smallConfig, route: { receiver: "slack", routes: [{ receiver: "mail", matchers: ['alertname=~"(?s:A.)\\\\pN"'] }] } };
    const { notes } = compared({ objects }, { objects, config });
    assert.ok(notes.some((note) => note.startsWith("Who is told hangs on matchers that cannot be judged here: alertname=~")), notes.join("\n"));
  });

  it("says why when a tree cannot be read", () => {
    const diff = compared({ objects }, { objects, config: { receivers: [] } });
    assert.deepEqual([diff.alerts, diff.receivers], [[], []]);
    assert.ok(diff.notes.includes("Alerts and their receivers could not be compared: the configuration has no route"), diff.notes.join("\n"));
  });
});
