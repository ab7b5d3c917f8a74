/**
 * A lock that several processes share, kept in a file that names its holder by pid and start time. A holder that was killed
 * is followed by the next one who asks: it leaves a claim beside the lock that only one process can make, so two that see
 * the same dead holder at the same moment cannot both go on.
 */
import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, readIfThere } from "./files.ts";
import { processInfo } from "./process-info.ts";
import { pause } from "./wait.ts";

export interface LockHolder {
  readonly pid: number;
  readonly startTime: string;
  /** What it is doing, in words that a user knows: `npm run sandbox:stop`. */
  readonly purpose: string;
  /** Different for every acquisition, also by the same process. */
  readonly id: string;
}

export interface LockOptions {
  readonly purpose: string;
  /** How long to wait for another holder to be done; default 0. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Thrown when another process holds the lock (and still does after `waitMs`). */
export class LockHeld extends Error {
  override readonly name = "LockHeld";

  constructor(
    readonly file: string,
    readonly holder: LockHolder,
  ) {
    super(`${basename(file)} is held by process ${holder.pid} (${holder.purpose})`);
  }
}

/** Runs `work` while this process holds the lock; its directory must be there. @throws LockHeld */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const release = await acquireLock(file, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** @returns the function that releases the lock. @throws LockHeld */
export async function acquireLock(file: string, options: LockOptions): Promise<() => Promise<void>> {
  const own = await processInfo(process.pid);
  if (own === undefined) throw new Error("this process cannot be found in the list of processes");
  const me: LockHolder = {
    pid: process.pid,
    startTime: own.startTime,
    purpose: options.purpose,
    id: randomBytes(8).toString("hex"),
  };
  const deadline = performance.now() + (options.waitMs ?? 0);
  for (;;) {
    const chain = await readChain(file);
    const last = chain.at(-1);
    if (last !== undefined && (await isAlive(last.holder))) {
      if (performance.now() >= deadline) throw new LockHeld(file, last.holder);
      await pause(20, options.signal);
      continue;
    }
    const claim = last === undefined ? file : claimAfter(file, last.holder);
    if (!(await createExclusively(claim, me))) continue;
    // Meanwhile the lock may have been released and taken anew: then this claim follows nobody.
    const now = await readChain(file);
    if (now.at(-1)?.holder.id === me.id) return () => release(file, now);
    await rm(claim, { force: true });
  }
}

interface Claim {
  readonly path: string;
  readonly holder: LockHolder;
}

/** The lock's file and the claims that follow it, each made after the holder before it was found dead. The last one counts. */
async function readChain(file: string): Promise<Claim[]> {
  const chain: Claim[] = [];
  for (let path = file; ; ) {
    const holder = parseHolder(await readIfThere(path));
    if (holder === undefined) return chain;
    chain.push({ path, holder });
    path = claimAfter(file, holder);
  }
}

function claimAfter(file: string, dead: LockHolder): string {
  return `${file}.after-${dead.id}`;
}

/** The lock's file goes first: a claim without it follows nobody and is free to be removed. */
async function release(file: string, chain: readonly Claim[]): Promise<void> {
  await rm(file, { force: true });
  for (const { path } of chain) await rm(path, { force: true });
}

/** A link appears with its whole content, or not at all. */
async function createExclusively(path: string, holder: LockHolder): Promise<boolean> {
  const temporary = `${path}.${holder.id}.tmp`;
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function isAlive(holder: LockHolder): Promise<boolean> {
  const info = await processInfo(holder.pid);
  return info !== undefined && !info.zombie && info.startTime === holder.startTime;
}

function parseHolder(text: string | undefined): LockHolder | undefined {
  if (text === undefined) return undefined;
  const { pid, startTime, purpose, id } = JSON.parse(text) as Partial<LockHolder>;
  if (typeof pid !== "number" || typeof startTime !== "string" || typeof purpose !== "string" || typeof id !== "string") {
    throw new Error(`a lock's file does not name its holder: ${text}`);
  }
  return { pid, startTime, purpose, id };
}
