/**
 * The environment that Belfry's command, and so every process it starts, works in: an allow-list. What is not named here does
 * not reach a child process, so a secret in somebody's shell cannot leak into a log of theirs. The names stand in
 * `environment.json`, because `start.mjs` applies them too, before any TypeScript can run: `machine` for everything,
 * `ownCluster` (the way to a cluster, to the state and to the secrets provider) and the clouds' credentials, which exec plugins
 * in a kubeconfig, backends and key services read, only for stacks on a cluster of the user's own.
 */

import names from "./environment.json" with { type: "json" };

/** Whose stack a command works on: the sandbox's needs nothing of the user's clusters and clouds. */
export type EnvironmentScope = "sandbox" | "ownCluster";

/** @returns the variables of `environment` that are allowed in `scope` */
export function allowedEnvironment(environment: NodeJS.ProcessEnv, scope: EnvironmentScope): Record<string, string> {
  const allowedNames = new Set(scope === "sandbox" ? names.machine : [...names.machine, ...names.ownCluster]);
  const allowed = (name: string) =>
    allowedNames.has(name) ||
    name.startsWith("LC_") ||
    (scope === "ownCluster" && names.cloudPrefixes.some((prefix) => name.startsWith(prefix)));
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && allowed(entry[0])),
  );
}

/**
 * Takes everything else out of this process's own environment. The Automation API adds its own variables to `process.env`
 * when it starts the engine, so a restricted copy would not be enough.
 */
export function restrictEnvironment(scope: EnvironmentScope): void {
  const allowed = allowedEnvironment(process.env, scope);
  for (const name of Object.keys(process.env)) {
    if (!(name in allowed)) Reflect.deleteProperty(process.env, name);
  }
}
