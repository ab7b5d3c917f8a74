/** The phases of a long command: shown live on a terminal, as plain lines elsewhere, each with the time it took. */
import { Listr } from "listr2";
import { throwIfInterrupted } from "./interrupt.ts";

/** Where a phase tells what it does. */
export interface PhaseReport {
  /** A finished step: stays readable in a log. */
  readonly line: (text: string) => void;
  /** What is going on right now: replaces what stood there before; not shown in a log. */
  readonly now: (lines: readonly string[]) => void;
}

interface Phase {
  readonly title: string;
  readonly run: () => Promise<void>;
  readonly result: Promise<unknown>;
  report: PhaseReport;
}

export interface PhaseTime {
  readonly title: string;
  readonly seconds: number;
}

/** Phases run as soon as what they wait for is done, side by side where nothing orders them. */
export class Phases {
  readonly #phases: Phase[] = [];
  readonly #times: PhaseTime[] = [];
  readonly #controller = new AbortController();
  /** Aborted by the caller's signal and by the first phase that fails. */
  readonly signal: AbortSignal;

  constructor(
    readonly live: boolean,
    readonly write: (text: string) => void,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
  }

  /**
   * @param after results of phases that must be done first; waiting for them does not count as time of this phase
   * @returns the phase's result, once {@link Phases.run} has been called
   */
  add<T>(title: string, after: readonly Promise<unknown>[], work: (report: PhaseReport) => Promise<T>): Promise<T> {
    let resolve: (value: T) => void = () => undefined;
    let reject: (reason: unknown) => void = () => undefined;
    const result = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    // Whoever needs the result awaits it; a phase that nobody got to must not end the process.
    result.catch(() => undefined);
    const phase: Phase = {
      title,
      result,
      report: { line: () => undefined, now: () => undefined },
      run: async () => {
        try {
          await Promise.all(after);
          throwIfInterrupted(this.signal);
          const startedAt = Date.now();
          const value = await work(phase.report);
          this.#times.push({ title, seconds: Math.round((Date.now() - startedAt) / 1000) });
          resolve(value);
        } catch (error) {
          reject(error);
          this.#controller.abort(error);
          throw error;
        }
      },
    };
    this.#phases.push(phase);
    return result;
  }

  /** Runs all phases. @throws what the first failed phase threw, after every other one has ended */
  async run(): Promise<void> {
    if (this.live) await this.#runLive();
    else await this.#runPlain();
    if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
  }

  times(): readonly PhaseTime[] {
    return this.#times;
  }

  async #runLive(): Promise<void> {
    const tasks = this.#phases.map((phase) => ({
      title: phase.title,
      task: async (_: unknown, task: { output: string; title: string }) => {
        phase.report = {
          line: (text) => {
            task.output = text;
          },
          now: (lines) => {
            if (lines.length > 0) task.output = lines.slice(0, 4).join("\n");
          },
        };
        await phase.run();
        const time = this.#times.find(({ title }) => title === phase.title);
        task.title = `${phase.title} (${time?.seconds ?? 0} s)`;
      },
      rendererOptions: { outputBar: 4 },
    }));
    await new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      collectErrors: false,
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
    }).run();
  }

  async #runPlain(): Promise<void> {
    await Promise.allSettled(
      this.#phases.map(async (phase) => {
        const say = (text: string) => {
          this.write(`${phase.title}: ${text}\n`);
        };
        phase.report = {
          line: say,
          now: () => undefined,
        };
        await phase.run();
        const time = this.#times.find(({ title }) => title === phase.title);
        say(`done in ${time?.seconds ?? 0} s`);
      }),
    );
  }
}
