/** Puts the stand-in providers where the engine finds them: as programs on its PATH. */
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { SandboxLayout } from "../../layout.ts";

/**
 * Writes `pulumi-resource-kubernetes` and `pulumi-resource-random` into `layout.providerPath`.
 *
 * @param o.helm absolute path of Helm
 */
export async function installStandinProviders(o: {
  readonly layout: Pick<SandboxLayout, "providerPath">;
  readonly helm: string;
}): Promise<void> {
  const directory = o.layout.providerPath;
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await Promise.all([
    install(
      join(directory, "pulumi-resource-kubernetes"),
      wrapper(process.execPath, loader, [source("kubernetes.ts"), "--helm", o.helm]),
    ),
    install(join(directory, "pulumi-resource-random"), wrapper(process.execPath, loader, [source("random.ts")])),
  ]);
}

/** A shell script that becomes the provider: the engine ends the process that it started. Pure. */
export function wrapper(node: string, loader: string, args: readonly string[]): string {
  const words = [node, "--import", loader, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
}

async function install(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content, { mode: 0o700 });
  await chmod(temporary, 0o700);
  await rename(temporary, path);
}
