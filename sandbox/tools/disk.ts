/** Whether the disks have the room that a build needs. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../config/user-error.ts";

export interface DiskNeed {
  readonly path: string;
  readonly gigabytes: number;
  /** The variable that names another place. */
  readonly variable: string;
}

/** Free bytes on the disk of a path. */
export type FreeBytes = (path: string) => Promise<number>;

/** @throws UserError that names every place without enough room */
export async function checkDisk(needs: readonly DiskNeed[], free: FreeBytes = freeBytes): Promise<void> {
  const short: { need: DiskNeed; has: number }[] = [];
  for (const need of needs) {
    const has = (await free(need.path)) / 1e9;
    if (has < need.gigabytes) short.push({ need, has });
  }
  if (short.length === 0) return;
  throw new UserError(
    short
      .map(({ need, has }) => `not enough disk space at ${need.path}: ${need.gigabytes} GB are needed, ${has.toFixed(1)} GB are free.`)
      .join("\n"),
    `Free some, or name another place with ${short.map(({ need }) => need.variable).join(" and ")}, then run the command again.`,
  );
}

/** The directory itself may not be there yet: then the nearest one above it that is. */
async function freeBytes(path: string): Promise<number> {
  for (let place = path; ; place = dirname(place)) {
    try {
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    } catch (error) {
      if (place === dirname(place)) throw error;
    }
  }
}
