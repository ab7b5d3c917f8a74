/** The daemon as seen from outside: how it is started, and what it says about itself. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { sandboxProcessEnvironment } from "./environment.ts";
import { privateDirectory, readIfThere, writePrivateFile } from "./files.ts";
import { loopback, type SandboxLayout, type SandboxState } from "./layout.ts";
import { listCommandLines } from "./process-info.ts";
import { ignoreEnded, type ProcessTable } from "./processes.ts";
import { bounded, until } from "./wait.ts";

export const daemonName = "daemon";

/** Programs that the daemon runs. */
export const daemonPrograms = ["helm", "prometheus-operator", "alertmanager", "prometheus"] as const;
export type DaemonProgram = (typeof daemonPrograms)[number];

const daemonMain = fileURLToPath(new URL("daemon/main.ts", import.meta.url));
const readyTimeoutMs = 120_000;
const callTimeoutMs = 5_000;

const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.record(
    z.string(),
    z.object({ state: z.enum(["starting", "running", "waiting", "failed"]), detail: z.string().optional() }),
  ),
});
export type DaemonHealth = z.infer<typeof healthSchema>;

export interface DaemonOptions {
  readonly layout: SandboxLayout;
  readonly state: SandboxState;
  readonly table: ProcessTable;
  readonly signal: AbortSignal;
  /** Absolute paths; written to `tools.json`. */
  readonly programs: Readonly<Record<DaemonProgram, string>>;
  /** The daemon's program; another one in tests. */
  readonly main?: string | undefined;
}

export function daemonLog(layout: SandboxLayout): string {
  return join(layout.logs, "daemon.log");
}

export function toolsFile(layout: SandboxLayout): string {
  return join(layout.root, "tools.json");
}

/**
 * Starts the daemon unless it runs with the same programs already, and waits until it is ready.
 *
 * @throws UserError when it ends or does not become ready, with what it said last
 */
export async function startDaemon(options: DaemonOptions): Promise<void> {
  const { layout, table, signal } = options;
  const tools = `${JSON.stringify(options.programs, undefined, 2)}\n`;
  const before = await table.find(daemonName);
  if (before !== undefined && (await table.isAlive(before)) && (await readIfThere(toolsFile(layout))) !== tools) {
    await table.end(daemonName);
  }
  await writePrivateFile(toolsFile(layout), tools);
  const record = await table.find(daemonName);
  if (record === undefined || !(await table.isAlive(record))) {
    await privateDirectory(layout.logs);
    await table.spawn(
      daemonName,
      process.execPath,
      ["--import", tsxLoader(), options.main ?? daemonMain, "--root", layout.root],
      { env: sandboxProcessEnvironment(process.env), cwd: layout.root, logFile: daemonLog(layout) },
    );
  }
  let last: DaemonHealth | undefined;
  const ready = await until(
    async () => {
      const now = await table.find(daemonName);
      if (now === undefined || !(await table.isAlive(now))) throw await daemonFailure(layout, "ended right after its start", last);
      last = (await daemonHealth(options.state, signal)) ?? last;
      return last?.ready === true ? true : undefined;
    },
    { signal, timeoutMs: readyTimeoutMs, intervalMs: 150 },
  );
  if (ready === undefined) throw await daemonFailure(layout, `is not ready after ${readyTimeoutMs / 60_000} minutes`, last);
}

/** @returns `undefined` while it does not answer */
export async function daemonHealth(state: SandboxState, signal: AbortSignal): Promise<DaemonHealth | undefined> {
  try {
    const answer = await bounded(
      fetch(`http://${loopback}:${state.ports.inbox}/api/health`, {
        headers: { authorization: `Bearer ${state.inboxToken}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]),
      }),
      signal,
    );
    return answer.ok ? healthSchema.parse(await answer.json()) : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** What the daemon reported as not in order, one line each. Pure. */
export function healthProblems(health: DaemonHealth | undefined): string[] {
  return Object.entries(health?.parts ?? {})
    .filter(([, { state }]) => state === "starting" || state === "failed")
    .map(([part, { state, detail }]) => `    ${part}: ${state}${detail === undefined ? "" : `: ${detail}`}`);
}

/** Records a running daemon of this sandbox that nobody has recorded. */
export async function recordDaemon(layout: SandboxLayout, table: ProcessTable): Promise<void> {
  const record = await table.find(daemonName);
  if (record !== undefined && (await table.isAlive(record))) return;
  const [stray] = (await listCommandLines()).filter(({ line }) => isDaemon(line, layout.root));
  if (stray !== undefined) await table.record(daemonName, stray.pid, process.execPath).catch(ignoreEnded);
}

/** Whether this is the command line of the daemon of the sandbox in `root`. Pure. */
export function isDaemon(commandLine: string, root: string): boolean {
  return commandLine.includes(" --import ") && commandLine.endsWith(` --root ${root}`);
}

async function daemonFailure(layout: SandboxLayout, what: string, health: DaemonHealth | undefined): Promise<UserError> {
  const log = daemonLog(layout);
  const tail = ((await readIfThere(log)) ?? "").trimEnd().split("\n").slice(-5).map((line) => `    ${line.slice(0, 300)}`);
  return new UserError(
    [`The sandbox's daemon ${what}. The end of ${log}:`, ...tail, ...healthProblems(health)].join("\n"),
    "Start again; if that does not help, run `npm run sandbox:delete` first.",
  );
}

/** Not import.meta.resolve: tsx leaves it out where it turns a module into CommonJS, as it does below mocha. */
function tsxLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}
