/** Looks for marked secrets wherever they could have leaked to. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ClusterObject, title } from "./cluster-objects.ts";

/** Where one of the marks was found, in words; the mark itself is not repeated. */
export type Leak = string;

/** Every file below a directory that holds a mark, also base64 and gzip in it. */
export async function leaksInFiles(directory: string, marks: readonly string[], ignore: (path: string) => boolean): Promise<Leak[]> {
  const leaks: Leak[] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || ignore(path)) continue;
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    if (holds(content, marks)) leaks.push(path.slice(directory.length + 1));
  }
  return leaks.sort();
}

/** Objects that hold a mark anywhere, after decoding base64, gzip and Helm's releases. */
export function leaksInObjects(objects: readonly ClusterObject[], marks: readonly string[]): Leak[] {
  return objects.filter(({ object }) => strings(object).some((text) => holds(Buffer.from(text), marks))).map(title);
}

/** Arguments and environment of every process that can be read. */
export async function leaksInProcesses(marks: readonly string[]): Promise<Leak[]> {
  const leaks: Leak[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    for (const part of ["cmdline", "environ"]) {
      const content = await readFile(`/proc/${pid}/${part}`).catch(() => Buffer.alloc(0));
      if (marks.some((mark) => content.includes(mark))) leaks.push(`${part} of ${content.toString().split("\0")[0] ?? pid}`);
    }
  }
  return leaks;
}

/** Whether bytes hold a mark: as they are, as base64 of it at any offset, or inside base64 and gzip, however nested. */
function holds(content: Buffer, marks: readonly string[], depth = 0): boolean {
  if (marks.some((mark) => content.includes(mark))) return true;
  if (depth === 5) return false;
  if (content[0] === 0x1f && content[1] === 0x8b) {
    try {
      return holds(gunzipSync(content), marks, depth + 1);
    } catch {
      return false;
    }
  }
  const text = content.toString("latin1");
  for (const [candidate] of text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)) {
    if (holds(Buffer.from(candidate, "base64"), marks, depth + 1)) return true;
  }
  return false;
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...strings(member)]);
}
