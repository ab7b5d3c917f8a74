/** Obtaining the sandbox's programs: found on PATH in the pinned version, else in the cache, else built from their Go modules. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LockHeld, acquireLock } from "../lock.ts";
import { pause } from "../wait.ts";
import { build, downloadModule, moduleDirectory, moduleFiles } from "./build.ts";
import { CacheEntry, buildKey, cacheDirectory } from "./cache.ts";
import { type FreeBytes, checkDisk } from "./disk.ts";
import { findOnPath } from "./find-on-path.ts";
import { type GoToolchain, checkGo } from "./go.ts";
import { type ModuleName, type Program, type ProgramName, goCacheGigabytes, programOf } from "./programs.ts";

export { cacheDirectory } from "./cache.ts";
export { checkGo } from "./go.ts";
export { type ProgramName, programNames } from "./programs.ts";

export interface ToolOptions {
  /** Default: the process's. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly free?: FreeBytes;
}

export interface ObtainOptions extends ToolOptions {
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What obtaining some programs will take. */
export interface ToolPlan {
  readonly missing: readonly ProgramName[];
  readonly cached: readonly ProgramName[];
  readonly fromPath: readonly ProgramName[];
  /** For building what is missing on two cores with empty caches. */
  readonly minutes: number;
  readonly gigabytes: number;
}

/** Between two lines about a build that goes on. */
const elapsedMilliseconds = 15_000;

type Found = { readonly from: "path" | "cache"; readonly path: string } | { readonly from: "nowhere"; readonly damaged: boolean };

/** Looks, and changes nothing. */
export async function planTools(names: readonly ProgramName[], options: ToolOptions): Promise<ToolPlan> {
  const context = await openContext(options);
  const found = await Promise.all(names.map(async (name) => ({ name, found: await context.find(programOf(name)) })));
  const from = (where: Found["from"]) => found.filter((entry) => entry.found.from === where).map(({ name }) => name);
  const missing = from("nowhere");
  const seconds = missing.reduce((sum, name) => sum + programOf(name).seconds, 0);
  return {
    missing,
    cached: from("cache"),
    fromPath: from("path"),
    minutes: missing.length === 0 ? 0 : Math.max(1, Math.round(seconds / 60)),
    gigabytes: missing.length === 0 ? 0 : goCacheGigabytes,
  };
}

/**
 * Starts obtaining programs, in the order given.
 *
 * @returns a promise for each program's absolute path, so that callers can go on as soon as theirs is there; all of them
 *   reject with the first failure or with the signal's reason
 */
export function obtainTools<Name extends ProgramName>(names: readonly Name[], options: ObtainOptions): Record<Name, Promise<string>> {
  const settle = new Map<Name, { resolve: (path: string) => void; reject: (reason: unknown) => void }>();
  const promises = Object.fromEntries(
    names.map((name) => {
      const promise = new Promise<string>((resolve, reject) => settle.set(name, { resolve, reject }));
      // A caller that is itself interrupted does not get to await every one of them.
      promise.catch(() => undefined);
      return [name, promise];
    }),
  ) as Record<Name, Promise<string>>;
  obtainAll(names, options, (name, path) => settle.get(name)?.resolve(path)).catch((error: unknown) => {
    for (const { reject } of settle.values()) reject(error);
  });
  return promises;
}

/** @returns the directory of prometheus-operator's Go module, verified by go.sum: the CRDs are data in it */
export async function operatorModuleDirectory(options: { readonly environment?: NodeJS.ProcessEnv; readonly signal: AbortSignal }): Promise<string> {
  const environment = options.environment ?? process.env;
  return downloadModule(moduleDirectory("programs"), programOf("prometheus-operator"), { environment, signal: options.signal });
}

async function obtainAll<Name extends ProgramName>(
  names: readonly Name[],
  options: ObtainOptions,
  done: (name: Name, path: string) => void,
): Promise<void> {
  const context = await openContext(options);
  const missing: Program[] = [];
  await Promise.all(
    names.map(async (name) => {
      const program = programOf(name);
      const found = await context.find(program);
      if (found.from !== "nowhere") {
        done(name, found.path);
        return;
      }
      if (found.damaged) options.report(`${name} ${program.version} in the cache is damaged: it is built again`);
      missing.push(program);
    }),
  );
  if (missing.length === 0) return;
  missing.sort((a, b) => names.indexOf(a.name as Name) - names.indexOf(b.name as Name));
  await checkDisk(
    [
      { path: context.cache, gigabytes: 1, variable: "BELFRY_CACHE_DIR" },
      { path: context.toolchain.buildCache, gigabytes: goCacheGigabytes, variable: "GOCACHE" },
    ],
    options.free,
  );
  const groups = [...new Set(missing.map((program) => program.group))].map((name) => missing.filter(({ group }) => group === name));
  for (const [index, group] of groups.entries()) {
    await buildGroup(group, `${index + 1} of ${groups.length}`, context, options);
    for (const program of group) done(program.name as Name, context.entry(program).program);
  }
}

async function buildGroup(group: readonly Program[], position: string, context: Context, options: ObtainOptions): Promise<void> {
  const title = group.map(({ name, version }) => `${name} ${version}`).join(", ");
  const seconds = group.reduce((sum, program) => sum + program.seconds, 0);
  const release = await lockGroup(group, title, context, options);
  try {
    const states = await Promise.all(group.map((program) => context.entry(program).state()));
    // Another checkout may have built them while this one waited.
    if (states.every((state) => state === "sound")) return;
    options.report(`building ${title} (${position}), about ${about(seconds)}`);
    const startedAt = Date.now();
    const elapsed = () => about(Math.round((Date.now() - startedAt) / 1000));
    const timer = setInterval(() => {
      options.report(`still building ${title}: ${elapsed()} of about ${about(seconds)}`);
    }, elapsedMilliseconds);
    try {
      await build(
        group,
        { cache: context.cache, environment: context.environment, signal: options.signal },
        async (program, path) => context.entry(program).put(path),
      );
    } finally {
      clearInterval(timer);
    }
    options.report(`built ${title} in ${elapsed()}`);
  } finally {
    await release();
  }
}

/** Two checkouts that need the same program build it once; the second one waits. */
async function lockGroup(group: readonly Program[], title: string, context: Context, options: ObtainOptions): Promise<() => Promise<void>> {
  const locks = join(context.cache, "locks");
  await mkdir(locks, { recursive: true });
  const [first] = group;
  const file = join(locks, `${first === undefined ? "none" : context.key(first)}.lock`);
  for (let told = false; ; ) {
    try {
      return await acquireLock(file, { purpose: `building ${title}`, signal: options.signal });
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      if (!told) options.report(`process ${error.holder.pid} is ${error.holder.purpose}: waiting for it`);
      told = true;
      await pause(500, options.signal);
    }
  }
}

/** What is known about the machine once, for all programs. */
interface Context {
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly toolchain: GoToolchain;
  key(program: Program): string;
  entry(program: Program): CacheEntry;
  find(program: Program): Promise<Found>;
}

async function openContext(options: ToolOptions): Promise<Context> {
  const environment = options.environment ?? process.env;
  const cache = cacheDirectory(environment);
  const modules: readonly ModuleName[] = ["programs", "alertmanager", "language-host", "blackbox-exporter"];
  const [toolchain, files] = await Promise.all([
    checkGo(environment, options.signal),
    Promise.all(modules.map(async (module) => [module, await moduleFiles(module)] as const)).then((all) => new Map(all)),
  ]);
  const key = (program: Program) => {
    const found = files.get(program.module);
    if (found === undefined) throw new Error(`no module ${program.module}`);
    return buildKey(program, { goVersion: toolchain.version, target: toolchain.target, ...found });
  };
  const entry = (program: Program) => new CacheEntry(cache, key(program), program.name);
  return {
    cache,
    environment,
    toolchain,
    key,
    entry,
    async find(program) {
      const onPath = await findOnPath(program, environment, options.signal);
      if (onPath !== undefined) return { from: "path", path: onPath };
      const state = await entry(program).state();
      return state === "sound" ? { from: "cache", path: entry(program).program } : { from: "nowhere", damaged: state === "damaged" };
    },
  };
}

/** 270 becomes `5 minutes`, 40 `40 seconds`. */
function about(seconds: number): string {
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return `${minutes} minute${minutes === 1 ? "" : "s"}`;
}
