/** The same charts with the same values, installed by Helm's own command one after the other: what `up` is compared with. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiextensionsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { programDirectory } from "../automation/start/sandbox-stack.ts";
import { chartSource } from "../components/shared/release.ts";
import { charts } from "../config/versions.ts";
import { UserError } from "../config/user-error.ts";
import { orUndefinedIf, sandboxKube } from "../sandbox/kube.ts";
import { sandboxContext, type SandboxLayout } from "../sandbox/layout.ts";
import { until } from "../sandbox/wait.ts";
import { type ChildResult, runChild } from "./child.ts";
import { type ClusterContent, inInstallationOrder, leftBehind, type NamedRelease } from "./releases.ts";

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

/** A release with the values that the deployed stack has given it. */
export interface HelmRelease extends NamedRelease {
  readonly valuesFile: string;
}

/** Seconds, as the program gives them to the provider. */
const timeout = "600s";
const deletionMilliseconds = 120_000;

/**
 * Reads which releases the deployed stack has, and their values, so that Helm gets the very same.
 *
 * @returns them in the order of installation
 */
export async function recordReleases(options: HelmOptions): Promise<HelmRelease[]> {
  const listed = await helm(options, ["list", "--all-namespaces", "--output", "json"]);
  const releases: HelmRelease[] = [];
  for (const { name, namespace } of inInstallationOrder(JSON.parse(listed.stdout) as NamedRelease[])) {
    const { stdout } = await helm(options, ["get", "values", name, "--namespace", namespace, "--output", "json"]);
    const valuesFile = join(options.directory, `values-${name}.json`);
    await writeFile(valuesFile, stdout, { mode: 0o600 });
    releases.push({ name, namespace, valuesFile });
  }
  return releases;
}

/** @returns milliseconds that the commands took together */
export async function installInTurn(options: HelmOptions, releases: readonly HelmRelease[]): Promise<number> {
  let milliseconds = 0;
  for (const { name, namespace, valuesFile } of releases) {
    const where = ["--namespace", namespace, "--create-namespace"];
    const args = ["install", name, ...chartArguments(name, options.mirror), ...where, "--values", valuesFile];
    milliseconds += (await helm(options, [...args, "--wait", "--timeout", timeout])).milliseconds;
  }
  return milliseconds;
}

/** What is in the cluster, to be read before anything is installed. */
export async function clusterContent({ layout }: HelmOptions): Promise<ClusterContent> {
  const config = sandboxKube(layout.kubeconfig);
  const [core, extensions] = [config.makeApiClient(CoreV1Api), config.makeApiClient(ApiextensionsV1Api)];
  const [namespaces, services, definitions] = await Promise.all([
    core.listNamespace(),
    core.listNamespacedService({ namespace: "kube-system" }),
    extensions.listCustomResourceDefinition(),
  ]);
  const namesOf = (items: readonly { metadata?: { name?: string } }[]) => items.flatMap(({ metadata }) => metadata?.name ?? []);
  return {
    namespaces: namesOf(namespaces.items),
    kubeSystemServices: namesOf(services.items),
    definitions: namesOf(definitions.items),
  };
}

/** Makes the cluster as empty as `destroy` leaves it. @param before what was in it before the installation */
export async function uninstall(options: HelmOptions, releases: readonly HelmRelease[], before: ClusterContent): Promise<void> {
  for (const { name, namespace } of releases.toReversed()) {
    await helm(options, ["uninstall", name, "--namespace", namespace, "--ignore-not-found", "--wait", "--timeout", timeout]);
  }
  const config = sandboxKube(options.layout.kubeconfig);
  const [core, extensions] = [config.makeApiClient(CoreV1Api), config.makeApiClient(ApiextensionsV1Api)];
  const left = leftBehind(before, await clusterContent(options));
  const deletions = [
    ...left.kubeSystemServices.map((name) => core.deleteNamespacedService({ name, namespace: "kube-system" })),
    ...left.definitions.map((name) => extensions.deleteCustomResourceDefinition({ name })),
    ...left.namespaces.map((name) => core.deleteNamespace({ name })),
  ];
  await Promise.all(deletions.map((deletion) => orUndefinedIf<unknown>(404, deletion)));
  let rest = left;
  const gone = await until(
    async () => {
      rest = leftBehind(before, await clusterContent(options));
      return Object.values(rest).flat().length === 0 ? true : undefined;
    },
    { signal: options.signal, timeoutMs: deletionMilliseconds },
  );
  if (gone === undefined) {
    throw new Error(`${Object.values(rest).flat().join(", ")} still there ${deletionMilliseconds / 1000} s after the deletion`);
  }
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
