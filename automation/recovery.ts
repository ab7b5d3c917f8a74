/** What an operation that was killed leaves behind, mended before the next one. */
import { readFile, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** A lock file of Pulumi's file backend. */
export interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/**
 * Removes the locks of a file backend whose owner is proven dead: a process of this machine that is not there any more. Any
 * other lock stays, because somebody may be at work.
 *
 * @param backend directory of the file backend
 * @returns how many were removed
 */
export async function removeStaleLocks(backend: string): Promise<number> {
  let removed = 0;
  for (const { file, lock } of await lockFiles(backend)) {
    if (lock?.hostname !== hostname() || isRunning(lock.pid)) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

/**
 * The locks of one stack.
 *
 * @param backend directory of the file backend
 * @param stack its name in the project
 */
export async function locksOf(backend: string, stack: string): Promise<Lock[]> {
  return (await lockFiles(backend)).flatMap(({ file, lock }) => (lock !== undefined && basename(dirname(file)) === stack ? [lock] : []));
}

async function lockFiles(backend: string): Promise<{ readonly file: string; readonly lock: Lock | undefined }[]> {
  const root = join(backend, ".pulumi", "locks");
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".json")).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => ({ file, lock: parseLock(await readFile(file, "utf8").catch(() => "")) })));
}

function parseLock(text: string): Lock | undefined {
  try {
    const value = JSON.parse(text) as Partial<Lock>;
    return typeof value.pid === "number" && typeof value.hostname === "string"
      ? { pid: value.pid, hostname: value.hostname, username: value.username ?? "unknown", timestamp: value.timestamp ?? "" }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
