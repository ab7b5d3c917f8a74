/** Thrown, and given as the reason of an aborted signal, when the user pressed Ctrl-C or the process was asked to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly by: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${by}`);
  }
}

/** Exit code after an interruption, as shells give it for SIGINT. */
export const interruptedExitCode = 130;

/**
 * Seconds from a signal to the end of the process, however far the clean-up has come. Below the ten seconds after which CI
 * systems and impatient people kill.
 */
const patienceSeconds = 8;

/** A terminal sends Ctrl-C to every process of the group and npm passes it on as well: one key, several signals. */
const oneKeyMilliseconds = 1000;

export interface InterruptOptions {
  /** Told once, at the first signal. */
  readonly onInterrupt?: (reason: Interrupted) => void;
  /** Ends what is left when the patience is over; then the process exits with 130. */
  readonly onImpatience?: () => void;
  /** For tests. */
  readonly exit?: (code: number) => void;
}

/**
 * Turns SIGINT and SIGTERM into one abort. The first signal aborts; a second one, or {@link patienceSeconds} without an end,
 * gives up waiting.
 *
 * @returns the signal for every long operation, and a function that takes the handlers away
 */
export function interruptible(options: InterruptOptions = {}): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const exit = options.exit ?? ((code: number) => process.exit(code));
  let firstAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const giveUp = () => {
    options.onImpatience?.();
    exit(interruptedExitCode);
  };
  const handle = (by: NodeJS.Signals) => {
    const now = Date.now();
    if (controller.signal.aborted) {
      if (now - firstAt > oneKeyMilliseconds) giveUp();
      return;
    }
    firstAt = now;
    const reason = new Interrupted(by === "SIGTERM" ? "SIGTERM" : "SIGINT");
    options.onInterrupt?.(reason);
    timer = setTimeout(giveUp, patienceSeconds * 1000);
    timer.unref();
    controller.abort(reason);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", handle);
      process.off("SIGTERM", handle);
      clearTimeout(timer);
    },
  };
}

/** Throws the signal's reason when it is aborted. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason instanceof Error ? signal.reason : new Interrupted("SIGINT");
}
