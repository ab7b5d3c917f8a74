import assert from "node:assert/strict";

import { describeDifference, golden, goldenStacks, rendered } from "./compare.ts";

describe("golden files", () => {
  for (const stack of goldenStacks) {
    it(`are what the stack ${stack} renders to`, async () => {
      const difference = describeDifference(await golden(stack), await rendered(stack));
      assert.equal(difference, "", `tests/golden/${stack} differs. If that is meant: npm run golden\n${difference}`);
    });
  }

  it("differ visibly", () => {
    const before = new Map([["same", "x"], ["gone", "x"], ["changed", "a\nb\nc\nd\ne\nf"]]);
    const after = new Map([["same", "x"], ["new", "x"], ["changed", "a\nb\nc\nD\ne\nf"]]);
    assert.equal(
      describeDifference(before, after),
      "~ changed\n    a\n    b\n    c\n  - d\n  + D\n    e\n    f\n- gone is no longer rendered\n+ new is new",
    );
    assert.equal(describeDifference(before, before), "");
  });
});
