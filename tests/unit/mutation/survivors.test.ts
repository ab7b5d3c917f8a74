import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { testedRules } from "../../rules/alerts/promtool.ts";
import { type Mutant, mutantsOf } from "../../rules/mutation/mutants.ts";
import { judge, readSurvivors } from "../../rules/mutation/survivors.ts";
import { mutationTable } from "../../rules/mutation/table.ts";
import { mutantsIn, ringsBy } from "../../rules/mutation/together.ts";

const mutant = (number: number, what = `change ${number}`): Mutant => ({
  number, what, file: "trivy", group: 0, index: 0, rule: "A", kind: number % 2 === 0 ? "guard" : "for", mutated: { alert: "A", expr: "up" },
});
const all = Array.from({ length: 40 }, (_, number) => mutant(number));
const caughtBut = (...numbers: number[]) => new Map(all.filter(({ number }) => !numbers.includes(number)).map(({ number }) => [number, "one"]));
const why = "Because it means the same.";

describe("survivors of the mutation", () => {
  it("need a reason each", () => {
    assert.deepEqual(judge(all, caughtBut(3), [], all).problems, ["1 mutants survive, and nobody says why. Write the scenario, or the reason."]);
    assert.deepEqual(judge(all, caughtBut(3), [{ rule: "A", mutant: "change 3", why }], all).problems, []);
  });

  it("may be few only, whatever the reasons", () => {
    const reasons = [1, 2, 3].map((number) => ({ rule: "A", mutant: `change ${number}`, why }));
    assert.deepEqual(judge(all, caughtBut(1, 2, 3), reasons, all).problems, ["92.5 % of the mutants are caught: fewer than 95 %."]);
  });

  it("are not listed when they are caught or gone", () => {
    const reasons = [{ rule: "A", mutant: "change 3", why }, { rule: "B", mutant: "change 3", why }];
    assert.deepEqual(judge(all, caughtBut(), reasons, all).problems, [
      'A: change 3: is caught by "one", but listed as a survivor. Take it out.',
      "B: change 3: is listed as a survivor, but there is no such mutant. Take it out.",
    ]);
  });

  it("are in a table by rule and kind, with their reasons", () => {
    const played = [mutant(0), mutant(1)];
    const caught = new Map([[0, "one"]]);
    assert.deepEqual(mutationTable(played, caught, judge(played, caught, [], played)), [
      "rule  mutants  caught  survivors  share",
      "A     2        1       1          50.0 %",
      "",
      "mutation  mutants  caught  survivors  share",
      "guard     1        1       0          100.0 %",
      "for       1        0       1          0.0 %",
      "all       2        1       1          50.0 %",
      "",
      "Survivors:",
      "  A: for: change 1\n    NOBODY SAYS WHY",
    ]);
  });

  it("in the file are mutants of today's rules, each with a reason", async () => {
    const listed = readSurvivors(await readFile(join(import.meta.dirname, "..", "..", "rules", "survivors.yaml"), "utf8"));
    const names = new Set(mutantsOf(testedRules()).map(({ rule, what }) => `${rule}: ${what}`));
    assert.deepEqual(listed.map(({ rule, mutant: what }) => `${rule}: ${what}`).filter((name) => !names.has(name)), []);
  });
});

describe("mutants", () => {
  it("have names of their own within a rule, and differ from it", () => {
    const found = mutantsOf(testedRules());
    assert.equal(new Set(found.map(({ file, rule, what }) => `${file} ${rule} ${what}`)).size, found.length);
    const originals = testedRules();
    for (const { file, group, index, what, mutated } of found) {
      assert.notDeepEqual(mutated, originals[file][group]?.rules[index], what);
    }
  });

  it("keep the labels that absent gives anyway, and no others", () => {
    const rule = (expr: string) => ({ alert: "A", expr, labels: { severity: "warning", namespace: "shop", job: "x" } });
    const without = (expr: string) =>
      mutantsOf({ ...testedRules(), targets: [{ name: "one", rules: [rule(expr)] }] })
        .filter(({ file, what }) => file === "targets" && what.startsWith("without the label"))
        .map(({ what }) => what);
    assert.deepEqual(without('absent(up{job="x", namespace="shop"})'), []);
    assert.deepEqual(without('absent(up{job=~"x", namespace="shop"})'), ["without the label job"]);
    assert.deepEqual(without('absent(up{job="y"})'), ["without the label namespace", "without the label job"]);
    assert.deepEqual(without('up{job="x", namespace="shop"} == 0'), ["without the label namespace", "without the label job"]);
  });

  it("are found in what promtool says of them", () => {
    assert.deepEqual([...mutantsIn('alertname: A__m12, time: 5m\n expr: "ALERTS{alertname=\\"B__m7\\"}"')], [12, 7]);
  });

  it("ring by the labels that their rule sets", () => {
    const rule = { alert: "A", expr: "up", labels: { severity: "warning", job: "x", namespace: "{{ $labels.namespace }}" } };
    const ring = (job: string) => ({ alert: "A", labels: { severity: "warning", job, namespace: "shop" }, cause: 0, told: 0 });
    assert.equal(ringsBy(ring("x"), rule), true);
    assert.equal(ringsBy(ring("y"), rule), false);
  });
});
