/** The same charts with the same values, installed by Helm's own command one after the other: what `up` is compared with. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { programDirectory } from "../automation/start/sandbox-stack.ts";
import { releaseNames } from "../components/shared/names.ts";
import { chartSource } from "../components/shared/release.ts";
import { charts } from "../config/versions.ts";
import { UserError } from "../config/user-error.ts";
import { orUndefinedIf, sandboxKube } from "../sandbox/kube.ts";
import { sandboxContext, type SandboxLayout } from "../sandbox/layout.ts";
import { until } from "../sandbox/wait.ts";
import { type ChildResult, runChild } from "./child.ts";

export interface HelmOptions {
  readonly layout: SandboxLayout;
  /** Where values and Helm's own files may be put. */
  readonly directory: string;
  /** The allow-listed environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Chart repository of this run; the charts' own ones when absent. */
  readonly mirror: string | undefined;
  readonly signal: AbortSignal;
}

/** The releases as the deployed stack has them. */
export interface HelmReleases {
  readonly namespace: string;
  /** Files with their values, in the order of installation. */
  readonly installs: readonly { readonly name: string; readonly valuesFile: string }[];
}

/** Seconds, as the program gives them to the provider. */
const timeout = "600s";
const deletionMilliseconds = 120_000;

/** Reads which values the deployed stack's releases have, so that Helm gets the very same. */
export async function recordReleases(options: HelmOptions): Promise<HelmReleases> {
  const listed = await helm(options, ["list", "--all-namespaces", "--output", "json"]);
  const releases = JSON.parse(listed.stdout) as { name: string; namespace: string }[];
  const namespace = releases.find(({ name }) => name === releaseNames.stack)?.namespace;
  if (namespace === undefined) throw new Error(`release ${releaseNames.stack} is not deployed`);
  const installs = [];
  for (const name of [releaseNames.crds, releaseNames.stack]) {
    const { stdout } = await helm(options, ["get", "values", name, "--namespace", namespace, "--output", "json"]);
    const valuesFile = join(options.directory, `values-${name}.json`);
    await writeFile(valuesFile, stdout, { mode: 0o600 });
    installs.push({ name, valuesFile });
  }
  return { namespace, installs };
}

/** @returns milliseconds that the commands took together */
export async function installInTurn(options: HelmOptions, { namespace, installs }: HelmReleases): Promise<number> {
  let milliseconds = 0;
  for (const { name, valuesFile } of installs) {
    const where = ["--namespace", namespace, "--create-namespace"];
    const args = ["install", name, ...chartArguments(name, options.mirror), ...where, "--values", valuesFile];
    milliseconds += (await helm(options, [...args, "--wait", "--timeout", timeout])).milliseconds;
  }
  return milliseconds;
}

/** Makes the cluster as empty as `destroy` leaves it. */
export async function uninstall(options: HelmOptions, { namespace, installs }: HelmReleases): Promise<void> {
  for (const { name } of installs.toReversed()) {
    await helm(options, ["uninstall", name, "--namespace", namespace, "--ignore-not-found", "--wait", "--timeout", timeout]);
  }
  const api = sandboxKube(options.layout.kubeconfig).makeApiClient(CoreV1Api);
  // The operator makes this Service at run time, so no chart deletes it; in the stack it belongs to the program.
  await orUndefinedIf(404, api.deleteNamespacedService({ name: `${releaseNames.stack}-kubelet`, namespace: "kube-system" }));
  await orUndefinedIf(404, api.deleteNamespace({ name: namespace }));
  const gone = await until(
    async () => ((await orUndefinedIf(404, api.readNamespace({ name: namespace }))) === undefined ? true : undefined),
    { signal: options.signal, timeoutMs: deletionMilliseconds },
  );
  if (gone === undefined) throw new Error(`namespace ${namespace} is still there ${deletionMilliseconds / 1000} s after its deletion`);
}

function chartArguments(name: string, mirror: string | undefined): string[] {
  const pin = Object.values(charts).find((chart) => chart.name === name);
  if (pin === undefined) throw new Error(`no chart is called ${name}`);
  const { chart, version, repositoryOpts } = chartSource(pin, mirror);
  return [chart, "--version", version, ...(repositoryOpts === undefined ? [] : ["--repo", repositoryOpts.repo])];
}

async function helm({ layout, directory, env, signal }: HelmOptions, args: readonly string[]): Promise<ChildResult> {
  const home = (name: string) => join(directory, "helm", name);
  const result = await runChild(
    join(programDirectory(layout), "helm"),
    [...args, "--kubeconfig", layout.kubeconfig, "--kube-context", sandboxContext],
    {
      cwd: directory,
      env: { ...env, HELM_CACHE_HOME: home("cache"), HELM_CONFIG_HOME: home("config"), HELM_DATA_HOME: home("data") },
      signal,
    },
  );
  if (result.code !== 0) {
    throw new UserError(`helm ${args.slice(0, 2).join(" ")} failed:\n  ${result.stderr.trim()}`, "Mend the cause, then run npm run bench again.");
  }
  return result;
}
