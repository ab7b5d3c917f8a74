/** Charts rendered to their objects by `helm template`, from a directory of charts or a repository. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { isRecord } from "../../config/secrets.ts";
import { UserError } from "../../config/user-error.ts";
import { programs } from "../../config/versions.ts";
import { obtainTools, planTools } from "../../sandbox/tools/index.ts";

export interface ChartOptions {
  /** A directory with packed or unpacked charts, or the address of a repository. */
  readonly source: string;
  /** A directory of this run, which its owner removes. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** What a release renders to; `missing`: why it could not be. */
export type ChartOutput = { readonly output: string } | { readonly missing: string };

export interface Charts {
  /** Of a release's file, as `belfry render` writes it; the same file is rendered once. */
  readonly render: (file: string) => Promise<ChartOutput>;
  /** Renders it a second time, to see what a chart makes up anew. */
  readonly renderAgain: (file: string) => Promise<ChartOutput>;
}

const helmMilliseconds = 120_000;
const longestReason = 500;

/** @throws UserError when there is no helm */
export async function openCharts(options: ChartOptions): Promise<Charts> {
  const helm = await findHelm(options.signal);
  const known = new Map<string, Promise<ChartOutput>>();
  let files = 0;
  const now = async (file: string): Promise<ChartOutput> => {
    const release = releaseOf(file);
    if (release === undefined) return { missing: "its file names no chart, version or namespace that could be one" };
    const chart = await locate(release, options.source);
    if (chart === undefined) return { missing: `${release.chart} ${release.version} is not in ${options.source}` };
    const values = join(options.scratch, `values-${String((files += 1))}.yaml`);
    await writeFile(values, stringify(release.values, { aliasDuplicateObjects: false }));
    return template(helm, release, chart, values, options);
  };
  return {
    renderAgain: now,
    render: (file) => {
      const found = known.get(file) ?? now(file);
      known.set(file, found);
      return found;
    },
  };
}

async function findHelm(signal: AbortSignal): Promise<string> {
  const found = await execa("helm", ["version", "--short"], { cancelSignal: signal, reject: false, stdin: "ignore" });
  signal.throwIfAborted();
  if (found.exitCode === 0) return "helm";
  // The sandbox's one, where there is one; building it here would take minutes that nobody expects.
  const plan = await planTools(["helm"], { signal }).catch(() => undefined);
  if (plan?.missing.length === 0) return obtainTools(["helm"], { signal, report: () => undefined }).helm;
  throw new UserError("There is no helm on PATH, which --charts needs.", "Install it, or leave --charts out: then the charts' values are compared");
}

interface ChartRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  readonly values: unknown;
}

/** Names become parts of paths and of a command: only what can be one. */
function releaseOf(file: string): ChartRelease | undefined {
  const body: unknown = parse(file);
  if (!isRecord(body)) return undefined;
  const { name, namespace, chart, version, values } = body;
  const label = (value: unknown): value is string => typeof value === "string" && /^[a-z0-9][a-z0-9-]*$/.test(value);
  if (!label(name) || !label(namespace) || !label(chart)) return undefined;
  if (typeof version !== "string" || !/^[0-9A-Za-z][0-9A-Za-z.+-]*$/.test(version)) return undefined;
  return { name, namespace, chart, version, values: values ?? {} };
}

/** Arguments that name the chart; undefined: the directory does not have it in this version. */
async function locate({ chart, version }: ChartRelease, source: string): Promise<string[] | undefined> {
  if (/^https?:\/\//.test(source)) return [chart, "--repo", source, "--version", version];
  const packed = join(source, `${chart}-${version}.tgz`);
  if ((await readFile(packed).catch(() => undefined)) !== undefined) return [packed];
  for (const name of [chart, `${chart}-${version}`]) {
    const text = await readFile(join(source, name, "Chart.yaml"), "utf8").catch(() => undefined);
    const about: unknown = text === undefined ? undefined : parse(text);
    if (isRecord(about) && about["version"] === version) return [join(source, name)];
  }
  return undefined;
}

async function template(helm: string, release: ChartRelease, chart: readonly string[], values: string, { scratch, signal }: ChartOptions): Promise<ChartOutput> {
  const { name, namespace } = release;
  const args = ["template", name, ...chart, "--namespace", namespace, "--values", values, "--include-crds", "--skip-tests", "--kube-version", programs.kubernetes];
  const result = await execa(helm, [...args, "--api-versions", "monitoring.coreos.com/v1"], {
    // Nothing of the user's Helm is read or written.
    env: { HELM_CACHE_HOME: join(scratch, "helm-cache"), HELM_CONFIG_HOME: join(scratch, "helm-config"), HELM_DATA_HOME: join(scratch, "helm-data") },
    cancelSignal: signal,
    timeout: helmMilliseconds,
    maxBuffer: 100 * 2 ** 20,
    stdin: "ignore",
    reject: false,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return { output: result.stdout };
  return { missing: `helm: ${result.stderr.replaceAll(scratch, "").trim().slice(0, longestReason) || "it ended without a word"}` };
}
