/** The control plane: etcd, the API server, its controllers and kwok, as recorded processes on loopback. */
import { connect } from "node:net";
import { join } from "node:path";
import { UserError } from "../config/user-error.ts";
import { sandboxProcessEnvironment } from "./environment.ts";
import { isReady, kubeSystemUid, removeLeases, sandboxKube, writeKubeconfig } from "./kube.ts";
import {
  clusterDirectory,
  componentBinary,
  componentLog,
  componentNames,
  controlPlaneFailure,
  createCluster,
  kwokctlConfigurationFile,
  linkBinary,
  readComponents,
  type Component,
  type ComponentName,
  type ControlPlanePrograms,
} from "./kwokctl.ts";
import { loopback, type SandboxLayout, type SandboxPorts } from "./layout.ts";
import type { PortName } from "./ports.ts";
import { listCommandLines } from "./process-info.ts";
import { ignoreEnded, type ProcessTable } from "./processes.ts";
import { until } from "./wait.ts";

export interface ControlPlaneOptions {
  readonly layout: SandboxLayout;
  readonly ports: SandboxPorts;
  readonly programs: ControlPlanePrograms;
  readonly table: ProcessTable;
  readonly signal: AbortSignal;
}

/** Ports on which each component listens. */
export const componentPorts: Readonly<Record<ComponentName, readonly PortName[]>> = {
  etcd: ["etcd", "etcdPeer"],
  "kube-apiserver": ["apiServer"],
  "kube-controller-manager": ["controllerManager"],
  "kube-scheduler": ["scheduler"],
  "kwok-controller": ["kwok"],
};

/** Leases that each component holds while it runs. */
const componentLeases: Readonly<Partial<Record<ComponentName, { namespace: string; name?: string }>>> = {
  "kube-controller-manager": { namespace: "kube-system", name: "kube-controller-manager" },
  "kube-scheduler": { namespace: "kube-system", name: "kube-scheduler" },
  "kwok-controller": { namespace: "kube-node-lease" },
};

/** Long, because the machine may be compiling other programs meanwhile. */
const readyTimeoutMs = 180_000;

/** Makes the cluster, with its processes recorded, and waits until it is ready. @returns the UID of kube-system */
export async function createControlPlane(options: ControlPlaneOptions): Promise<string> {
  try {
    await createCluster(options);
  } finally {
    // Also after an interruption: what kwokctl has started by then must not run on unrecorded.
    await recordComponents(options.layout, options.table);
  }
  return ready(options);
}

/**
 * Starts the components that do not run, one after the other as they need each other, and waits until the cluster is ready.
 *
 * @param expectedUid UID of kube-system that was recorded
 * @throws UserError when the cluster is not the recorded one
 */
export async function startControlPlane(options: ControlPlaneOptions, expectedUid: string): Promise<void> {
  const components = await readComponents(options.layout);
  const start = async (...names: ComponentName[]): Promise<void> => {
    for (const component of components.filter(({ name }) => names.includes(name))) await startComponent(options, component);
  };
  await start("etcd");
  await waitFor(options, ["etcd"], () => accepts(options.ports.etcd));
  await start("kube-apiserver");
  const uid = await ready(options, ["etcd", "kube-apiserver"]);
  if (uid !== expectedUid) {
    throw new UserError(
      `The cluster in ${clusterDirectory(options.layout)} is not the one that this sandbox was made with` +
        ` (kube-system has the UID ${uid}, recorded is ${expectedUid}).`,
      "Run `npm run sandbox:delete` and start again.",
    );
  }
  await start("kube-controller-manager", "kube-scheduler", "kwok-controller");
}

/**
 * Records every running component of this cluster (and a kwokctl that makes it) that nobody has recorded: kwokctl starts
 * components by itself, and a command that is killed may not come to record what it started. They are known by paths in their
 * command lines, which no other cluster has.
 */
export async function recordComponents(layout: SandboxLayout, table: ProcessTable): Promise<void> {
  for (const { pid, line } of await listCommandLines()) {
    const component = componentOf(line, layout);
    const records = await table.list();
    if (component === undefined || records.some((record) => record.pid === pid && record.name.startsWith(component))) continue;
    const before = records.find(({ name }) => name === component);
    const taken = before !== undefined && (await table.isAlive(before));
    await table.record(taken ? `${component}-${pid}` : component, pid).catch(ignoreEnded);
  }
}

/** What runs with this command line: a component of this sandbox's cluster, kwokctl, or `undefined`. Pure. */
export function componentOf(commandLine: string, layout: SandboxLayout): ComponentName | "kwokctl" | undefined {
  if (commandLine.includes(` create cluster `) && commandLine.includes(` --config ${kwokctlConfigurationFile(layout)} `)) {
    return "kwokctl";
  }
  return componentNames.find((name) => `${commandLine} `.startsWith(`${componentBinary(layout, name)} `));
}

/** Names of processes in the order in which they are to end: who starts others first, then who writes, then who keeps. */
export function endingOrder(names: readonly string[]): string[][] {
  const stageOf = (name: string): number => {
    if (name.startsWith("etcd")) return 4;
    if (name.startsWith("kube-apiserver")) return 3;
    if (componentNames.some((component) => name.startsWith(component))) return 2;
    return name === "daemon" || name.startsWith("kwokctl") ? 0 : 1;
  };
  const stages: string[][] = [[], [], [], [], []];
  for (const name of names) stages[stageOf(name)]?.push(name);
  return stages.filter((stage) => stage.length > 0);
}

async function startComponent(options: ControlPlaneOptions, component: Component): Promise<void> {
  const { layout, programs, table, signal } = options;
  signal.throwIfAborted();
  const before = await table.find(component.name);
  if (before !== undefined && (await table.isAlive(before))) return;
  const lease = componentLeases[component.name];
  if (lease !== undefined) await removeLeases(sandboxKube(layout.kubeconfig), lease, signal);
  const binary = await linkBinary(layout, component.name, programs[component.name]);
  await table.spawn(component.name, binary, component.args, {
    env: sandboxProcessEnvironment(process.env, component.env),
    cwd: clusterDirectory(layout),
    logFile: componentLog(layout, component.name),
  });
}

/** Writes the kubeconfig and waits for the API server and for kube-system. @returns its UID */
async function ready(options: ControlPlaneOptions, needed: readonly ComponentName[] = componentNames): Promise<string> {
  await writeKubeconfig(options.layout, options.ports.apiServer);
  const config = sandboxKube(options.layout.kubeconfig);
  await waitFor(options, needed, async () => ((await isReady(config, options.signal)) ? true : undefined));
  return waitFor(options, needed, () => kubeSystemUid(config, options.signal));
}

/** @throws UserError with the end of the log of a component that ended meanwhile, or when it takes too long */
async function waitFor<T>(
  { layout, table, signal }: ControlPlaneOptions,
  needed: readonly ComponentName[],
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const value = await until(
    async () => {
      for (const name of needed) {
        const record = await table.find(name);
        if (record === undefined || !(await table.isAlive(record))) {
          throw await controlPlaneFailure(`${name} ended right after its start`, componentLog(layout, name));
        }
      }
      return attempt();
    },
    { signal, timeoutMs: readyTimeoutMs },
  );
  if (value !== undefined) return value;
  throw await controlPlaneFailure(
    `The sandbox's cluster is not ready after ${readyTimeoutMs / 60_000} minutes`,
    join(clusterDirectory(layout), "logs", "kube-apiserver.log"),
  );
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port });
    const done = (value: true | undefined) => {
      socket.destroy();
      resolve(value);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(undefined));
  });
}
