/** A checkout of the benchmark's own: the files of this one with a sandbox of its own, so that nobody's sandbox is touched. */
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCommandLines } from "../sandbox/process-info.ts";
import { deleteSandbox } from "../sandbox/sandbox.ts";

const original = join(import.meta.dirname, "..");

/** What is not part of the project's files. */
const notCopied = new Set(["node_modules", ".git", ".belfry", "dist"]);

/** Makes the checkout in `directory`, which is there and empty. */
export async function fillCheckout(directory: string): Promise<void> {
  for (const name of await readdir(original)) {
    if (notCopied.has(name)) continue;
    await cp(join(original, name), join(directory, name), { recursive: true });
  }
  // Links to the packages one by one, in a directory of its own: an installation in there could never empty the original's.
  const packages = join(directory, "node_modules");
  await mkdir(packages);
  const lock = ".package-lock.json";
  for (const name of await readdir(join(original, "node_modules"))) {
    if (name !== lock) await symlink(join(original, "node_modules", name), join(packages, name));
  }
  // Last, and newer than the copied package-lock.json: npm start takes the packages for installed, which they are.
  await cp(join(original, "node_modules", lock), join(packages, lock));
}

/** @returns path of a new directory that only its owner can read */
export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "belfry-bench-"));
}

/**
 * Ends the sandbox of a checkout, then removes the directory that holds both.
 *
 * @returns command lines of processes that work for it and still run; empty when all is well
 */
export async function removeCheckout(directory: string, checkout: string): Promise<string[]> {
  await deleteSandbox({ checkout, report: () => undefined });
  await rm(directory, { recursive: true, force: true });
  return (await listCommandLines()).map(({ line }) => line).filter((line) => line.includes(directory));
}
