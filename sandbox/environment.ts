/** Variables that processes of the sandbox get. Everything else in the user's environment stays with the user. */
const passedOn = ["PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME"] as const;

/** @returns the allow-listed variables of `environment`, and `extra` */
export function sandboxProcessEnvironment(
  environment: NodeJS.ProcessEnv,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of passedOn) {
    const value = environment[name];
    if (value !== undefined) passed[name] = value;
  }
  return { ...passed, ...extra };
}
