import assert from "node:assert/strict";
import { median, percentile, ratio } from "../../../bench/statistics.ts";

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

  it("percentile is the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual([50, 95, 100].map((percent) => percentile(hundred, percent)), [50, 95, 100]);
    assert.deepEqual([50, 95, 100].map((percent) => percentile([7, 3], percent)), [3, 7, 7]);
    assert.throws(() => percentile([], 50), new Error("no samples"));
  });
});
