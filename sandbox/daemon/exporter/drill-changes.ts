/**
 * Metrics that a drill adds to the healthy ones for a while. They are leased: a drill that was killed and could not take
 * them back leaves nothing behind for longer than it had asked for.
 */
import { z } from "zod";
import type { MetricFamily } from "./metrics.ts";

/** Longest time for which changes may be asked for, in seconds. */
export const longestLease = 900;

const name = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
const sampleSchema = z.strictObject({ labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()), value: z.number() });
const familySchema = z.strictObject({
  name,
  type: z.enum(["gauge", "counter", "untyped"]),
  help: z.string(),
  samples: z.array(sampleSchema).min(1),
}) satisfies z.ZodType<MetricFamily>;

/** Body of `PUT /api/changes`. */
export const changesSchema = z.strictObject({
  seconds: z.number().positive().max(longestLease),
  changes: z.array(
    z.strictObject({
      /** Name of a component of the exporter, or of a scrape job. */
      key: z.string().min(1),
      /** Their samples stand beside the healthy ones of the same name. */
      families: z.array(familySchema).min(1),
    }),
  ),
});
export type DrillChanges = z.infer<typeof changesSchema>;

/** What a drill has added, until its time is over. */
export class DrillLease {
  readonly #now: () => number;
  #current: { readonly changes: DrillChanges["changes"]; readonly until: number } | undefined;

  /** @param now milliseconds, monotonic; for tests */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** In the place of all changes before. */
  put({ changes, seconds }: DrillChanges): void {
    this.#current = { changes, until: this.#now() + seconds * 1000 };
  }

  end(): void {
    this.#current = undefined;
  }

  /** @param keys names under which the scraped one is known */
  families(keys: readonly string[]): MetricFamily[] {
    const current = this.#current;
    if (current === undefined || this.#now() >= current.until) return [];
    return current.changes.filter(({ key }) => keys.includes(key)).flatMap(({ families }) => families);
  }
}

/** What the control endpoint does with a lease. */
export function drillControl(lease: DrillLease): { put(changes: unknown): boolean; end(): void } {
  return {
    put: (given) => {
      const { success, data } = changesSchema.safeParse(given);
      if (success) lease.put(data);
      return success;
    },
    end: () => {
      lease.end();
    },
  };
}
