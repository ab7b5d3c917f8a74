/**
 * kwokctl makes the cluster: certificates, the arguments of every component, and the first start. Later starts take the
 * components from the file that it left (`kwok.yaml`): kwokctl itself judges what runs by pids alone, and would not start a
 * component again whose old pid now belongs to another program.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, open, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { privateDirectory, writePrivateFile } from "./files.ts";
import { loopback, type SandboxLayout, type SandboxPorts } from "./layout.ts";
import { ignoreEnded, type ProcessTable } from "./processes.ts";
import { bounded } from "./wait.ts";

/** Components of the control plane, named as kwokctl names them, in the order in which they can start. */
export const componentNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok-controller",
] as const;
export type ComponentName = (typeof componentNames)[number];

/** Absolute paths of the programs that the components run, and of kwokctl. */
export type ControlPlanePrograms = Readonly<Record<ComponentName | "kwokctl", string>>;

export interface Component {
  readonly name: ComponentName;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const clusterName = "belfry";
/** Address of the Service `kubernetes`'s endpoint, on the network of the simulated nodes: nothing connects to it. */
const advertisedAddress = "192.168.100.10";
const createTimeoutMs = 300_000;

/**
 * Where kwokctl keeps what belongs to the cluster: below its home directory, which the sandbox names by HOME. KWOK_WORKDIR
 * would name another place, but kwokctl reads it only to the first space.
 */
export function clusterDirectory(layout: SandboxLayout): string {
  return join(layout.kwok, ".kwok", "clusters", clusterName);
}

export function componentLog(layout: SandboxLayout, name: ComponentName): string {
  return join(clusterDirectory(layout), "logs", `${name}.log`);
}

/** A link to the component's program. All processes of the control plane start with such a path, so they can be told from others. */
export function componentBinary(layout: SandboxLayout, name: ComponentName): string {
  return join(clusterDirectory(layout), "bin", name);
}

/** Certificate of the cluster's authority, and the administrator's certificate and key. */
export function clusterCertificates(layout: SandboxLayout): { ca: string; certificate: string; key: string } {
  const pki = join(clusterDirectory(layout), "pki");
  return { ca: join(pki, "ca.crt"), certificate: join(pki, "admin.crt"), key: join(pki, "admin.key") };
}

/** In the arguments of every kwokctl that works on this sandbox. */
export function kwokctlConfigurationFile(layout: SandboxLayout): string {
  return join(layout.kwok, "create.yaml");
}

/** What kwokctl is told, as YAML. Pure. */
export function kwokctlConfiguration(ports: SandboxPorts, programs: ControlPlanePrograms): string {
  return stringify({
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: loopback,
      // kwok answers for a simulated pod's ports from a local process: what reaches a pod by a port-forward needs no change.
      enableCRDs: ["PortForward", "ClusterPortForward"],
      kubeApiserverPort: ports.apiServer,
      etcdPort: ports.etcd,
      etcdPeerPort: ports.etcdPeer,
      kubeControllerManagerPort: ports.controllerManager,
      kubeSchedulerPort: ports.scheduler,
      kwokControllerPort: ports.kwok,
      etcdBinary: programs.etcd,
      kubeApiserverBinary: programs["kube-apiserver"],
      kubeControllerManagerBinary: programs["kube-controller-manager"],
      kubeSchedulerBinary: programs["kube-scheduler"],
      kwokControllerBinary: programs["kwok-controller"],
    },
    // Without it the API server looks for the address of a network, and does not start on a machine that is offline.
    componentsPatches: [
      { name: "kube-apiserver", extraArgs: [{ key: "advertise-address", value: advertisedAddress }] },
    ],
  });
}

/**
 * kwokctl asks `kubectl` whether the API server answers, and would download one. This script stands in for that single
 * question. Pure.
 *
 * @param node absolute path of Node.js
 * @param authority path of the certificate that the API server's must be signed by
 */
export function kubectlScript(node: string, port: number, authority: string): string {
  const question = [
    `const ca = require("fs").readFileSync(${JSON.stringify(authority)});`,
    `require("https").get({ host: "${loopback}", port: ${port}, path: "/readyz", ca, timeout: 2000 },`,
    `  (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))`,
    `  .on("timeout", () => process.exit(1)).on("error", () => process.exit(1));`,
  ].join("\n");
  return `#!/bin/sh\nexec ${quoted(node)} -e ${quoted(question)}\n`;
}

/**
 * Makes the cluster and starts its components. They run when it is done, but nobody has recorded them yet.
 *
 * @throws UserError with the end of kwokctl's log when it fails
 */
export async function createCluster(o: {
  layout: SandboxLayout;
  ports: SandboxPorts;
  programs: ControlPlanePrograms;
  table: ProcessTable;
  signal: AbortSignal;
}): Promise<void> {
  const { layout, table } = o;
  const path = join(layout.kwok, "path");
  const configuration = kwokctlConfigurationFile(layout);
  const logFile = join(layout.logs, "kwokctl.log");
  await privateDirectory(path);
  await privateDirectory(layout.logs);
  await writePrivateFile(configuration, kwokctlConfiguration(o.ports, o.programs));
  await writePrivateFile(join(path, "kubectl"), kubectlScript(process.execPath, o.ports.apiServer, clusterCertificates(layout).ca));
  await chmod(join(path, "kubectl"), 0o700);

  const log = await open(logFile, "w", 0o600);
  try {
    // Without a kubeconfig to write to, kwokctl writes to its own directory only; its components inherit this environment.
    const args = ["create", "cluster", "--name", clusterName, "--config", configuration, "--kubeconfig="];
    const child = spawn(o.programs.kwokctl, args, {
      detached: true,
      env: { PATH: path, HOME: layout.kwok },
      stdio: ["ignore", log.fd, log.fd],
    });
    const exit = once(child, "exit") as Promise<[number | null, string | null]>;
    exit.catch(() => undefined);
    await once(child, "spawn");
    await table.record("kwokctl", child.pid ?? 0, o.programs.kwokctl).catch(ignoreEnded);
    try {
      const [code] = await bounded(exit, o.signal, createTimeoutMs);
      if (code !== 0) throw await controlPlaneFailure("kwokctl could not make the cluster", logFile);
    } finally {
      // It keeps nothing that matters: whatever it has started is found by its command line.
      await table.end("kwokctl", { graceSeconds: 0.5 });
    }
  } finally {
    await log.close();
  }
  const { ca, certificate, key } = clusterCertificates(layout);
  for (const file of [ca, certificate, key, ca.replace(/crt$/, "key")]) await chmod(file, 0o600);
  // From here on the process table says what runs.
  await rm(join(clusterDirectory(layout), "pids"), { recursive: true, force: true });
}

/**
 * The components as kwokctl made them.
 *
 * @param text content of kwok.yaml
 * @param directory where the cluster is expected to be
 * @throws UserError when the file belongs to another directory (the checkout was moved) or lacks a component
 */
export function parseComponents(text: string, directory: string): Component[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as unknown);
  const found = documents.flatMap((document) => {
    const parsed = configurationSchema.safeParse(document);
    return parsed.success ? parsed.data.components : [];
  });
  return componentNames.map((name) => {
    const component = found.find((one) => one.name === name);
    if (component?.workDir !== directory) {
      throw new UserError(
        component === undefined
          ? `The record of the sandbox's cluster in ${directory} lacks ${name}.`
          : `This sandbox was made in ${component.workDir}; it cannot be moved to ${directory}.`,
        "Run `npm run sandbox:delete` and start again.",
      );
    }
    return { name, args: component.args, env: environmentOf(component.envs) };
  });
}

function environmentOf(variables: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, value }): [string, string] => [name, value]));
}

const configurationSchema = z.object({
  kind: z.literal("KwokctlConfiguration"),
  components: z.array(
    z.object({
      name: z.string(),
      workDir: z.string(),
      args: z.array(z.string()),
      envs: z.array(z.object({ name: z.string(), value: z.string().default("") })).default([]),
    }),
  ),
});

/** @throws UserError, see {@link parseComponents} */
export async function readComponents(layout: SandboxLayout): Promise<Component[]> {
  const directory = clusterDirectory(layout);
  try {
    return parseComponents(await readFile(join(directory, "kwok.yaml"), "utf8"), directory);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `The record of the sandbox's cluster in ${directory} cannot be read.`,
      "Run `npm run sandbox:delete` and start again.",
      { cause: error },
    );
  }
}

/** Points the component's link at its program, which may have moved or been built anew since the cluster was made. */
export async function linkBinary(layout: SandboxLayout, name: ComponentName, program: string): Promise<string> {
  const link = componentBinary(layout, name);
  await rm(link, { force: true });
  await symlink(program, link);
  return link;
}

/** An error that shows the last lines of a log. */
export async function controlPlaneFailure(what: string, logFile: string): Promise<UserError> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const tail = text.trimEnd().split("\n").slice(-5).map((line) => `    ${line.slice(0, 300)}`);
  return new UserError(
    [`${what}. The end of ${logFile}:`, ...tail].join("\n"),
    "Start again; if that does not help, run `npm run sandbox:delete` first.",
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
