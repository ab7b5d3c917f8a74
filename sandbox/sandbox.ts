/** Starting, stopping and deleting the embedded cluster of one checkout. */
import { chmod, lstat, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { UserError } from "../config/user-error.ts";
import {
  componentPorts,
  type ControlPlaneOptions,
  createControlPlane,
  endingOrder,
  recordComponents,
  startControlPlane,
} from "./control-plane.ts";
import { daemonName, daemonPrograms, type DaemonProgram, recordDaemon, startDaemon } from "./daemon-process.ts";
import { errorCode, privateDirectory } from "./files.ts";
import { sandboxKube } from "./kube.ts";
import { componentNames, type ControlPlanePrograms } from "./kwokctl.ts";
import { type SandboxLayout, sandboxLayout, type SandboxPorts, type SandboxState } from "./layout.ts";
import { LockHeld, withLock } from "./lock.ts";
import { ensureNodes } from "./nodes.ts";
import { assertPortsAvailable, choosePorts, type PortName, portNames } from "./ports.ts";
import { type ProcessRecord, ProcessTable } from "./processes.ts";
import { newState, readState, writeState } from "./state.ts";
import { bounded } from "./wait.ts";

export { readState } from "./state.ts";

const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kwokctl"] as const;

/** Absolute paths of programs, each there as soon as it is obtained. */
export type SandboxTools = Readonly<Record<(typeof controlPlanePrograms)[number] | DaemonProgram, Promise<string>>>;

export interface StartOptions {
  /** The directory that holds package.json. */
  readonly checkout: string;
  readonly tools: SandboxTools;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** The daemon's program; another one in tests. */
  readonly daemonMain?: string;
}

export interface StopOptions {
  readonly checkout: string;
  readonly report: (line: string) => void;
}

/** A command that is interrupted has little time, and nothing is lost: etcd writes before it answers. */
const interruptedGraceSeconds = 1.5;

/**
 * Makes the sandbox if there is none, and starts what does not run. What runs stays; a sandbox that was interrupted while it
 * was made is made anew. When it fails or is interrupted, what it started itself is ended again.
 *
 * @throws UserError when another command works on the sandbox, a port is taken, or a part does not start
 */
export async function startSandbox({ checkout, tools, report, signal, daemonMain }: StartOptions): Promise<SandboxState> {
  // A tool that nobody waits for any more, because something failed before it was needed, must not end the process.
  for (const tool of Object.values(tools)) tool.catch(() => undefined);
  signal.throwIfAborted();
  const layout = sandboxLayout(checkout);
  await privateDirectory(layout.root);
  await chmod(layout.root, 0o700);
  return exclusively(layout, "starting the sandbox", async () => {
    // A deletion that was interrupted.
    await rm(trash(layout), { recursive: true, force: true });
    const table = new ProcessTable(layout.processesFile);
    await recordStrays(layout, table);
    const before = new Set((await table.list()).map(({ pid }) => pid));
    try {
      const state = await startCluster({ checkout, tools, report, signal }, layout, table);
      await ensureNodes(sandboxKube(layout.kubeconfig), signal);
      report("The cluster is ready.");
      const programs = await pathsOf(tools, daemonPrograms, signal);
      await startDaemon({ layout, state, table, signal, programs, main: daemonMain });
      report("Slack and the mailbox are ready; Prometheus and Alertmanager start with the stack.");
      return state;
    } catch (error) {
      await endRecorded(layout, table, ({ pid }) => !before.has(pid), interruptedGraceSeconds);
      throw error;
    }
  });
}

/** Ends every process of the sandbox; its data stays. */
export async function stopSandbox({ checkout, report }: StopOptions): Promise<void> {
  const layout = sandboxLayout(checkout);
  if (!(await exists(layout))) {
    report("There is no sandbox.");
    return;
  }
  await exclusively(layout, "stopping the sandbox", () => stop(layout, report));
}

/**
 * Ends every process of the sandbox, then removes `.belfry/sandbox`, and nothing else.
 *
 * @throws Error when a process does not end; then nothing is removed
 */
export async function deleteSandbox({ checkout, report }: StopOptions): Promise<void> {
  const layout = sandboxLayout(checkout);
  if (!(await exists(layout))) {
    report("There is no sandbox.");
    return;
  }
  await exclusively(layout, "deleting the sandbox", async () => {
    await stop(layout, report);
    await removeContents(layout);
  });
  await rmdir(layout.root).catch((error: unknown) => {
    // Another command may have begun a new sandbox in this moment.
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "")) throw error;
  });
  report(`Removed ${relative(checkout, layout.root)}.`);
}

async function startCluster(
  { checkout, tools, report, signal }: StartOptions,
  layout: SandboxLayout,
  table: ProcessTable,
): Promise<SandboxState> {
  const recorded = await readState(checkout);
  if (recorded !== undefined) {
    await endOrphansOfDaemon(layout, table);
    await table.forgetEnded();
    await assertPortsAvailable(recorded.ports, await runningPorts(table));
    const programs = await controlPlanePaths(tools, signal);
    const names = (await table.list()).map(({ name }) => name);
    report(componentNames.every((name) => names.includes(name)) ? "The cluster runs." : "Starting the cluster.");
    await startControlPlane({ layout, ports: recorded.ports, programs, table, signal }, recorded.kubeSystemUid);
    return recorded;
  }
  await clearUnfinished(layout, table);
  const programs = await controlPlanePaths(tools, signal);
  const options = { layout, programs, table, signal };
  const ports = await choosePorts();
  report("Making the cluster.");
  return makeCluster({ ...options, ports });
}

async function makeCluster(options: ControlPlaneOptions & { ports: SandboxPorts }): Promise<SandboxState> {
  const kubeSystemUid = await createControlPlane(options);
  const state = newState({ ports: options.ports, kubeSystemUid, now: new Date() });
  await writeState(options.layout.stateFile, state);
  return state;
}

/** Ends and removes what an interrupted first start has left. */
async function clearUnfinished(layout: SandboxLayout, table: ProcessTable): Promise<void> {
  await endRecorded(layout, table, () => true, interruptedGraceSeconds);
  for (const path of [layout.kwok, layout.kubeconfig, layout.prometheus, layout.alertmanager, layout.inbox]) {
    await rm(path, { recursive: true, force: true });
  }
}

async function stop(layout: SandboxLayout, report: (line: string) => void): Promise<void> {
  const table = new ProcessTable(layout.processesFile);
  await recordStrays(layout, table);
  const records = await table.list();
  const alive = await Promise.all(records.map((record) => table.isAlive(record)));
  const running = alive.filter(Boolean).length;
  if (running > 0) report(`Ending ${running} processes.`);
  await endRecorded(layout, table, () => true);
  report(running > 0 ? "The sandbox is stopped." : "The sandbox does not run.");
}

/**
 * Ends the chosen processes, stage after stage, side by side within one. Looks again afterwards: those that start others
 * (the daemon, kwokctl) may have started one more before they ended.
 *
 * @throws Error when a process does not end
 */
async function endRecorded(
  layout: SandboxLayout,
  table: ProcessTable,
  chosen: (record: ProcessRecord) => boolean,
  graceSeconds?: number,
): Promise<void> {
  for (;;) {
    await recordStrays(layout, table);
    const names = (await table.list()).filter(chosen).map(({ name }) => name);
    const [first, ...others] = endingOrder(names);
    if (first === undefined) return;
    const startsOthers = others.length > 0 && first.some((name) => name === daemonName || name.startsWith("kwokctl"));
    for (const stage of startsOthers ? [first] : [first, ...others]) {
      await Promise.all(stage.map((name) => table.end(name, graceSeconds === undefined ? {} : { graceSeconds })));
    }
  }
}

async function recordStrays(layout: SandboxLayout, table: ProcessTable): Promise<void> {
  await recordComponents(layout, table);
  await recordDaemon(layout, table);
}

/** The daemon's children without the daemon would hold the ports that the next one needs. */
async function endOrphansOfDaemon(layout: SandboxLayout, table: ProcessTable): Promise<void> {
  const records = await table.list();
  const daemon = records.find(({ name }) => name === daemonName);
  if (daemon !== undefined && (await table.isAlive(daemon))) return;
  const ofControlPlane = ({ name }: ProcessRecord) => componentNames.some((component) => name.startsWith(component));
  await endRecorded(layout, table, (record) => !ofControlPlane(record), interruptedGraceSeconds);
}

/** Ports that are held by the sandbox's own processes. */
async function runningPorts(table: ProcessTable): Promise<Set<PortName>> {
  const names = (await table.list()).map(({ name }) => name);
  const ofComponents = componentNames.filter((name) => names.includes(name)).flatMap((name) => componentPorts[name]);
  const allOfComponents = new Set(Object.values(componentPorts).flat());
  const ofDaemon = names.includes(daemonName) ? portNames.filter((name) => !allOfComponents.has(name)) : [];
  return new Set([...ofComponents, ...ofDaemon]);
}

async function controlPlanePaths(tools: SandboxTools, signal: AbortSignal): Promise<ControlPlanePrograms> {
  const { kwok, ...others } = await pathsOf(tools, controlPlanePrograms, signal);
  return { ...others, "kwok-controller": kwok };
}

async function pathsOf<Name extends keyof SandboxTools>(
  tools: SandboxTools,
  names: readonly Name[],
  signal: AbortSignal,
): Promise<Record<Name, string>> {
  const paths = await Promise.all(names.map(async (name) => [name, await bounded(tools[name], signal)] as const));
  return Object.fromEntries(paths) as Record<Name, string>;
}

async function exclusively<T>(layout: SandboxLayout, purpose: string, work: () => Promise<T>): Promise<T> {
  try {
    return await withLock(layout.lockFile, { purpose }, work);
  } catch (error) {
    if (!(error instanceof LockHeld) || error.file !== layout.lockFile) throw error;
    throw new UserError(
      `Another command works on this sandbox: process ${error.holder.pid} (${error.holder.purpose}).`,
      "Wait until it is done, then try again.",
    );
  }
}

/** @throws UserError when something that is not a directory stands in the sandbox's place */
async function exists(layout: SandboxLayout): Promise<boolean> {
  try {
    if ((await lstat(layout.root)).isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  throw new UserError(`${layout.root} is not a directory.`, "Look at what it is, and remove it yourself.");
}

/** Within the sandbox, so that moving something there takes a moment however large it is. */
function trash(layout: SandboxLayout): string {
  return join(layout.root, "deleting");
}

/**
 * Everything but the lock, which its holder removes. What makes a sandbox (its record, the stack's state) is moved away first:
 * however far the removal comes, the next start finds either a whole sandbox or none.
 */
async function removeContents(layout: SandboxLayout): Promise<void> {
  const away = trash(layout);
  await rm(away, { recursive: true, force: true });
  await privateDirectory(away);
  const first = [layout.stateFile, dirname(layout.pulumi.home)].map((path) => relative(layout.root, path));
  const lock = relative(layout.root, layout.lockFile);
  const isOther = (name: string) =>
    !first.includes(name) && name !== lock && !name.startsWith(`${lock}.`) && name !== basename(away);
  for (const name of [...first, ...(await readdir(layout.root)).filter(isOther)]) {
    await rename(join(layout.root, name), join(away, name)).catch(unlessMissing);
  }
  await rm(away, { recursive: true, force: true });
}

function unlessMissing(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}
