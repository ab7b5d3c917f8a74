/** The process that works on one stack; started by `worker-process.ts`, which it talks to by messages. */
import { UserError } from "../../config/user-error.ts";
import { failureKind } from "../exit-codes.ts";
import { Interrupted, interruptedExitCode } from "../interrupt.ts";
import { type FromWorker, type Outcome, timedOutcome, toWorkerSchema } from "./job.ts";
import { runJob } from "./run-job.ts";

class TimedOut extends Error {
  override readonly name = "TimedOut";

  constructor(readonly seconds: number) {
    super(`not done within ${seconds} s`);
  }
}

const controller = new AbortController();

function tell(message: FromWorker, then?: () => void): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}

/** How often what is under way is told. */
const waitingMilliseconds = 10_000;

function waitingTeller(): (lines: readonly string[]) => void {
  let last = Date.now();
  return (lines) => {
    if (lines.length === 0 || Date.now() - last < waitingMilliseconds) return;
    last = Date.now();
    tell({ type: "waiting", resources: [...lines] });
  };
}

function failed(error: unknown, stack: string): Outcome {
  if (error instanceof TimedOut) return timedOutcome(stack, error.seconds);
  const kind = failureKind(error);
  const result = kind === "usage" ? "refused" : kind === "bug" ? "failed" : kind;
  if (kind === "interrupted") return { result };
  const shown =
    error instanceof UserError
      ? { what: error.what, fix: error.fix }
      : {
          what: `This is an error in Belfry itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          fix: "Please report it.",
        };
  return { result, error: shown };
}

process.on("message", (raw) => {
  const message = toWorkerSchema.parse(raw);
  switch (message.type) {
    case "interrupt":
      controller.abort(new Interrupted(message.by));
      break;
    case "timeout":
      controller.abort(new TimedOut(message.seconds));
      break;
    case "job": {
      const { job } = message;
      void runJob(job, {
        report: (text) => {
          tell({ type: "step", text });
        },
        underWay: waitingTeller(),
        signal: controller.signal,
      })
        .catch((error: unknown) => failed(error, job.stack))
        .then((outcome) => {
          // A program that refused leaves a server open that would keep this process alive.
          tell({ type: "outcome", outcome }, () => process.exit(0));
        });
    }
  }
});
// Whoever started this is gone; the engine is ended by the process's own end.
process.on("disconnect", () => process.exit(interruptedExitCode));
