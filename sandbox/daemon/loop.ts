/** Work that is done again whenever something changed, one run at a time. */
import { setTimeout as delay } from "node:timers/promises";

export interface LoopOptions {
  /** Also runs after this time without a change. */
  readonly everyMs: number;
  /** Changes that come closer together than this are one. */
  readonly settleMs?: number;
  /** Waits after a failed run. */
  readonly retryMs?: number;
  readonly signal: AbortSignal;
  /** Told of each failure; must not throw. */
  readonly failed: (error: unknown) => void;
}

export class Loop {
  #wake: (() => void) | undefined;
  /** Changes so far; one that comes during a run makes another run necessary. */
  #changes = 0;

  /** Something changed. */
  trigger(): void {
    this.#changes += 1;
    this.#wake?.();
  }

  /** Runs `work` until the signal is aborted. */
  async run(work: () => Promise<void>, options: LoopOptions): Promise<void> {
    const { signal, everyMs, settleMs = 50, retryMs = 1_000, failed } = options;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      try {
        const seen = this.#changes;
        await work();
        await this.#idle(seen, everyMs, signal);
        await delay(settleMs, undefined, { signal }).catch(() => undefined);
      } catch (error) {
        if (ended()) return;
        failed(error);
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #idle(seen: number, everyMs: number, signal: AbortSignal): Promise<void> {
    if (this.#changes !== seen) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await delay(everyMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
    this.#wake = undefined;
  }
}
