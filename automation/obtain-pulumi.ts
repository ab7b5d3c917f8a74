/** The pinned engine, for commands on stacks of the user's own. */
import { delimiter, dirname } from "node:path";
import { findOnPath } from "../sandbox/tools/find-on-path.ts";
import { cacheDirectory, obtainTools, planTools } from "../sandbox/tools/index.ts";
import { programOf } from "../sandbox/tools/programs.ts";

/**
 * Looks for the pinned engine, and builds it where it is not on PATH; Go is looked for only then.
 *
 * @returns the directory that PATH must begin with; undefined when PATH is right as it is
 */
export async function obtainPulumi(line: (text: string) => void, signal: AbortSignal): Promise<string | undefined> {
  if ((await findOnPath(programOf("pulumi"), process.env, signal)) !== undefined) return undefined;
  const plan = await planTools(["pulumi"], { signal });
  if (plan.missing.length > 0) {
    line(
      `pulumi will be built from its Go module, once, into ${cacheDirectory(process.env)}: ` +
        `about ${plan.minutes} minutes on two cores, about ${plan.gigabytes} GB of disk with Go's own caches`,
    );
  }
  return dirname(await obtainTools(["pulumi"], { report: line, signal }).pulumi);
}

/** The PATH that begins with a directory. Pure. */
export function pathWith(directory: string | undefined, path: string): string {
  return directory === undefined ? path : [directory, path].join(delimiter);
}
