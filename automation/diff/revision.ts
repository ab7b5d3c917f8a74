/** A side that is a revision or what is checked out: rendered by that revision's own `belfry render`, in a process of its own. */
import { mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../config/user-error.ts";
import type { FailedSide, StackSide } from "./compare.ts";
import { readDirectory } from "./directories.ts";
import { commitOf, fileAt, type GitOptions, layOut, namesAt } from "./git.ts";
import { shippedOf } from "./shipped-lists.ts";
import { stackSecrets } from "./stack-secrets.ts";

/** A side of the comparison that can be asked for each of its stacks. */
export interface Side {
  /** How the reader knows it. */
  readonly label: string;
  /** Names of its stacks. */
  readonly stacks: readonly string[];
  /** What a reader must know of how it was had. */
  readonly notes: readonly string[];
  /** Undefined: it has no such stack. */
  readonly stack: (name: string) => Promise<StackSide | FailedSide | undefined>;
}

export interface SideOptions extends GitOptions {
  /** A directory of this run, which its owner removes. */
  readonly scratch: string;
}

/** A rendering takes seconds; one that hangs must not keep a pipeline for ever. */
const renderMilliseconds = 120_000;
/** Characters of what a rendering may print. */
const longestOutput = 100_000;

const stackFile = /^Pulumi\.([A-Za-z0-9][A-Za-z0-9_-]*)\.yaml$/;

function stacksIn(names: readonly string[]): string[] {
  return names.flatMap((name) => stackFile.exec(name)?.[1] ?? []).sort();
}

/**
 * Lays a revision out in `scratch`, with the packages that are installed in the checkout: nothing is installed, so no script of a
 * package runs.
 *
 * @throws UsageError when there is no such revision; UserError when its files cannot be had
 */
export async function revisionSide(revision: string, called: string, options: SideOptions): Promise<Side> {
  const { checkout, scratch } = options;
  const commit = await commitOf(revision, options);
  const tree = join(scratch, `tree-${commit}`);
  await mkdir(tree, { recursive: true });
  // Both sides may be the same revision.
  if ((await readdir(tree)).length === 0) {
    await layOut(commit, tree, scratch, options);
    await linkPackages(join(checkout, "node_modules"), join(tree, "node_modules"), commit);
  }
  const here = await readFile(join(checkout, "package-lock.json"), "utf8").catch(() => "");
  const there = await fileAt(commit, "package-lock.json", options);
  const differ = here.trim() !== (there ?? "").trim();
  const stacks = stacksIn(await namesAt(commit, options));
  return {
    label: called,
    stacks,
    notes: differ ? [`Rendered with the packages that are installed here, although the revision names others in package-lock.json: ${called}`] : [],
    stack: (name) => (stacks.includes(name) ? renderedSide(name, tree, options, () => fileAt(commit, `Pulumi.${name}.yaml`, options)) : Promise.resolve(undefined)),
  };
}

async function linkPackages(packages: string, link: string, commit: string): Promise<void> {
  await stat(packages).catch((error: unknown) => {
    throw new UserError("The packages are not installed.", "Install them without running their scripts: npm ci --ignore-scripts", { cause: error });
  });
  await symlink(packages, link).catch((error: unknown) => {
    throw new UserError(`Revision ${commit.slice(0, 12)} holds a node_modules of its own.`, "Take it out of the repository, or compare two rendered directories.", { cause: error });
  });
}

/** What is checked out, with everything that is not committed. */
export async function workingTreeSide(options: SideOptions): Promise<Side> {
  const { checkout } = options;
  const stacks = stacksIn(await readdir(checkout));
  return {
    label: "what is checked out",
    stacks,
    notes: [],
    stack: (name) => (stacks.includes(name) ? renderedSide(name, checkout, options, () => readFile(join(checkout, `Pulumi.${name}.yaml`), "utf8")) : Promise.resolve(undefined)),
  };
}

let count = 0;

async function renderedSide(stack: string, tree: string, options: SideOptions, file: () => Promise<string | undefined>): Promise<StackSide | FailedSide> {
  const directory = join(options.scratch, `rendered-${String((count += 1))}`);
  const failure = await render(stack, tree, directory, options);
  if (failure !== undefined) return { failure };
  const secrets = stackSecrets((await file()) ?? "");
  return {
    files: await readDirectory(directory),
    ...(secrets === undefined ? {} : { secrets }),
    shipped: shippedOf([tree, options.checkout]),
  };
}

/** @returns why it failed; undefined when it did not */
async function render(stack: string, tree: string, directory: string, { scratch, signal }: SideOptions): Promise<string | undefined> {
  const args = ["--import", "tsx", "automation/cli.ts", "render", "--stack", stack, "--out", directory];
  const result = await execa(process.execPath, args, {
    cwd: tree,
    // The code of a revision may be anybody's: it gets nothing of the user's but the way to programs.
    env: renderEnvironment(scratch),
    extendEnv: false,
    cancelSignal: signal,
    timeout: renderMilliseconds,
    maxBuffer: longestOutput,
    stdin: "ignore",
    all: true,
    reject: false,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return undefined;
  if (result.timedOut) return `Rendering took longer than ${String(renderMilliseconds / 1000)} s.`;
  const said = result.all.replaceAll(`${tree}/`, "").replaceAll(scratch, "").trim();
  if (/unknown command 'render'|Cannot find module '.*automation\/cli\.ts'|ERR_MODULE_NOT_FOUND.*automation\/cli\.ts/s.test(said)) {
    return "This revision is older than the command belfry render. Name a later one with --from, or compare two rendered directories.";
  }
  return said === "" ? `Rendering ended with exit code ${String(result.exitCode ?? result.signal)} and said nothing.` : said;
}

function renderEnvironment(home: string): Record<string, string> {
  const passed = ["PATH", "LANG", "TMPDIR", "TZ"].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passed), HOME: home, NO_COLOR: "1" };
}
