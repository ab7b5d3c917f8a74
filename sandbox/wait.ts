/** Waiting for something to become true, ended by an AbortSignal. */
import { setTimeout as delay } from "node:timers/promises";

export interface UntilOptions {
  readonly signal?: AbortSignal | undefined;
  /** Between two tries; default 100. */
  readonly intervalMs?: number;
  readonly timeoutMs: number;
}

/** Sleeps; rejects with the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Tries until `attempt` gives something other than `undefined`.
 *
 * @returns what `attempt` gave, or `undefined` after `timeoutMs`
 * @throws what `attempt` throws, and the signal's reason
 */
export async function until<T>(
  attempt: () => Promise<T | undefined>,
  { signal, intervalMs = 100, timeoutMs }: UntilOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await attempt();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) return undefined;
    await pause(intervalMs, signal);
  }
}

/**
 * Waits for a promise, but not longer than until the signal is aborted or the time is over. What was begun goes on unseen.
 *
 * @throws the signal's reason, or a TimeoutError
 */
export async function bounded<T>(promise: Promise<T>, signal: AbortSignal, timeoutMs?: number): Promise<T> {
  const either = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  // The loser of the race may still be rejected, and nobody else looks at it.
  promise.catch(() => undefined);
  either.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(either.reason instanceof Error ? either.reason : new Error("aborted"));
    either.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => either.removeEventListener("abort", abort));
  });
}
