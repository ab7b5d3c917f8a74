/** Running a program to its end, in a way that Ctrl-C ends it and everything below it. */
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { type ProcessInfo, listProcesses, processInfo, withDescendants } from "../sandbox/process-info.ts";

export interface ChildOptions {
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told once it runs; `ended` settles when it does not any more. */
  readonly onStart?: (pid: number, ended: Promise<unknown>) => void;
}

export interface ChildResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From just before it was started to its end. */
  readonly milliseconds: number;
}

/** What an interrupted command gets to clean up: a little more than it allows itself. */
const patienceMilliseconds = 10_000;

/**
 * The child leads a process group of its own, so it does not see a terminal's Ctrl-C itself: `signal` passes it on as SIGINT.
 * What has not ended in time is killed, as long as it is the same process as at the interruption.
 *
 * @throws the signal's reason when it was interrupted, after all of it has ended; Error when the program cannot be started
 */
export async function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { cwd, env, signal, onStart } = options;
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const { pid } = child;
  let ending: Promise<void> | undefined;
  const onAbort = () => {
    if (pid !== undefined) ending = endTree(pid, ended);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (pid !== undefined) onStart?.(pid, ended);
    const code = await ended;
    const milliseconds = performance.now() - startedAt;
    await ending;
    signal.throwIfAborted();
    return { code, stdout, stderr, milliseconds };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function endTree(pid: number, ended: Promise<unknown>): Promise<void> {
  const all = await listProcesses();
  const members = new Set(withDescendants([pid], all));
  const group = all.filter((info) => members.has(info.pid));
  try {
    process.kill(-pid, "SIGINT");
  } catch {
    // The group is gone already.
  }
  await Promise.race([ended.catch(() => undefined), delay(patienceMilliseconds, undefined, { ref: false })]);
  await Promise.all(group.map(killIfSame));
}

async function killIfSame({ pid, startTime }: ProcessInfo): Promise<void> {
  const now = await processInfo(pid);
  if (now?.startTime !== startTime || now.zombie) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}
