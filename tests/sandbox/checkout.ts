/** A checkout of its own for tests that run the product as a user does: the files of this one, and a sandbox of its own. */
import { execFileSync, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { processInfo, listProcesses, listCommandLines } from "../../sandbox/process-info.ts";

const original = join(import.meta.dirname, "..", "..");

export interface Checkout {
  readonly directory: string;
  /** Ends the sandbox and removes everything. */
  remove(): Promise<void>;
}

/** Copies what git tracks or would track, and the packages. */
export async function makeCheckout(): Promise<Checkout> {
  const directory = await mkdtemp(join(tmpdir(), "belfry-checkout-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: original, encoding: "utf8" });
  const files = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0");
  for (const file of files.filter((name) => name !== "")) {
    await mkdir(join(directory, dirname(file)), { recursive: true });
    await cp(join(original, file), join(directory, file)).catch((error: unknown) => {
      // Deleted, but not yet committed as such.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }
  // Links to the files, not to the directory: what is done to the packages there must not reach the ones here.
  execFileSync("cp", [process.platform === "darwin" ? "-Rc" : "-Rl", join(original, "node_modules"), join(directory, "node_modules")]);
  const here = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: directory, stdio: "pipe" });
  here("init", "--quiet");
  here("add", "--all", ".");
  here("commit", "--quiet", "--message", "as it is");
  return {
    directory,
    async remove() {
      await runProgram(process.execPath, ["--import", "tsx", "automation/cli.ts", "sandbox", "remove"], directory).ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface Running {
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the output holds this text; rejects when the program ends before. */
  printed(text: string | RegExp): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** As Ctrl-C in a terminal does it: to the whole process group. */
  interrupt(): void;
}

/** Starts a program in a process group of its own, without a terminal, with the environment of a plain shell. */
export function runProgram(command: string, args: readonly string[], cwd: string, extra: Record<string, string> = {}): Running {
  const env: Record<string, string> = { ...extra };
  for (const name of ["PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME", "BELFRY_CACHE_DIR", "GOPROXY", "GOFLAGS", "GOMODCACHE", "GOCACHE"]) {
    const value = process.env[name];
    if (value !== undefined && !(name in env)) env[name] = value;
  }
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set<() => void>();
  const take = (data: Buffer) => {
    output += data.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, output });
    });
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    ended,
    output: () => output,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === "string" ? !output.includes(text) : !text.test(output)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`ended without printing ${String(text)}:\n${output}`));
        }, reject);
      }),
    interrupt: () => process.kill(-pid, "SIGINT"),
  };
}

export function npmStart(checkout: string, args: readonly string[] = [], extra: Record<string, string> = {}): Running {
  return runProgram(process.execPath, ["start.mjs", ...args], checkout, extra);
}

/** Command lines of living processes that work for a checkout: their arguments or programs name its directory. */
export async function processesOf(checkout: string): Promise<string[]> {
  const living = new Set((await listProcesses()).filter(({ zombie, pid }) => !zombie && pid !== process.pid).map(({ pid }) => pid));
  const lines = await listCommandLines();
  return lines.filter(({ pid, line }) => living.has(pid) && line.includes(checkout)).map(({ line }) => line);
}

/** Whether a process is still there. */
export async function isRunning(pid: number): Promise<boolean> {
  const info = await processInfo(pid);
  return info !== undefined && !info.zombie;
}
