/**
 * The processes of the sandbox, recorded in a file, so that any later command finds them again. A process is ended only when
 * its pid AND its start time are those recorded: a pid that the system has given to another program since is left alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open, rename } from "node:fs/promises";
import { z } from "zod";
import { errorCode, readIfThere, writePrivateFile } from "./files.ts";
import { withLock } from "./lock.ts";
import { listProcesses, processInfo, type ProcessInfo } from "./process-info.ts";
import { until } from "./wait.ts";

export interface ProcessRecord {
  /** Unique in its table. */
  readonly name: string;
  readonly pid: number;
  /** Identity of the process beyond its pid, see {@link ProcessInfo.startTime}. */
  readonly startTime: string;
  /** The program, for people who read the table. */
  readonly command: string;
}

export interface SpawnOptions {
  /** The whole environment of the process. */
  readonly env: Record<string, string>;
  readonly cwd?: string;
  /** Gets standard output and standard error, appended; mode 0600. */
  readonly logFile: string;
}

export interface EndOptions {
  /** Seconds between SIGTERM and SIGKILL; default 10. */
  readonly graceSeconds?: number;
}

/** Thrown when a process that is to be recorded has ended, or never was. */
export class NoSuchProcess extends Error {
  override readonly name = "NoSuchProcess";
}

const recordsSchema = z.array(
  z.object({ name: z.string(), pid: z.number().int().positive(), startTime: z.string(), command: z.string() }),
);

/** Changes to the file take milliseconds; one who waits longer waits for something that hangs. */
const tableWaitMs = 15_000;
/** Start time of a process that ended before it could be asked for: no process has it. */
const endedAtOnce = "ended at once";
const killWaitMs = 5_000;
const defaultGraceSeconds = 10;
const logBytes = 10 * 1024 * 1024;

/** For what may end between being seen and being recorded: lets that pass. @throws every other error */
export function ignoreEnded(error: unknown): void {
  if (!(error instanceof NoSuchProcess)) throw error;
}

/** Several processes may use the table of one file at the same time. */
export class ProcessTable {
  /** @param file its directory must be there */
  constructor(readonly file: string) {}

  /**
   * Starts a program that outlives this process, as leader of a process group of its own, and records it, also when it has
   * ended by then.
   *
   * @throws Error when the program cannot be started, or when a recorded process of this name runs
   */
  async spawn(name: string, command: string, args: readonly string[], options: SpawnOptions): Promise<ProcessRecord> {
    return this.#change(async (records) => {
      const before = records.find((record) => record.name === name);
      if (before !== undefined && (await isAlive(before))) throw new Error(`${name} already runs as process ${before.pid}`);
      const log = await openLog(options.logFile);
      try {
        const child = spawn(command, [...args], {
          detached: true,
          env: options.env,
          stdio: ["ignore", log.fd, log.fd],
          ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        });
        await once(child, "spawn");
        child.unref();
        const info = await processInfo(child.pid ?? 0);
        // Until Node.js has seen the child's end nobody else can have its pid, so what was read is about the child.
        const seen = child.exitCode === null && child.signalCode === null;
        const startTime = seen && info !== undefined ? info.startTime : endedAtOnce;
        const record = { name, pid: child.pid ?? 0, startTime, command };
        return [replaced(records, record), record];
      } finally {
        await log.close();
      }
    });
  }

  /** Records a running process that something else started. @throws NoSuchProcess */
  async record(name: string, pid: number, command = name): Promise<ProcessRecord> {
    return this.#change(async (records) => {
      const record = await identify(name, pid, command);
      return [replaced(records, record), record];
    });
  }

  /** In the order in which they were recorded, also those that have ended meanwhile. */
  async list(): Promise<ProcessRecord[]> {
    const text = await readIfThere(this.file);
    return text === undefined ? [] : recordsSchema.parse(JSON.parse(text));
  }

  /** False for another process with the same pid, and for one that has ended but was not waited for. */
  async isAlive(record: ProcessRecord): Promise<boolean> {
    return isAlive(record);
  }

  /** @returns the record, whether or not the process still runs */
  async find(name: string): Promise<ProcessRecord | undefined> {
    return (await this.list()).find((record) => record.name === name);
  }

  /**
   * SIGTERM, then SIGKILL: to the recorded process, and to its group where it leads one. Forgets the record. Nothing happens
   * when there is no record, or when the process is not the recorded one any more.
   *
   * @throws Error when the process does not even end after SIGKILL; the record stays
   */
  async end(name: string, { graceSeconds = defaultGraceSeconds }: EndOptions = {}): Promise<void> {
    const record = await this.find(name);
    if (record === undefined) return;
    await endProcess(record, graceSeconds * 1000);
    await this.#change((records) => Promise.resolve([records.filter((other) => !isSame(other, record)), undefined]));
  }

  /** Forgets every record whose process has ended. */
  async forgetEnded(): Promise<void> {
    await this.#change(async (records) => {
      const alive = await Promise.all(records.map(isAlive));
      return [records.filter((_, index) => alive[index]), undefined];
    });
  }

  async #change<T>(work: (records: ProcessRecord[]) => Promise<[ProcessRecord[], T]>): Promise<T> {
    return withLock(`${this.file}.lock`, { purpose: "changing the table of processes", waitMs: tableWaitMs }, async () => {
      const before = await this.list();
      const [after, value] = await work(before);
      if (JSON.stringify(after) !== JSON.stringify(before)) {
        await writePrivateFile(this.file, `${JSON.stringify(after, undefined, 2)}\n`);
      }
      return value;
    });
  }
}

function replaced(records: readonly ProcessRecord[], record: ProcessRecord): ProcessRecord[] {
  return [...records.filter(({ name }) => name !== record.name), record];
}

function isSame(one: ProcessRecord, other: ProcessRecord): boolean {
  return one.name === other.name && one.pid === other.pid && one.startTime === other.startTime;
}

/** A log that has grown long makes room for a new one; the one before it stays as `*.1`. */
async function openLog(file: string): Promise<FileHandle> {
  const log = await open(file, "a", 0o600);
  if ((await log.stat()).size <= logBytes) return log;
  await log.close();
  await rename(file, `${file}.1`);
  return open(file, "a", 0o600);
}

async function identify(name: string, pid: number, command: string): Promise<ProcessRecord> {
  const info = await processInfo(pid);
  if (info === undefined) throw new NoSuchProcess(`${name}: there is no process ${pid}`);
  return { name, pid: info.pid, startTime: info.startTime, command };
}

async function recorded(record: ProcessRecord): Promise<ProcessInfo | undefined> {
  const info = await processInfo(record.pid);
  return info !== undefined && !info.zombie && info.startTime === record.startTime ? info : undefined;
}

async function isAlive(record: ProcessRecord): Promise<boolean> {
  return (await recorded(record)) !== undefined;
}

async function endProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  const info = await recorded(record);
  if (info === undefined) return;
  // Only a leader's group is surely its own; the group of another process holds programs that nobody recorded.
  const target = info.group === info.pid ? -info.pid : info.pid;
  const ended = async (): Promise<true | undefined> => ((await stillThere(record, target)) ? undefined : true);

  signal(target, "SIGTERM");
  if ((await until(ended, { timeoutMs: graceMs, intervalMs: 25 })) === true) return;
  signal(target, "SIGKILL");
  if ((await until(ended, { timeoutMs: killWaitMs, intervalMs: 25 })) === true) return;
  throw new Error(`${record.name} (process ${record.pid}) does not end, not even after SIGKILL`);
}

async function stillThere(record: ProcessRecord, target: number): Promise<boolean> {
  if (await isAlive(record)) return true;
  if (target > 0) return false;
  return (await listProcesses()).some(({ group, zombie }) => group === -target && !zombie);
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
