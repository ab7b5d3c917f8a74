/**
 * The golden files: what the stacks of the repository render to. Read and compared here; only `npm run golden` writes
 * them.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import { renderStack } from "../../automation/render.ts";

export const goldenStacks = ["dev", "staging", "prod"] as const;

const here = import.meta.dirname;
export const checkout = join(here, "..", "..");

/** What the stack renders to now. */
export function rendered(stack: string): Promise<Map<string, string>> {
  return renderStack({ checkout, stack });
}

/** Content by relative path; empty when there is no such stack. */
export async function golden(stack: string): Promise<Map<string, string>> {
  const directory = join(here, stack);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(
    async (file) => [relative(directory, file).split(sep).join("/"), await readFile(file, "utf8")] as const,
  );
  return new Map(await Promise.all(contents));
}

/** Replaces the golden files of a stack. @returns their number */
export async function rewrite(stack: string): Promise<number> {
  const files = await rendered(stack);
  await rm(join(here, stack), { recursive: true, force: true });
  for (const [path, content] of files) {
    const file = join(here, stack, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return files.size;
}

/**
 * What differs, by file: missing and new files by name, changed ones with the lines that differ and three around them.
 *
 * @returns an empty text when nothing differs
 */
export function describeDifference(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string {
  const paths = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return paths
    .flatMap((path) => {
      const [before, after] = [expected.get(path), actual.get(path)];
      if (before === after) return [];
      if (after === undefined) return [`- ${path} is no longer rendered`];
      if (before === undefined) return [`+ ${path} is new`];
      return [`~ ${path}`, ...changedLines(before.split("\n"), after.split("\n"))];
    })
    .join("\n");
}

/** The lines between what both texts begin and end with. */
function changedLines(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const context = 3;
  return [
    ...before.slice(Math.max(0, start - context), start).map((line) => `    ${line}`),
    ...before.slice(start, before.length - end).map((line) => `  - ${line}`),
    ...after.slice(start, after.length - end).map((line) => `  + ${line}`),
    ...after.slice(after.length - end, after.length - end + context).map((line) => `    ${line}`),
  ];
}
