/** `belfry diff`: two sides had, compared and written. */
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { nearest } from "../../config/problems.ts";
import { UsageError } from "../usage-error.ts";
import type { Charts } from "./charts.ts";
import { compareStack, type FailedSide, type StackSide } from "./compare.ts";
import { readDirectory } from "./directories.ts";
import { markdownReport } from "./markdown.ts";
import { type DiffReport, diffVersion, type StackDiff } from "./model.ts";
import type { Side, SideOptions } from "./revision.ts";
import { shippedOf } from "./shipped-lists.ts";
import { terminalReport } from "./terminal.ts";

export interface DiffOptions {
  readonly checkout: string;
  /** A revision; default: where what is checked out left the main branch. */
  readonly from?: string;
  /** A revision; default: what is checked out, with everything that is not committed. */
  readonly to?: string;
  /** Directories that `belfry render` wrote, both or none; then there are no revisions. */
  readonly fromDirectory?: string;
  readonly toDirectory?: string;
  /** Default: every stack that has a file on one of the sides. */
  readonly stacks?: readonly string[];
  /** A directory of charts, or the address of a repository: then releases are compared by the objects that their charts make. */
  readonly charts?: string;
  readonly signal: AbortSignal;
}

/**
 * Compares two sides. Needs no cluster, plugin, credentials or network (but that of a chart repository, where one is named), and
 * leaves nothing behind.
 *
 * @throws UsageError for options that do not fit together, and for stacks, revisions and directories that there are not;
 *   UserError when git or helm cannot do their part. A side that cannot be rendered is no error: the report says why.
 */
export async function diff(options: DiffOptions): Promise<DiffReport> {
  const scratch = await mkdtemp(join(tmpdir(), `belfry-diff-${String(process.pid)}-`));
  // A second Ctrl-C does not wait for what is below.
  const atExit = () => rmSync(scratch, { recursive: true, force: true });
  process.once("exit", atExit);
  try {
    const [before, after] = await sides({ ...options, scratch });
    const stacks = chosenStacks(before, after, options);
    const charts = options.charts === undefined ? undefined : await chartsOf(options.charts, scratch, options.signal);
    const compared = await inTurn(stacks, Math.max(1, Math.floor(availableParallelism() / 2)), (stack) => compareOne(stack, before, after, charts));
    return { report: "belfry diff", version: diffVersion, before: before.label, after: after.label, stacks: compared };
  } finally {
    await rm(scratch, { recursive: true, force: true });
    process.off("exit", atExit);
  }
}

/** What obtains helm is loaded only where it is needed. */
async function chartsOf(charts: string, scratch: string, signal: AbortSignal): Promise<Charts> {
  const { openCharts } = await import("./charts.ts");
  return openCharts({ source: /^https?:\/\//.test(charts) ? charts : resolve(charts), scratch, signal });
}

async function sides(options: DiffOptions & { readonly scratch: string }): Promise<[Side, Side]> {
  const { fromDirectory, toDirectory, from, to } = options;
  if (fromDirectory === undefined && toDirectory === undefined) {
    return revisions(options);
  }
  if (fromDirectory === undefined || toDirectory === undefined || from !== undefined || to !== undefined) {
    throw new UsageError("--from-dir and --to-dir belong together, and not beside --from and --to.", "npm run belfry -- diff --from-dir DIR --to-dir DIR");
  }
  if ((options.stacks?.length ?? 0) > 1) {
    throw new UsageError("A rendered directory holds one stack.", "Name one, or none: npm run belfry -- diff --from-dir DIR --to-dir DIR --stack prod");
  }
  const stack = options.stacks?.[0] ?? basename(resolve(toDirectory));
  return together(directorySide(fromDirectory, stack, options.checkout), directorySide(toDirectory, stack, options.checkout));
}

/** What runs git and renderings is loaded only where it is needed. */
async function revisions(options: SideOptions & Pick<DiffOptions, "from" | "to">): Promise<[Side, Side]> {
  const [{ mergeBase, requireRepository }, { revisionSide, workingTreeSide }] = await Promise.all([import("./git.ts"), import("./revision.ts")]);
  await requireRepository(options);
  const { from, to } = options;
  const before = async () => {
    if (from !== undefined) return revisionSide(from, from, options);
    const { commit, branch } = await mergeBase(options);
    return revisionSide(commit, `${branch} (${commit.slice(0, 12)})`, options);
  };
  return together(before(), to === undefined ? workingTreeSide(options) : revisionSide(to, to, options));
}

async function directorySide(directory: string, stack: string, checkout: string): Promise<Side> {
  const files = await readDirectory(directory);
  return {
    label: directory,
    stacks: [stack],
    notes: ["Whether secrets change cannot be told from rendered directories, which hold none."],
    stack: () => Promise.resolve({ files, shipped: shippedOf([checkout]) }),
  };
}

function chosenStacks(before: Side, after: Side, { stacks }: DiffOptions): string[] {
  const known = [...new Set([...before.stacks, ...after.stacks])].sort();
  if (stacks === undefined) {
    if (known.length > 0) return known;
    throw new UsageError("Neither side has a stack: there is no file Pulumi.<stack>.yaml.", "Name revisions that have one: npm run belfry -- diff --from REVISION --to REVISION");
  }
  const unknown = stacks.find((name) => !known.includes(name));
  if (unknown === undefined) return [...new Set(stacks)];
  const near = nearest(unknown, known);
  throw new UsageError(
    `Neither side has a stack ${JSON.stringify(unknown)}.`,
    near === undefined ? `There are: ${known.join(", ")}` : `Did you mean ${near}? There are: ${known.join(", ")}`,
  );
}

async function compareOne(stack: string, before: Side, after: Side, charts: Charts | undefined): Promise<StackDiff> {
  const [was, is] = await together(before.stack(stack), after.stack(stack));
  const notes = [...new Set([...before.notes, ...after.notes])];
  const ready = ended(was) || ended(is) || charts === undefined ? { before: was, after: is, notes: [] } : await withCharts(was, is, charts);
  const compared = compareStack(stack, ready.before, ready.after);
  return compared.failures.length > 0 ? compared : { ...compared, notes: [...compared.notes, ...ready.notes, ...notes] };
}

function ended(side: StackSide | FailedSide | undefined): side is FailedSide {
  return side !== undefined && "failure" in side;
}

/** A release that is the same on both sides is rendered once. */
async function withCharts(before: StackSide | undefined, after: StackSide | undefined, charts: Charts) {
  const notes = new Set<string>();
  const outputs = async (side: StackSide | undefined, render: Charts["render"], only: (path: string) => boolean) => {
    const found = new Map<string, string>();
    for (const [path, file] of side?.files ?? []) {
      if (!path.startsWith("releases/") || !only(path)) continue;
      const name = basename(path, ".yaml");
      const result = await render(file);
      if ("output" in result) found.set(name, result.output);
      else notes.add(`A chart could not be rendered: that of release ${name}, ${result.missing}`);
    }
    return found;
  };
  const everything = () => true;
  const [was, is] = await together(outputs(before, charts.render, everything), outputs(after, charts.render, everything));
  const again = await outputs(before, charts.renderAgain, (path) => after?.files.has(path) === true && before?.files.get(path) !== after.files.get(path));
  return {
    before: before === undefined ? undefined : { ...before, charts: was, chartsAgain: again },
    after: after === undefined ? undefined : { ...after, charts: is },
    notes: [...notes],
  };
}

/** Waits for both also when one fails: what still runs would write into directories that are being removed. */
async function together<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** At most `width` at a time, results in the order of the inputs; all have ended before one's error is thrown. */
async function inTurn<A, B>(inputs: readonly A[], width: number, work: (input: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const waiting = [...inputs.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1]);
  };
  const workers = Array.from({ length: Math.min(width, inputs.length) }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}

/** The command's flags as it got them. */
export interface DiffFlags {
  readonly from?: string;
  readonly to?: string;
  readonly fromDir?: string;
  readonly toDir?: string;
  readonly stack?: string;
  readonly all?: true;
  readonly charts?: string;
  readonly markdown?: true;
  readonly json?: true;
  readonly out?: string;
}

/** @throws UsageError for flags that do not fit together */
export function diffFlags({ from, to, fromDir, toDir, stack, all, charts, markdown, json, out }: DiffFlags): Omit<DiffOptions, "checkout" | "signal"> & {
  readonly format: DiffFormat;
  readonly out: string | undefined;
} {
  if (stack !== undefined && all === true) throw new UsageError("--stack and --all do not go together.", "Leave one of them out.");
  if (markdown === true && json === true) throw new UsageError("--markdown and --json do not go together.", "Leave one of them out.");
  const stacks = stack?.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (stacks?.length === 0) throw new UsageError("--stack names no stack.", "Name some: --stack dev,prod");
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(fromDir === undefined ? {} : { fromDirectory: fromDir }),
    ...(toDir === undefined ? {} : { toDirectory: toDir }),
    ...(stacks === undefined ? {} : { stacks }),
    ...(charts === undefined ? {} : { charts }),
    format: json === true ? "json" : markdown === true ? "markdown" : "text",
    out,
  };
}

export type DiffFormat = "text" | "markdown" | "json";

export function formatDiff(report: DiffReport, format: DiffFormat, bold: boolean): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case "markdown":
      return markdownReport(report);
    case "text":
      return terminalReport(report, { bold });
  }
}

/** @returns whether every side could be rendered */
export async function diffCommand(
  options: DiffOptions & { readonly format: DiffFormat; readonly bold: boolean; readonly out: string | undefined; readonly write: (text: string) => void },
): Promise<boolean> {
  const report = await diff(options);
  const text = formatDiff(report, options.format, options.bold && options.out === undefined);
  if (options.out === undefined) options.write(text);
  else await writeFile(options.out, text);
  return report.stacks.every(({ failures }) => failures.length === 0);
}
