/** Several stacks one after the other or side by side, in their order. */

/** What became of one stack: undefined when it was not begun. */
export interface Scheduled<T> {
  readonly name: string;
  readonly value: T | undefined;
}

export interface ScheduleOptions<T> {
  /** In the order in which they are begun. */
  readonly names: readonly string[];
  /** How many at once; at least 1. */
  readonly parallel: number;
  /** Never rejects for what can be told as a result. */
  readonly work: (name: string) => Promise<T>;
  /** Whether no further one may be begun after this. What has begun is worked on to its end. */
  readonly stopsAfter: (value: T) => boolean;
  readonly signal: AbortSignal;
}

/** @returns in the order of the names; rejects with the first error that `work` throws, after all that had begun have ended */
export async function schedule<T>(o: ScheduleOptions<T>): Promise<Scheduled<T>[]> {
  const values = new Map<string, T>();
  const waiting = [...o.names];
  const errors: unknown[] = [];
  let stopped = false;
  const lane = async (): Promise<void> => {
    for (;;) {
      if (stopped || o.signal.aborted) return;
      const name = waiting.shift();
      if (name === undefined) return;
      try {
        const value = await o.work(name);
        values.set(name, value);
        if (o.stopsAfter(value)) stopped = true;
      } catch (error) {
        errors.push(error);
        stopped = true;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(o.parallel, o.names.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return o.names.map((name) => ({ name, value: values.get(name) }));
}
