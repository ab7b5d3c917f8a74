/** What is measured, and in which order: each figure starts from the state that the one before has left. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { allowedEnvironment } from "../automation/environment.ts";
import type { Operation } from "../automation/engine.ts";
import type { ChangeCount } from "../automation/events.ts";
import { UserError } from "../config/user-error.ts";
import { loopback, sandboxLayout } from "../sandbox/layout.ts";
import { deleteSandbox, readState } from "../sandbox/sandbox.ts";
import type { Sources } from "../sandbox/sources.ts";
import { type ChildOptions, type ChildResult, runChild } from "./child.ts";
import type { Figure } from "./figures.ts";
import { clusterContent, type HelmOptions, installInTurn, recordReleases, uninstall } from "./helm.ts";
import type { ImportCost } from "./import-probe.ts";
import { peakMemory } from "./memory.ts";
import type { BenchStack, OperationCost } from "./operation.ts";
import { pushedEventSeconds, startTimes } from "./start-times.ts";

export interface MeasureOptions {
  /** A filled checkout without a sandbox. */
  readonly checkout: string;
  /** For values and Helm's files. */
  readonly directory: string;
  /** One sample of everything. */
  readonly quick: boolean;
  readonly chartMirror: string | undefined;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly sources: Sources;
}

/** The aims, for the real providers and charts. */
const targets = {
  preview: { of: "ratio", atMost: 2 },
  up: { of: "ratio", atMost: 1 },
  start: { of: "median", atMost: 60_000 },
  pushed: { of: "median", atMost: 20_000 },
  render: { of: "median", atMost: 2_000 },
  diff: { of: "median", atMost: 2_000 },
} as const;

/** @throws UserError when a part of the product fails; Error when a figure would not be what its name says */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { quick, report } = options;
  const loads = [...(await importFigures(options, quick ? 1 : 5)), ...(await reviewFigures(options, quick ? 1 : 5))];
  const starts = await startFigures(options, quick ? 1 : 3);
  const sources = JSON.parse(await readFile(join(sandboxLayout(options.checkout).root, "sources.json"), "utf8")) as Sources;
  const helm = await helmOptions(options, sources);
  const releases = await recordReleases(helm);

  await operation(options, "empty", "up");
  const previews = quick ? 1 : 3;
  const unchanged: Figure = {
    ...(await previewFigure(options, "preview, nothing to change", previews, isUnchanged)),
    target: targets.preview,
  };
  const destroyed: number[] = [];
  const destroy = async () => {
    report("destroy");
    destroyed.push((await operation(options, "belfry", "destroy")).milliseconds);
  };
  await destroy();
  const empty = await previewFigure(options, "preview, empty stack", previews, onlyCreates);

  const [ups, installs, peaks]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    report(`helm install --wait, ${releases.length} charts one after the other`);
    const before = await clusterContent(helm);
    installs.push(await installInTurn(helm, releases));
    await uninstall(helm, releases, before);
    report("up");
    let peak = Promise.resolve<number | undefined>(undefined);
    const { milliseconds, changes } = await operation(options, "belfry", "up", (pid, ended) => {
      peak = peakMemory(pid, ended);
    });
    if (!onlyCreates(changes)) throw new Error(`up on an empty cluster did something else than create: ${JSON.stringify(changes)}`);
    ups.push(milliseconds);
    peaks.push(...[await peak].filter((value) => value !== undefined));
    await destroy();
  }
  const up: Figure = {
    name: "up, empty cluster",
    unit: "ms",
    samples: ups,
    against: { name: `${releases.length} helm installs`, samples: installs },
    target: targets.up,
  };
  const memory: Figure = { name: "  peak memory (engine, node, providers)", unit: "MiB", samples: peaks };
  const destruction: Figure = { name: "destroy", unit: "ms", samples: destroyed };
  return { figures: [...loads, empty, unchanged, up, memory, destruction, ...starts], sources };
}

async function importFigures(options: MeasureOptions, count: number): Promise<Figure[]> {
  options.report("import of index.ts");
  const probe = async () => JSON.parse((await node(options, ["bench/import-probe.ts"])).stdout) as ImportCost;
  // The first one fills the cache of compiled TypeScript.
  await probe();
  const costs: ImportCost[] = [];
  for (let sample = 0; sample < count; sample += 1) costs.push(await probe());
  return [
    { name: "require (import of index.ts)", unit: "ms", samples: costs.map(({ milliseconds }) => milliseconds), ofStack: false },
    { name: "  memory of that process", unit: "MiB", samples: costs.map(({ mebibytes }) => mebibytes), ofStack: false },
  ];
}

/** The commands as they are called, without npm: `render` of prod, and `diff` from the rendered staging to the rendered prod. */
async function reviewFigures(options: MeasureOptions, count: number): Promise<Figure[]> {
  options.report("render and diff");
  const rendered = (stack: string) => join(options.directory, `rendered-${stack}`);
  const render = (stack: string) => node(options, ["automation/cli.ts", "render", "--stack", stack, "--out", rendered(stack)]);
  const diff = () => node(options, ["automation/cli.ts", "diff", "--from-dir", rendered("staging"), "--to-dir", rendered("prod"), "--markdown"]);
  // The first ones fill the cache of compiled TypeScript.
  await render("staging");
  await render("prod");
  await diff();
  const [renders, diffs]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < count; sample += 1) {
    renders.push((await render("prod")).milliseconds);
    diffs.push((await diff()).milliseconds);
  }
  return [
    { name: "belfry render, stack prod", unit: "ms", samples: renders, target: targets.render, ofStack: false },
    { name: "belfry diff, rendered staging to prod", unit: "ms", samples: diffs, target: targets.diff, ofStack: false },
  ];
}

/** From no sandbox to the summary, with all programs and packages there; the last one's stack stays. */
async function startFigures(options: MeasureOptions, count: number): Promise<Figure[]> {
  const wholes: number[] = [];
  const phases = new Map<string, number[]>();
  const pushed: number[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    if (sample > 0) await deleteSandbox({ checkout: options.checkout, report: () => undefined });
    options.report("npm start, from no sandbox");
    const mirror = options.chartMirror === undefined ? [] : ["--chart-mirror", options.chartMirror];
    const { stdout, milliseconds } = await finished("npm start", options, ["start.mjs", ...mirror]);
    wholes.push(milliseconds);
    pushed.push((pushedEventSeconds(stdout) ?? NaN) * 1000);
    for (const { title, seconds } of startTimes(stdout)) phases.set(title, [...(phases.get(title) ?? []), seconds]);
  }
  return [
    { name: "npm start, warm", unit: "ms", samples: wholes, target: targets.start },
    { name: "critical Falco event, pushed, to Slack", unit: "ms", samples: pushed.filter((one) => !Number.isNaN(one)), target: targets.pushed, ofStack: false },
    ...[...phases].map(([title, samples]): Figure => ({ name: `  ${title}`, unit: "s", samples })),
  ];
}

/** Belfry's and the empty program's in turn, so that whatever else the machine does meets both. */
async function previewFigure(
  options: MeasureOptions,
  name: string,
  count: number,
  expected: (changes: ChangeCount) => boolean,
): Promise<Figure> {
  options.report(name);
  const [ours, others]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < count; sample += 1) {
    others.push((await operation(options, "empty", "preview")).milliseconds);
    const { milliseconds, changes } = await operation(options, "belfry", "preview");
    if (!expected(changes)) throw new Error(`${name}: the preview tells ${JSON.stringify(changes)}`);
    ours.push(milliseconds);
  }
  return { name, unit: "ms", samples: ours, against: { name: "empty program", samples: others } };
}

function isUnchanged({ same, create, update, replace, delete: removed }: ChangeCount): boolean {
  return same > 0 && create + update + replace + removed === 0;
}

function onlyCreates({ create, update, replace, delete: removed }: ChangeCount): boolean {
  return create > 0 && update + replace + removed === 0;
}

async function operation(
  options: MeasureOptions,
  which: BenchStack,
  what: Operation,
  onStart?: ChildOptions["onStart"],
): Promise<OperationCost> {
  const { stdout } = await node(options, ["bench/operation.ts", which, what], onStart);
  return JSON.parse(stdout) as OperationCost;
}

async function helmOptions(options: MeasureOptions, sources: Sources): Promise<HelmOptions> {
  const { checkout, directory, signal } = options;
  const state = await readState(checkout);
  if (state === undefined) throw new Error("npm start left no sandbox");
  const mirror = sources.charts === "stand-in" ? `http://${loopback}:${state.ports.charts}` : sources.chartMirror;
  return { layout: sandboxLayout(checkout), directory, env: environment(), mirror, signal };
}

function node(options: MeasureOptions, args: readonly string[], onStart?: ChildOptions["onStart"]): Promise<ChildResult> {
  return finished(args.join(" "), options, ["--import", "tsx", ...args], onStart);
}

/** Runs Node.js in the checkout. @throws UserError with what was printed when it fails */
async function finished(
  title: string,
  { checkout, signal }: MeasureOptions,
  args: readonly string[],
  onStart?: ChildOptions["onStart"],
): Promise<ChildResult> {
  const how = { cwd: checkout, env: environment(), signal, ...(onStart === undefined ? {} : { onStart }) };
  const result = await runChild(process.execPath, args, how);
  if (result.code !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-20).join("\n  ");
    throw new UserError(`${title} failed with exit code ${String(result.code)}:\n  ${said}`, "Mend the cause, then run npm run bench again.");
  }
  return result;
}

function environment(): Record<string, string> {
  return allowedEnvironment(process.env, "sandbox");
}
