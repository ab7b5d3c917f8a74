/** Running one program to its end, in a way that can be interrupted together with everything it started. */
import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Null when it was ended by a signal; -1 when it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that a group of processes gets to end by itself. */
const graceMilliseconds = 2000;

/**
 * The child leads a process group of its own: `go build` starts compilers, and all of them must end with it. It therefore does
 * not see a terminal's Ctrl-C itself; `signal` is the way to end it.
 *
 * @throws the signal's reason when it was interrupted, after the group has ended
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const endGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  let killer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    endGroup("SIGTERM");
    killer = setTimeout(() => {
      endGroup("SIGKILL");
    }, graceMilliseconds);
  };
  options.signal?.addEventListener("abort", onAbort);
  const code = await new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      stderr += error.message;
      resolve(-1);
    });
    child.on("close", resolve);
  });
  clearTimeout(killer);
  options.signal?.removeEventListener("abort", onAbort);
  options.signal?.throwIfAborted();
  return { code, stdout, stderr };
}
