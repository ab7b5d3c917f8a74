/** Which sockets a process listens on, as Linux tells it in /proc. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { platform } from "node:os";
import { errorCode } from "./files.ts";
import { listProcesses, withDescendants } from "./process-info.ts";

export interface ListeningSocket {
  readonly pid: number;
  readonly protocol: "tcp" | "udp";
  /** `127.0.0.1`, `::1`, `0.0.0.0`, `::`, ... IPv6 is written in full but for `::` and `::1`. */
  readonly address: string;
  readonly port: number;
}

/**
 * Every TCP socket in state LISTEN and every unconnected UDP socket of these processes and of all that they started.
 *
 * @throws Error where there is no /proc
 */
export async function listeningSockets(pids: readonly number[]): Promise<ListeningSocket[]> {
  if (platform() !== "linux") throw new Error("listening sockets can be listed on Linux only");
  const family = withDescendants(pids, await listProcesses());
  const found = await Promise.all(family.map(socketsOf));
  return found.flat().sort((one, other) => one.port - other.port || one.pid - other.pid);
}

/** @returns the process that listens on this TCP port, where that can be found out */
export async function portHolder(port: number): Promise<{ pid: number; program: string } | undefined> {
  if (platform() !== "linux") return undefined;
  const inodes = new Set(
    (await tableOf("self", ["tcp", "tcp6"])).filter((row) => row.port === port).map(({ inode }) => inode),
  );
  if (inodes.size === 0) return undefined;
  for (const { pid } of await listProcesses()) {
    if ((await inodesOf(pid)).some((inode) => inodes.has(inode))) return { pid, program: await programOf(pid) };
  }
  return undefined;
}

interface Row {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

async function socketsOf(pid: number): Promise<ListeningSocket[]> {
  const inodes = new Set(await inodesOf(pid));
  if (inodes.size === 0) return [];
  return (await tableOf(String(pid), ["tcp", "tcp6", "udp", "udp6"]))
    .filter(({ inode }) => inodes.has(inode))
    .map(({ protocol, address, port }) => ({ pid, protocol, address, port }));
}

async function tableOf(process: string, tables: readonly string[]): Promise<Row[]> {
  const texts = await Promise.all(
    tables.map(async (table) => parseSocketTable(table, await readIfReadable(`/proc/${process}/net/${table}`))),
  );
  return texts.flat();
}

/**
 * @param table `tcp`, `tcp6`, `udp` or `udp6`
 * @param text content of /proc/net/TABLE
 * @returns its listening sockets: TCP in state LISTEN, UDP that no peer is set for
 */
export function parseSocketTable(table: string, text: string): Row[] {
  const protocol = table.startsWith("tcp") ? "tcp" : "udp";
  const listening = protocol === "tcp" ? "0A" : "07";
  return text.split("\n").slice(1).flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address, port] = (local ?? "").split(":");
    if (address === undefined || port === undefined || inode === undefined || state !== listening) return [];
    return [{ protocol, address: parseAddress(address), port: Number.parseInt(port, 16), inode }] as const;
  });
}

/** The kernel prints each 32 bits of an address as a number of the machine; every platform of Node.js is little-endian. */
function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(`${bytes[2 * index]}${bytes[2 * index + 1]}`, 16));
  if (groups.slice(0, 7).every((group) => group === 0)) return groups[7] === 0 ? "::" : groups[7] === 1 ? "::1" : full(groups);
  return full(groups);
}

function full(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

async function inodesOf(pid: number): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  try {
    const names = await readdir(directory);
    const targets = await Promise.all(names.map((name) => readlink(`${directory}/${name}`).catch(() => "")));
    return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  } catch (error) {
    if (isUnreadable(error)) return [];
    throw error;
  }
}

async function programOf(pid: number): Promise<string> {
  return (await readIfReadable(`/proc/${pid}/comm`)).trim() || "an unknown program";
}

async function readIfReadable(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isUnreadable(error)) return "";
    throw error;
  }
}

/** The process has ended meanwhile, or it belongs to somebody else. */
function isUnreadable(error: unknown): boolean {
  return ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errorCode(error) ?? "");
}
