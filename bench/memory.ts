/** Memory of a process and of all that it started, on Linux. */
import { readFile } from "node:fs/promises";
import { platform } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { errorCode } from "../sandbox/files.ts";
import { listProcesses, withDescendants } from "../sandbox/process-info.ts";

/** Often enough for a peak that lasts; each look costs some milliseconds of the machine that is being measured. */
const intervalMilliseconds = 300;

/**
 * Watches until `ended` settles. Pages that processes share count once (Pss), so the sum is what the machine gives.
 *
 * @returns the largest sum that was seen, in MiB; undefined where the system does not tell
 */
export async function peakMemory(pid: number, ended: Promise<unknown>): Promise<number | undefined> {
  if (platform() !== "linux") return undefined;
  let over = false;
  const end = () => {
    over = true;
  };
  const stopped = ended.then(end, end);
  let peak = 0;
  // Set by a callback, which the compiler does not see.
  while (!(over as boolean)) {
    const members = withDescendants([pid], await listProcesses());
    const parts = await Promise.all(members.map(proportionalKibibytes));
    peak = Math.max(peak, parts.reduce((sum, part) => sum + part, 0));
    await Promise.race([stopped, delay(intervalMilliseconds)]);
  }
  return peak === 0 ? undefined : peak / 1024;
}

/** @param text content of /proc/PID/smaps_rollup. @returns KiB; 0 when nothing is told */
export function parsePss(text: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
}

/** A process may end between being listed and being read. */
async function proportionalKibibytes(pid: number): Promise<number> {
  try {
    return parsePss(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"));
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errorCode(error) ?? "")) return 0;
    throw error;
  }
}
