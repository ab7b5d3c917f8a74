/** Packs the stand-in charts as a Helm chart repository. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { sandboxProcessEnvironment } from "../../environment.ts";
import { readIfThere, writePrivateFile } from "../../files.ts";
import { type ChartSource, standinCharts } from "./sources.ts";

/** Names the sources that the packed charts were made of, so that they are packed again only when these change. */
const stampFile = "sources.sha256";
/** Start of the name of the directory that is worked in; one that was left behind is removed at the next run. */
const workPrefix = ".packing-";

export interface PackOptions {
  /** Is created; other files in it stay. */
  readonly directory: string;
  /** Path of the program. */
  readonly helm: string;
  /** Directory of the source of the prometheus-operator's Go module. */
  readonly operatorModule: string;
  readonly signal: AbortSignal;
}

/**
 * Packs the stand-in charts (and into one of them the definitions from the operator's Go module) into `directory`
 * and writes its `index.yaml`. Does nothing when they are there already. A packed chart appears whole or not at
 * all, the index last.
 *
 * @throws Error when helm fails, with its words; the signal's reason when aborted
 */
export async function packStandinCharts(options: PackOptions): Promise<void> {
  const { directory, helm, signal } = options;
  const sources = await standinCharts(options.operatorModule);
  const stamp = stampOf(sources);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const present = await readdir(directory);
  const wanted = [...sources.map(packageName), "index.yaml"];
  const packed = wanted.every((name) => present.includes(name));
  if (packed && (await readIfThere(join(directory, stampFile))) === stamp) return;
  signal.throwIfAborted();
  for (const name of present.filter((entry) => entry.startsWith(workPrefix))) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
  const work = await mkdtemp(join(directory, workPrefix));
  try {
    const out = join(work, "packed");
    await mkdir(out);
    for (const source of sources) {
      await runHelm(helm, ["package", await writeSource(work, source), "--destination", out], work, signal);
    }
    await runHelm(helm, ["repo", "index", out], work, signal);
    await rm(join(directory, stampFile), { force: true });
    for (const name of wanted) await rename(join(out, name), join(directory, name));
    await writePrivateFile(join(directory, stampFile), stamp);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const packageName = (chart: ChartSource) => `${chart.name}-${chart.version}.tgz`;

function stampOf(sources: readonly ChartSource[]): string {
  return createHash("sha256")
    .update(JSON.stringify(sources.map(({ name, version, files }) => [name, version, [...files]])))
    .digest("hex");
}

async function writeSource(work: string, source: ChartSource): Promise<string> {
  const directory = join(work, source.name);
  for (const [path, text] of source.files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** Helm's own directories are below `work`, so that nothing of the user's Helm is read or written. */
async function runHelm(helm: string, args: readonly string[], work: string, cancelSignal: AbortSignal): Promise<void> {
  const env = sandboxProcessEnvironment(process.env, {
    HELM_CACHE_HOME: join(work, "cache"),
    HELM_CONFIG_HOME: join(work, "config"),
    HELM_DATA_HOME: join(work, "data"),
  });
  try {
    await execa(helm, args, { env, extendEnv: false, cancelSignal, stdin: "ignore" });
  } catch (error) {
    cancelSignal.throwIfAborted();
    throw error;
  }
}
