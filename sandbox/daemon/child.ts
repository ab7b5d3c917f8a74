/** A program that runs beside the cluster as long as something in the cluster asks for it. */
import type { ProcessRecord, ProcessTable } from "../processes.ts";
import type { PartHealth } from "./health.ts";

/** How a program is to run. */
export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  /** A different identity makes a new process, as a replaced pod does. */
  readonly identity: string;
}

export interface ChildOptions {
  /** In the table of processes. */
  readonly name: string;
  readonly table: ProcessTable;
  readonly logFile: string;
  /** Milliseconds, monotonic; for tests. */
  readonly now?: () => number;
}

/** A process that ran this long was well: what fails later counts from the beginning. */
const wellMs = 60_000;
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** The whole daemon has 5 seconds to end. */
const graceSeconds = 3;

/** Milliseconds before the next start after so many failures in a row. */
export function restartDelay(failures: number): number {
  return failures === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
}

export class ManagedChild {
  readonly #options: ChildOptions;
  readonly #now: () => number;
  #record: ProcessRecord | undefined;
  #key = "";
  #startedAt = 0;
  #failures = 0;
  #failedAt = 0;
  #closed = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Identity of the running process: different after each start. */
  get process(): ProcessRecord | undefined {
    return this.#record;
  }

  /**
   * Makes the process be what is asked for: starts it, ends it, replaces it, or starts it anew after it ended by itself
   * (sooner the first times, later after many).
   *
   * @param spec `undefined`: no process
   * @returns `undefined` when the process runs, else why it does not
   */
  async reconcile(spec: ChildSpec | undefined): Promise<PartHealth | undefined> {
    const { name, table, logFile } = this.#options;
    await this.#notice();
    const key = spec === undefined ? "" : JSON.stringify(spec);
    if (key !== this.#key) {
      await this.end();
      this.#key = key;
      this.#failures = 0;
    }
    if (spec === undefined || this.#closed) return { state: "waiting" };
    if (this.#record !== undefined) return undefined;
    const left = this.#failedAt + restartDelay(this.#failures) - this.#now();
    if (this.#failures > 0 && left > 0) {
      return {
        state: "failed",
        detail: `${name} ended; it is started again in ${Math.ceil(left / 1000)} s (see ${logFile})`,
      };
    }
    this.#record = await table.spawn(name, spec.command, spec.args, { env: spec.env, logFile });
    this.#startedAt = this.#now();
    if (this.#isClosed()) await this.end();
    return undefined;
  }

  /** What made it fail may be mended: the next start need not wait. */
  forgive(): void {
    if (this.#record === undefined) this.#failures = 0;
  }

  /** Ends the process for good: one that is just being started ends too. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.end();
  }

  /** Ends the process if it runs, also one that an earlier daemon left behind. */
  async end(): Promise<void> {
    this.#record = undefined;
    await this.#options.table.end(this.#options.name, { graceSeconds });
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  async #notice(): Promise<void> {
    if (this.#record === undefined || (await this.#options.table.isAlive(this.#record))) return;
    this.#record = undefined;
    const now = this.#now();
    this.#failures = now - this.#startedAt >= wellMs ? 1 : this.#failures + 1;
    this.#failedAt = now;
  }
}
