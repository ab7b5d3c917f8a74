import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { findLabels } from "../../../automation/verify/labels.ts";
import { routingTree } from "../../../components/receivers/routing.ts";
import { exampleSettings } from "../../harness.ts";
import { planVerification, testAnnotations } from "../../../automation/verify/plan.ts";
import { readConfig } from "../../../automation/verify/tree.ts";

const base = { alertname: "BelfryVerifyX_1", belfry_verify: "run" };

function deployed(route: object, names: readonly string[], inhibit: readonly object[] = []) {
  const receivers = [{ name: "null" }, ...names.map((name) => ({ name, webhook_configs: [{ url: "<secret>" }] }))];
  return readConfig(stringify({ route, inhibit_rules: inhibit, receivers }));
}

const watch = {
  receiver: "slack",
  routes: [
    { receiver: "team-a/mail/mail", matchers: ['namespace="team-a"', 'severity=~"critical|warning"'], continue: true },
    { receiver: "heartbeat", matchers: ['alertname="Watchdog"'] },
    { receiver: "null", matchers: ['severity=~"info|none"'] },
    { receiver: "mail", matchers: ['severity="critical"'], continue: true },
    { receiver: "slack" },
  ],
};
const names = ["slack", "mail", "heartbeat", "team-a/mail/mail"];

describe("labels for a test alert", () => {
  const find = (receiver: string) => {
    const search = findLabels(deployed(watch, names), receiver, base);
    return search.kind === "found" ? { labels: search.labels, others: search.others } : search;
  };
  it("takes as few as possible and tells as few others as possible", () => {
    assert.deepEqual(find("slack"), { labels: base, others: [] });
    assert.deepEqual(find("mail"), { labels: { ...base, severity: "critical" }, others: ["slack"] });
    assert.deepEqual(find("team-a/mail/mail"), {
      labels: { ...base, namespace: "team-a", severity: "warning" },
      others: ["slack"],
    });
  });
  it("adds a label that keeps the alert away from others", () => {
    const config = deployed(
      {
        receiver: "null",
        routes: [
          { receiver: "a", matchers: ['team="a"'], continue: true },
          { receiver: "b", matchers: ['quiet!="yes"'] },
        ],
      },
      ["a", "b"],
    );
    const search = findLabels(config, "a", base);
    assert.deepEqual(search.kind === "found" && [search.labels, search.others], [
      { ...base, team: "a", quiet: "yes" },
      [],
    ]);
  });
  it("proves by the live alert what only an alert of another name reaches", () => {
    const search = findLabels(deployed(watch, names), "heartbeat", base);
    assert.deepEqual(search.kind === "named" && [search.names, search.routes.map((one) => one.receiver)], [
      ["Watchdog"],
      ["heartbeat"],
    ]);
  });
  it("keeps its mark in a name that a pattern asks for", () => {
    const search = findLabels(
      deployed({ receiver: "null", routes: [{ receiver: "k", matchers: ["alertname=~Kube.*"] }] }, ["k"]),
      "k",
      base,
    );
    assert.deepEqual(search.kind === "found" && search.labels["alertname"], "KubeBelfryVerifyX_1");
  });
  it("finds the way past a child that would take the alert", () => {
    const config = deployed(
      {
        receiver: "null",
        routes: [{ receiver: "a", matchers: ["team=a"], routes: [{ receiver: "b", matchers: ['severity!="low"'] }] }],
      },
      ["a", "b"],
    );
    const search = findLabels(config, "a", base);
    assert.deepEqual(search.kind === "found" && search.labels, { ...base, team: "a", severity: "low" });
  });
  it("avoids labels by which a test alert could mute a real one or be muted", () => {
    const config = deployed(
      { receiver: "null", routes: [{ receiver: "a", matchers: ["severity=~critical|warning"] }] },
      ["a"],
      [{ source_matchers: ["severity=critical"], target_matchers: ["severity=info"], equal: ["namespace"] }],
    );
    const search = findLabels(config, "a", base);
    assert.deepEqual(search.kind === "found" && search.labels, { ...base, severity: "warning" });
  });
  it("says why nothing arrives", () => {
    const hidden = deployed({ receiver: "a", routes: [{ receiver: "b" }, { receiver: "c", matchers: ["x=y"] }] }, [
      "a",
      "b",
      "c",
      "d",
    ]);
    assert.deepEqual(findLabels(hidden, "c", base), {
      kind: "unreachable",
      reason: "earlier routes take away every alert that its route would match",
    });
    assert.deepEqual(findLabels(hidden, "d", base), { kind: "unreachable", reason: "no route names this receiver" });
    const contradiction = deployed({ receiver: "a", routes: [{ receiver: "b", matchers: ["x=1", "x=2"] }] }, [
      "a",
      "b",
    ]);
    assert.deepEqual(findLabels(contradiction, "b", base), {
      kind: "unreachable",
      reason: "its route's matchers contradict each other",
    });
    const unclear = deployed({ receiver: "a", routes: [{ receiver: "b", matchers: ['x=~"\\\\pL+"'] }] }, ["a", "b"]);
    assert.deepEqual(findLabels(unclear, "b", base), {
      kind: "unclear",
      reason: 'no labels were found that certainly satisfy the matcher x=~"\\\\pL+"',
    });
  });
});

describe("the plan", () => {
  it("reaches every receiver of the stack's own tree", () => {
    const plans = planVerification(readConfig(stringify(routingTree(exampleSettings()))), "1a2b3c4d");
    const said = plans.map((plan) => {
      switch (plan.kind) {
        case "test":
          return [plan.receiver.name, plan.alert.labels["severity"] ?? "", plan.alert.others];
        case "live":
          return [plan.receiver.name, plan.names];
        case "impossible":
          return [plan.receiver.name, plan.reason];
      }
    });
    assert.deepEqual(said, [
      ["slack", "", []],
      ["mail", "critical", ["slack"]],
      ["heartbeat", ["Watchdog"]],
    ]);
  });
  it("has a marked alert with a name of its own for each receiver that sends, in order", () => {
    const plans = planVerification(deployed(watch, names), "1a2b3c4d");
    const said = plans.map((plan) => [
      plan.receiver.name,
      plan.kind,
      plan.kind === "test" ? plan.alert.labels["alertname"] : "",
    ]);
    assert.deepEqual(said, [
      ["slack", "test", "BelfryVerifySlack_1a2b3c4d_1"],
      ["mail", "test", "BelfryVerifyMail_1a2b3c4d_2"],
      ["heartbeat", "live", ""],
      ["team-a/mail/mail", "test", "BelfryVerifyTeamAMailMail_1a2b3c4d_4"],
    ]);
  });
  it("gives the test alerts the labels that every alert has", () => {
    const plans = planVerification(deployed(watch, ["slack"]), "1a2b3c4d", { cluster: "c", environment: "dev" });
    assert.deepEqual(
      plans.map((plan) => plan.kind === "test" && plan.alert.labels),
      [{ cluster: "c", environment: "dev", alertname: "BelfryVerifySlack_1a2b3c4d_1", belfry_verify: "1a2b3c4d" }],
    );
  });
  it("says in the annotations that it is a test", () => {
    assert.deepEqual(testAnnotations({ labels: base, token: "1a2b3c4d-1", others: [] }, "slack"), {
      summary: "[TEST] Belfry verify 1a2b3c4d-1: proves that messages reach the receiver slack. Nobody needs to act.",
      description: "Sent by `belfry verify`. It is resolved as soon as the verification ends.",
    });
  });
});

/** A routing tree written a second time, without anything of the code that is tested. */
interface Tree {
  receiver: string;
  equal?: Record<string, string>;
  not?: Record<string, string>;
  any?: Record<string, string[]>;
  go: boolean;
  children: readonly Tree[];
}

function walk(tree: Tree, labels: Readonly<Record<string, string>>): string[] {
  const has = (name: string) => labels[name] ?? "";
  const applies =
    Object.entries(tree.equal ?? {}).every(([name, value]) => has(name) === value) &&
    Object.entries(tree.not ?? {}).every(([name, value]) => has(name) !== value) &&
    Object.entries(tree.any ?? {}).every(([name, values]) => values.includes(has(name)));
  if (!applies) return [];
  const below: string[] = [];
  for (const child of tree.children) {
    const found = walk(child, labels);
    below.push(...found);
    if (found.length > 0 && !child.go) break;
  }
  return below.length > 0 ? below : [tree.receiver];
}

function asRoute(tree: Tree): object {
  const lines = [
    ...Object.entries(tree.equal ?? {}).map(([name, value]) => `${name}="${value}"`),
    ...Object.entries(tree.not ?? {}).map(([name, value]) => `${name}!="${value}"`),
    ...Object.entries(tree.any ?? {}).map(([name, values]) => `${name}=~"${values.join("|")}"`),
  ];
  return { receiver: tree.receiver, matchers: lines, continue: tree.go, routes: tree.children.map(asRoute) };
}

const label = fc.constantFrom("severity", "namespace", "team");
const value = fc.constantFrom("a", "b", "c");
const receiverNames = ["r1", "r2", "r3", "r4"];
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    receiver: fc.constantFrom(...receiverNames),
    equal: fc.dictionary(label, value, { maxKeys: 1 }),
    not: fc.dictionary(label, value, { maxKeys: 1 }),
    any: fc.dictionary(label, fc.uniqueArray(value, { minLength: 1 }), { maxKeys: 1 }),
    go: fc.boolean(),
    children: fc.oneof(
      { depthSize: "small" },
      fc.constant<readonly Tree[]>([]),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  }),
}));
const root = fc
  .array(tree, { minLength: 1, maxLength: 4 })
  .map((children): Tree => ({ receiver: "r1", go: false, children }));

describe("any tree", () => {
  it("routes the labels that were found to the receiver, and to the others that are named, and to nobody else", () => {
    fc.assert(
      fc.property(root, fc.constantFrom(...receiverNames), (made, receiver) => {
        const search = findLabels(deployed(asRoute(made), receiverNames), receiver, base);
        if (search.kind === "found") {
          assert.deepEqual([...new Set(walk(made, search.labels))].sort(), [receiver, ...search.others].sort());
        }
      }),
      { numRuns: 100 },
    );
  });
  it("is searched to the end: where nothing was found no alert arrives", () => {
    const values = ["", "a", "b", "c", "other"];
    const all = values.flatMap((severity) =>
      values.flatMap((namespace) => values.map((team) => ({ severity, namespace, team }))),
    );
    fc.assert(
      fc.property(root, fc.constantFrom(...receiverNames), (made, receiver) => {
        const search = findLabels(deployed(asRoute(made), receiverNames), receiver, base);
        const arrives = all.some((labels) => walk(made, labels).includes(receiver));
        assert.equal(search.kind === "found", arrives);
      }),
      { numRuns: 60 },
    );
  });
});
