/** The sandbox's programs for tests: obtained as a user's command obtains them, each once in a test run. */
import { obtainTools, type ProgramName, programNames } from "../../sandbox/tools/index.ts";

const { signal } = new AbortController();

/**
 * @param names all programs by default
 * @returns absolute paths; what is not there yet is built, which takes minutes
 */
export async function sandboxTools<Name extends ProgramName = ProgramName>(
  names: readonly Name[] = programNames as readonly Name[],
): Promise<Record<Name, string>> {
  const paths = obtainTools(names, { signal, report: () => undefined });
  const found = await Promise.all(names.map(async (name) => [name, await paths[name]] as const));
  return Object.fromEntries(found) as Record<Name, string>;
}
