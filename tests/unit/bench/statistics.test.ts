import assert from "node:assert/strict";
import { median, ratio } from "../../../bench/statistics.ts";

describe("statistics of samples", () => {
  it("give the middle one, or the mean of the middle two, and leave the samples as they were", () => {
    const samples = [30, 1, 2];
    assert.equal(median(samples), 2);
    assert.deepEqual(samples, [30, 1, 2]);
    assert.equal(median([4, 1, 3, 100]), 3.5);
    assert.equal(median([7]), 7);
  });

  it("compare medians", () => {
    assert.equal(ratio([4, 5, 600], [2, 2.5, 3]), 2);
  });

  it("refuse to tell the median of nothing", () => {
    assert.throws(() => median([]), new Error("no samples"));
  });
});
