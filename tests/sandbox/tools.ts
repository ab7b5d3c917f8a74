/** The sandbox's programs for tests: obtained as a user's command obtains them, each once in a test run. */
import { obtainTools, type ProgramName, programNames } from "../../sandbox/tools/index.ts";

const { signal } = new AbortController();

/**
 * @param names all programs by default
 * @returns absolute paths; what is not there yet is built, which takes minutes
 */
export async function sandboxTools(names: readonly ProgramName[] = programNames): Promise<Record<ProgramName, string>> {
  const paths = obtainTools(names, { signal, report: () => undefined });
  const found = await Promise.all(names.map(async (name): Promise<[ProgramName, string]> => [name, await paths[name]]));
  return Object.fromEntries(found) as Record<ProgramName, string>;
}
