import assert from "node:assert/strict";

import { editsOf } from "../../rules/mutation/edits.ts";
import { parseExpression, renamed, seriesNames } from "../../rules/mutation/promql.ts";

const edits = (expr: string) => editsOf(expr).map(({ kind, expr: changed }) => [kind, changed]);

describe("the edits of an expression", () => {
  it("drop a condition, one side of an or, and a comparison", () => {
    assert.deepEqual(edits("a and b"), [["guard", "a"]]);
    assert.deepEqual(edits("a unless on (x) b"), [["guard", "a"], ["label", "a unless on () b"]]);
    assert.deepEqual(edits("a or b"), [["case", "a"], ["case", "b"]]);
    assert.deepEqual(edits("a > b"), [["guard", "a"], ["threshold", "a >= b"]]);
  });

  it("take other numbers: twice and half, and for 0 and 1 their neighbours", () => {
    assert.deepEqual(edits("a > 3"), [["guard", "a"], ["threshold", "a > 6"], ["threshold", "a > 1.5"]]);
    assert.deepEqual(edits("a == 1"), [["guard", "a"], ["threshold", "a == 0"], ["threshold", "a == 2"]]);
    assert.deepEqual(edits("a > 0"), [["guard", "a"], ["threshold", "a > 1"]]);
  });

  it("take another aggregation, and other labels for it", () => {
    assert.deepEqual(edits("sum by (x) (a)"), [["aggregate", "max by (x) (a)"], ["label", "sum by () (a)"], ["label", "sum by (x, pod) (a)"]]);
  });

  it("take other labels in matchers and in what two sides have in common", () => {
    assert.deepEqual(edits('a{x="1", y=~"2"}'), [["label", 'a{y=~"2"}'], ["label", 'a{x!="1", y=~"2"}'], ["label", 'a{x="1"}'], ["label", 'a{x="1", y!~"2"}']]);
    assert.deepEqual(edits("a and on () b"), [["guard", "a"], ["label", "a and  b"]]);
    assert.deepEqual(edits('label_replace(a, "x", "$1", "y", "(.+)")'), [["label", "a"]]);
  });

  it("forget: the last sample for those of a while, and now for then", () => {
    assert.deepEqual(edits("max_over_time(a[5m])"), [["memory", "(a)"]]);
    assert.deepEqual(edits("max_over_time(a[5m] offset 1h)"), [["memory", "(a offset 1h)"], ["memory", "max_over_time(a[5m])"]]);
    assert.deepEqual(edits("quantile_over_time(0.5, a[5m])"), [["memory", "(a)"]]);
    assert.deepEqual(edits("absent_over_time(a[5m])"), [["memory", "absent(a)"]]);
  });

  it("leave out what means the same for every cluster", () => {
    assert.deepEqual(edits("count(a) > 0"), [["threshold", "count(a) > 1"]]);
    assert.deepEqual(edits("max(a) == 0"), [["guard", "max(a)"], ["threshold", "max(a) == 1"]]);
  });

  it("are all expressions again", () => {
    for (const { expr } of editsOf('sum by (x) (increase(a{y="1"}[5m]) > 2.5 or b unless on (x) max_over_time(c[1h:5m] offset 1d))')) {
      parseExpression(expr);
    }
    assert.throws(() => parseExpression("sum by ("), /no PromQL at character/);
  });
});

describe("names in an expression", () => {
  it("are those of series, and no labels or functions", () => {
    assert.deepEqual([...seriesNames('sum by (x) (a:b{x="c"}) / on (y) max_over_time(d[5m])')], ["a:b", "d"]);
    assert.equal(renamed('a:b{x="a:b"} unless a:b offset 5m', new Map([["a:b", "c"]])), 'c{x="a:b"} unless c offset 5m');
  });
});
