/** Writing planned files below the directory that plays a pod's root, and nothing else there. */
import { randomBytes } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, privateDirectory } from "../files.ts";

/**
 * Makes the directory hold exactly these files (mode 0600, directories 0700). A file whose content is right is not
 * touched; one that changes is replaced in one step.
 *
 * @param files absolute path -> content; all below `root`
 * @param keep directories below `root` whose content belongs to the process
 */
export async function syncFiles(
  root: string,
  files: ReadonlyMap<string, Buffer>,
  keep: readonly string[],
): Promise<void> {
  await privateDirectory(root);
  for (const directory of keep) await privateDirectory(directory);
  await removeOthers(root, files, keep);
  for (const [path, content] of files) {
    if ((await contentOf(path))?.equals(content) === true) continue;
    await privateDirectory(dirname(path));
    await replaceFile(path, content);
  }
}

async function removeOthers(
  directory: string,
  files: ReadonlyMap<string, Buffer>,
  keep: readonly string[],
): Promise<void> {
  const above = (path: string): boolean => [...files.keys(), ...keep].some((kept) => kept.startsWith(`${path}/`));
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() ? keep.includes(path) : files.has(path)) continue;
    if (entry.isDirectory() && above(path)) await removeOthers(path, files, keep);
    else await rm(path, { recursive: true, force: true });
  }
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The name in between must match no pattern for which a program reads the directory, such as `*.yaml`. */
async function replaceFile(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
