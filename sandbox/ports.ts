/** The sandbox's ports: chosen free when it is made, the same ever after. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { UserError } from "../config/user-error.ts";
import { errorCode } from "./files.ts";
import { loopback, type SandboxPorts } from "./layout.ts";
import { portHolder } from "./sockets.ts";

export type PortName = keyof SandboxPorts;

/** In the order of the block that they are taken from. */
export const portNames = [
  "apiServer",
  "etcd",
  "etcdPeer",
  "controllerManager",
  "scheduler",
  "kwok",
  "operator",
  "prometheus",
  "alertmanager",
  "exporter",
  "hooks",
  "smtp",
  "inbox",
  "charts",
] as const satisfies readonly PortName[];

/**
 * Blocks are taken from below the ports that systems give to outgoing connections (Linux from 32768, macOS from 49152) and
 * below Kubernetes' node ports: a stopped sandbox must find its ports free again.
 */
const range = { first: 20_000, last: 29_999 } as const;
const blockSize = 20;
const attempts = 100;

/** Whether a program could listen on this port of 127.0.0.1 now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (["EADDRINUSE", "EACCES"].includes(errorCode(error) ?? "")) resolve(false);
      else reject(error);
    });
    server.listen({ host: loopback, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Fourteen ports side by side that are free now. A random block: two sandboxes that are made at the same moment hardly ever
 * choose the same one.
 *
 * @throws UserError when none of many blocks is free
 */
export async function choosePorts(free: (port: number) => Promise<boolean> = isFree): Promise<SandboxPorts> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const base = range.first + blockSize * randomInt((range.last + 1 - range.first) / blockSize);
    const taken = await Promise.all(portNames.map(async (_, index) => !(await free(base + index))));
    if (!taken.includes(true)) return portsFrom(base);
  }
  throw new UserError(
    `There are no ${portNames.length} free ports side by side on ${loopback} between ${range.first} and ${range.last}.`,
    "End programs that listen there, then try again.",
  );
}

/** The ports from `base` on, one for each name. */
export function portsFrom(base: number): SandboxPorts {
  return Object.fromEntries(portNames.map((name, index) => [name, base + index])) as Record<PortName, number>;
}

/**
 * @param running ports on which the sandbox's own processes listen already
 * @throws UserError that names every other port which is taken, and by which program where that can be found out
 */
export async function assertPortsAvailable(ports: SandboxPorts, running: ReadonlySet<PortName>): Promise<void> {
  const problems: string[] = [];
  for (const name of portNames) {
    if (running.has(name) || (await isFree(ports[name]))) continue;
    const holder = await portHolder(ports[name]);
    const who = holder === undefined ? "another program" : `process ${holder.pid} (${holder.program})`;
    problems.push(`Port ${ports[name]} on ${loopback}, which this sandbox uses (${name}), is taken by ${who}.`);
  }
  if (problems.length === 0) return;
  throw new UserError(
    problems.join("\n"),
    "End that program, or run `npm run sandbox:delete` and start again: a new sandbox takes other ports.",
  );
}
