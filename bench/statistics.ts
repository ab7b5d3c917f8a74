/** What is told of several samples of the same thing. Pure. */

/** @throws Error without samples: a figure that was not measured has no median */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("no samples");
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}

/** How much of `against` the samples are, by their medians; 2 is twice as much. */
export function ratio(samples: readonly number[], against: readonly number[]): number {
  return median(samples) / median(against);
}

/**
 * The smallest sample that at least so many percent of all are not above (nearest rank).
 *
 * @param percent above 0, at most 100
 * @throws Error without samples
 */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const found = sorted[Math.ceil((percent / 100) * sorted.length) - 1];
  if (found === undefined) throw new Error("no samples");
  return found;
}
