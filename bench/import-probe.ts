/** A process of its own: loads the program with everything that it needs, and tells what that took. */

/** What this process prints, as JSON. */
export interface ImportCost {
  readonly milliseconds: number;
  /** Resident memory of the process afterwards. */
  readonly mebibytes: number;
}

const startedAt = performance.now();
await import("../index.ts");
const milliseconds = performance.now() - startedAt;
const cost: ImportCost = { milliseconds, mebibytes: process.memoryUsage().rss / 1024 / 1024 };
process.stdout.write(JSON.stringify(cost));
