/** What an operation that was killed leaves behind, mended before the next one. */
import { readFile, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** A lock file of Pulumi's file backend. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

/**
 * Removes the locks of a file backend whose owner is proven dead: a process of this machine that is not there any more. Any
 * other lock stays, because somebody may be at work.
 *
 * @param backend directory of the file backend
 * @returns how many were removed
 */
export async function removeStaleLocks(backend: string): Promise<number> {
  const root = join(backend, ".pulumi", "locks");
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  let removed = 0;
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const file = join(entry.parentPath, entry.name);
    const lock = parseLock(await readFile(file, "utf8").catch(() => ""));
    if (lock?.hostname !== hostname() || isRunning(lock.pid)) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

function parseLock(text: string): Lock | undefined {
  try {
    const value = JSON.parse(text) as Partial<Lock>;
    return typeof value.pid === "number" && typeof value.hostname === "string"
      ? { pid: value.pid, hostname: value.hostname }
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
