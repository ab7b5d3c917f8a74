/** Programs that are on PATH already, in exactly the pinned version. */
import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Program } from "./programs.ts";
import { run } from "./process.ts";

/** A program that does not answer in this time is not the one that is looked for. */
const answerMilliseconds = 10_000;

/** @returns the path of the first one on PATH when it tells exactly the pinned version; a program that cannot tell is not taken */
export async function findOnPath(program: Program, environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string | undefined> {
  if (program.tells === undefined) return undefined;
  const found = await which(program.name, environment);
  // In a shell that was set up for a sandbox, PATH leads to that sandbox's links, which come and go with it.
  const path = found === undefined ? undefined : await realpath(found);
  if (path === undefined) return undefined;
  const timeout = AbortSignal.timeout(answerMilliseconds);
  try {
    const { stdout, stderr } = await run(path, program.tells.args, {
      env: { PATH: environment["PATH"] ?? "", HOME: environment["HOME"] ?? "/", PULUMI_SKIP_UPDATE_CHECK: "true" },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return toldVersion(program, `${stdout}\n${stderr}`) === program.version ? path : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) return undefined;
    throw error;
  }
}

/** @param output everything that the program printed */
export function toldVersion(program: Program, output: string): string | undefined {
  return program.tells?.pattern.exec(output)?.[1];
}

async function which(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (environment["PATH"] ?? "").split(delimiter)) {
    if (directory === "") continue;
    const path = join(directory, name);
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}
