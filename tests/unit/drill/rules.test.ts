import assert from "node:assert/strict";
import { filesFor, namesRead, readRuleFile, recordingLevels, wordsOf } from "../../../automation/drill/rules.ts";

const trivy = readRuleFile(
  "trivy.yaml",
  `groups:
  - name: trivy
    rules:
      - alert: Down
        expr: up{job="recorded:first"} == 0
        for: 15m
        keep_firing_for: 1h
        labels: {severity: warning}
  - name: slow
    interval: 5m
    rules:
      - record: recorded:first
        expr: count(raw_series)
`,
);
const other = readRuleFile(
  "other.yaml",
  `groups:
  - name: other
    rules:
      - record: recorded:second
        expr: recorded:first + 1 or recorded:second
      - alert: New
        expr: recorded:second > 3
      - record: constant
        expr: 1
`,
);

describe("rule files of a drill", () => {
  it("are read with their times in seconds", () => {
    const [down] = trivy.alerts;
    assert.deepEqual(
      [down?.alert, down?.for, down?.keepFiringFor, down?.labels, down?.group],
      ["Down", 900, 3600, { severity: "warning" }, "trivy"],
    );
    assert.deepEqual(trivy.records, [{ record: "recorded:first", expr: "count(raw_series)", labels: {}, interval: 300 }]);
  });

  it("take the words of an expression, but not of its strings", () => {
    assert.deepEqual([...wordsOf(`a:b{c="d_e", f='g'} > h`)], ["a:b", "c", "f", "h"]);
  });

  it("bring the files that record what an alert reads, and no others", () => {
    assert.deepEqual(filesFor("New", [trivy, other]).map(({ name }) => name), ["other.yaml", "trivy.yaml"]);
    assert.deepEqual(filesFor("Down", [trivy, other]).map(({ name }) => name), ["trivy.yaml"]);
    assert.deepEqual(filesFor("Nothing", [trivy, other]), []);
  });

  it("name everything that is read", () => {
    assert.ok(namesRead([trivy, other]).has("raw_series"));
  });

  it("record in an order in which each rule finds what it reads; its own past does not count", () => {
    const levels = recordingLevels([other, trivy]).map((level) => level.map(({ record }) => record));
    assert.deepEqual(levels, [["constant", "recorded:first"], ["recorded:second"]]);
  });
});
