/**
 * A process for each stack. Programs that run side by side in one process would take each other's errors for their own: the
 * engine's SDK listens to the whole process, and a program that refuses leaves rejections and a server behind.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Interrupted } from "../interrupt.ts";
import { type FromWorker, fromWorkerSchema, type Job, type Outcome, timedOutcome, type ToWorker } from "./job.ts";

export interface WorkerHooks {
  readonly step: (text: string) => void;
  readonly waiting: (resources: readonly string[]) => void;
  readonly signal: AbortSignal;
  readonly timeoutSeconds?: number;
  /** The variables that the worker, its engine and its plugins have. */
  readonly environment: Readonly<Record<string, string>>;
  /** Another program than `worker.ts`, for tests. */
  readonly program?: string;
}

/** How long an engine that was told to end may finish what it is doing before it is told to drop it. */
const graceSeconds = 60;

/** By the extension of this very file: the library may run as it is, or compiled. */
function workerProgram(): string {
  return fileURLToPath(import.meta.url).replace(/worker-process(\.\w+)$/, "worker$1");
}

/** Runs one operation in a process of its own. @returns what became of it; never rejects for a failed operation */
export async function runInWorker(job: Job, hooks: WorkerHooks): Promise<Outcome> {
  const worker = fork(hooks.program ?? workerProgram(), [], {
    // Out of the terminal's process group: Ctrl-C reaches the engine once, by a message.
    detached: true,
    env: { ...hooks.environment },
    // Standard output is for results alone.
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const send = (message: ToWorker) => {
    if (worker.connected) worker.send(message);
  };
  const timers: NodeJS.Timeout[] = [];
  const limit = new AbortController();
  const timeLimit = () => {
    limit.abort();
    send({ type: "timeout", seconds: hooks.timeoutSeconds ?? 0 });
    // Without its parent a worker ends at once, and its engine writes down what it knows.
    timers.push(setTimeout(() => worker.connected && worker.disconnect(), graceSeconds * 1000));
  };
  const interrupt = () => {
    send({ type: "interrupt", by: hooks.signal.reason instanceof Interrupted ? hooks.signal.reason.by : "SIGTERM" });
  };
  if (hooks.timeoutSeconds !== undefined) timers.push(setTimeout(timeLimit, hooks.timeoutSeconds * 1000));
  hooks.signal.addEventListener("abort", interrupt, { once: true });
  let outcome: Outcome | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("error", reject);
      // After the last message, which an exit may overtake.
      worker.on("close", () => {
        resolve();
      });
      worker.on("message", (raw) => {
        const message: FromWorker = fromWorkerSchema.parse(raw);
        switch (message.type) {
          case "step":
            hooks.step(message.text);
            break;
          case "waiting":
            hooks.waiting(message.resources);
            break;
          case "outcome":
            outcome = message.outcome;
            break;
        }
      });
      send({ type: "job", job });
      // An abort before the listener was there would be missed.
      if (hooks.signal.aborted) interrupt();
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    hooks.signal.removeEventListener("abort", interrupt);
  }
  if (outcome !== undefined) return outcome;
  if (hooks.signal.aborted) return { result: "interrupted" };
  if (limit.signal.aborted) return timedOutcome(job.stack, hooks.timeoutSeconds ?? 0);
  const how = worker.signalCode ?? `exit code ${worker.exitCode ?? "unknown"}`;
  return {
    result: "failed",
    error: {
      what: `The process that worked on stack ${job.stack} ended without a result (${how}); what it said stands above.`,
      fix: `See what was done: npm run belfry -- status --stack ${job.stack}`,
    },
  };
}
