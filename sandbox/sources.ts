/**
 * Where the sandbox's providers and charts come from. The published ones are used wherever they can be had; a machine that
 * cannot reach them gets the stand-ins. Decided once, when a sandbox is first deployed to, and recorded: a network that comes
 * and goes must not exchange the charts below a stack.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { arch, platform } from "node:os";
import { dirname } from "node:path";
import { charts, providers } from "../config/versions.ts";

export interface Sources {
  readonly providers: "published" | "stand-in";
  /** `mirror`: the chart repository that the user named. */
  readonly charts: "published" | "mirror" | "stand-in";
  /** Present for `mirror` only. */
  readonly chartMirror?: string;
}

export interface SourcesOptions {
  /** Where the decision is recorded. */
  readonly file: string;
  /** A chart repository of the user's; wins over everything. */
  readonly chartMirror?: string;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly fetch?: typeof fetch;
}

/** A machine without a network says so at once; one behind a silent firewall should not keep anybody waiting. */
const probeMilliseconds = 5000;

export async function decideSources(options: SourcesOptions): Promise<Sources> {
  const recorded = await readRecorded(options.file);
  const chartsWanted = (): Pick<Sources, "charts" | "chartMirror"> | undefined => {
    if (options.chartMirror !== undefined) return { charts: "mirror", chartMirror: options.chartMirror };
    if (recorded === undefined) return undefined;
    const { charts: kind, chartMirror } = recorded;
    return chartMirror === undefined ? { charts: kind } : { charts: kind, chartMirror };
  };
  const [providerSource, chartSource] = await Promise.all([
    recorded?.providers ?? probe(providerArchives(), options).then((all) => (all ? "published" : "stand-in")),
    chartsWanted() ??
      probe(chartIndexes(), options).then((all) => ({ charts: (all ? "published" : "stand-in") as Sources["charts"] })),
  ]);
  const sources: Sources = { providers: providerSource, ...chartSource };
  if (JSON.stringify(sources) !== JSON.stringify(recorded)) {
    await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
    const temporary = `${options.file}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(sources), { mode: 0o600 });
    await rename(temporary, options.file);
  }
  return sources;
}

/** One line for each thing that is not the real one. */
export function standInNotices(sources: Sources): string[] {
  return [
    ...(sources.providers === "stand-in"
      ? ["Stand-in: Pulumi's plugin host cannot be reached; small providers of the sandbox play kubernetes and random."]
      : []),
    ...(sources.charts === "stand-in"
      ? ["Stand-in: the chart repositories cannot be reached; small charts of the sandbox play the pinned ones."]
      : []),
  ];
}

async function readRecorded(file: string): Promise<Sources | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Sources;
  } catch {
    return undefined;
  }
}

/** True when every address answers. */
async function probe(addresses: readonly string[], options: SourcesOptions): Promise<boolean> {
  const get = options.fetch ?? fetch;
  const answers = await Promise.all(
    addresses.map(async (address) => {
      try {
        const signal = AbortSignal.any([options.signal, AbortSignal.timeout(probeMilliseconds)]);
        return (await get(address, { method: "HEAD", signal })).ok;
      } catch {
        return false;
      }
    }),
  );
  options.signal.throwIfAborted();
  return answers.every(Boolean);
}

function providerArchives(): string[] {
  const machine = arch() === "x64" ? "amd64" : arch();
  return Object.entries(providers).map(
    ([name, version]) =>
      `https://get.pulumi.com/releases/plugins/pulumi-resource-${name}-v${version}-${platform()}-${machine}.tar.gz`,
  );
}

function chartIndexes(): string[] {
  return [...new Set(Object.values(charts).map(({ repository }) => `${repository}/index.yaml`))];
}
