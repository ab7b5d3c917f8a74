/**
 * What the system tells about processes: the identity that a pid alone does not give, and who belongs to whom. Linux has it
 * in /proc; elsewhere `ps` tells it.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { platform } from "node:os";
import { promisify } from "node:util";
import { errorCode, readIfThere } from "./files.ts";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Process group; equal to the pid for the group's leader. */
  readonly group: number;
  /** Ended, but nobody has asked for its exit code: it runs nothing and holds nothing. */
  readonly zombie: boolean;
  /**
   * Distinguishes processes that had the same pid one after the other. Linux: the boot's id and the clock ticks from the boot
   * to the start; elsewhere the time of the start to the second.
   */
  readonly startTime: string;
}

/** @returns `undefined` when there is no such process */
export async function processInfo(pid: number): Promise<ProcessInfo | undefined> {
  if (platform() !== "linux") return (await psList(["-p", String(pid)])).at(0);
  const stat = await readProc(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStat(stat, await bootId());
}

/** Every process that can be seen. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  if (platform() !== "linux") return psList(["-ax"]);
  const boot = await bootId();
  const stats = await Promise.all((await processIds()).map((pid) => readProc(`/proc/${pid}/stat`)));
  return stats.flatMap((stat) => (stat === undefined ? [] : [parseStat(stat, boot)]));
}

/** Program and arguments of every process that can be seen, as far as they can be read. */
export async function listCommandLines(): Promise<{ pid: number; line: string }[]> {
  if (platform() === "linux") {
    const lines = await Promise.all(
      (await processIds()).map(async (pid) => ({ pid, line: (await readProc(`/proc/${pid}/cmdline`)) ?? "" })),
    );
    return lines
      .map(({ pid, line }) => ({ pid, line: line.replace(/\0+$/, "").replaceAll("\0", " ") }))
      .filter(({ line }) => line !== "");
  }
  return parseCommandLines(await ps(["-axww", "-o", "pid=,command="]));
}

/** `pids` and all that were started by them, directly or not. */
export function withDescendants(pids: readonly number[], processes: readonly ProcessInfo[]): number[] {
  const found = new Set(pids);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** @param stat content of /proc/PID/stat: the program's name in it may hold spaces and parentheses */
export function parseStat(stat: string, boot: string): ProcessInfo {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  // The third field of proc(5), the state, is the first one after the name.
  const fields = stat.slice(close + 2).trim().split(" ");
  const field = (number: number): string => fields[number - 3] ?? "";
  return {
    pid: Number(stat.slice(0, open).trim()),
    parent: Number(field(4)),
    group: Number(field(5)),
    zombie: field(3) === "Z" || field(3) === "X",
    startTime: `${boot}:${field(22)}`,
  };
}

/** @param text lines of `ps -o pid=,ppid=,pgid=,stat=,lstart=` */
export function parsePs(text: string): ProcessInfo[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, stat, startTime] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (pid === undefined || stat === undefined || startTime === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), zombie: stat.startsWith("Z"), startTime }];
  });
}

/** @param text lines of `ps -o pid=,command=` */
export function parseCommandLines(text: string): { pid: number; line: string }[] {
  return text.split("\n").flatMap((row) => {
    const [, pid, line] = /^\s*(\d+)\s+(.*)$/.exec(row) ?? [];
    return pid === undefined || line === undefined ? [] : [{ pid: Number(pid), line }];
  });
}

async function processIds(): Promise<number[]> {
  return (await readdir("/proc")).map(Number).filter(Number.isInteger);
}

/** A process may end between being listed and being read. */
async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

/** Ticks count from the boot, so they mean nothing after the next one. */
async function bootId(): Promise<string> {
  return ((await readIfThere("/proc/sys/kernel/random/boot_id")) ?? "").trim().slice(0, 8);
}

async function psList(selection: readonly string[]): Promise<ProcessInfo[]> {
  return parsePs(await ps([...selection, "-o", "pid=,ppid=,pgid=,stat=,lstart="]));
}

/** `ps` answers with exit code 1 when nothing matches. */
async function ps(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", args, {
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    if (error instanceof Error && "stdout" in error && typeof error.stdout === "string" && "code" in error && error.code === 1) {
      return error.stdout;
    }
    throw error;
  }
}
