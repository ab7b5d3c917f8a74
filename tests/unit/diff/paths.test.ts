import assert from "node:assert/strict";
import * as fc from "fast-check";
import { changedPaths, same } from "../../../automation/diff/paths.ts";

const told = (before: unknown, after: unknown) => changedPaths(before, after).map(({ path, before: old, after: now }) => [path, old, now]);

describe("where two values differ", () => {
  it("is told leaf by leaf, with keys that are no words in quotes", () => {
    assert.deepEqual(told({ a: { b: 1, "c.d/e": true }, same: [1] }, { a: { b: 2 }, same: [1], new: { x: [null] } }), [
      ["a.b", "1", "2"],
      ['a["c.d/e"]', "true", undefined],
      ["new", undefined, '{"x":[null]}'],
    ]);
    assert.deepEqual(told("a", { b: 1 }), [[".", "a", '{"b":1}']]);
    assert.deepEqual(told({ a: null }, { a: 0 }), [["a", "null", "0"]]);
  });

  it("in lists is told by the names of their members, and another order once", () => {
    const [a, b, c] = [{ name: "a", port: 1 }, { name: "b", port: 2 }, { name: "c", port: 3 }];
    assert.deepEqual(told({ x: [a, b] }, { x: [{ name: "b", port: 9 }, c] }), [
      ["x[name=a]", '{"name":"a","port":1}', undefined],
      ["x[name=b].port", "2", "9"],
      ["x[name=c]", undefined, '{"name":"c","port":3}'],
    ]);
    assert.deepEqual(told({ x: [a, b] }, { x: [b, a] }), [["x (order)", "a, b", "b, a"]]);
  });

  it("in lists without names is told by what they hold", () => {
    assert.deepEqual(told({ x: ["a", "b", "c"] }, { x: ["a", "new", "b", "c"] }), [["x[1]", undefined, "new"]]);
    assert.deepEqual(told({ x: ["a", "b", "c"] }, { x: ["b", "c"] }), [["x[0]", "a", undefined]]);
    assert.deepEqual(told({ x: [{ r: 1 }, { r: 2 }] }, { x: [{ r: 1 }, { r: 3 }] }), [["x[1].r", "2", "3"]]);
  });

  it("in long texts is told by the lines between, in JSON and YAML by what they mean", () => {
    assert.deepEqual(told({ expr: "a\nb\nc" }, { expr: "a\nB\nc" }), [["expr (line 2)", "b", "B"]]);
    assert.deepEqual(told({ "x.json": '{\n"a": 1}' }, { "x.json": '{"a":\n 2}' }), [['["x.json"]:.a', "1", "2"]]);
    assert.deepEqual(told({ "x.yaml": "a: 1\nb: [" }, { "x.yaml": "a: 2\nb: [" }), [['["x.yaml"] (line 1)', "a: 1", "a: 2"]]);
  });

  it("is bounded for each value", () => {
    const [change] = changedPaths({ a: "x".repeat(5_000) }, {});
    assert.equal(change?.before?.length, 2_000);
  });

  it("is nowhere exactly when they are the same", () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (a, b) => {
        assert.deepEqual(changedPaths(a, a), []);
        assert.equal(changedPaths(a, b).length === 0, same(a, b));
      }),
      { numRuns: 300 },
    );
  });
});
