/** Building programs from their Go modules, in a temporary directory: the checkout and the module cache stay as they are. */
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { UserError } from "../../config/user-error.ts";
import { processInfo } from "../process-info.ts";
import { linkerFlags } from "./cache.ts";
import { goEnvironment } from "./go.ts";
import { type ModuleName, type Program, buildTags, compilerFlags } from "./programs.ts";
import { type RunResult, run } from "./process.ts";

/** Directory with the committed go.mod and go.sum of a module. */
export function moduleDirectory(module: ModuleName): string {
  return join(import.meta.dirname, "go", module);
}

export interface BuildOptions {
  /** Below which the temporary directory is made: on the same disk as the cache. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Builds programs of one module and gives each to `keep`, which moves it away.
 *
 * @throws UserError with the end of Go's output
 */
export async function build(
  programs: readonly Program[],
  options: BuildOptions,
  keep: (program: Program, path: string) => Promise<void>,
): Promise<void> {
  await mkdir(options.cache, { recursive: true });
  await removeLeftovers(options.cache);
  const directory = await mkdtemp(join(options.cache, `build-${process.pid}-`));
  try {
    const [first] = programs;
    if (first === undefined) return;
    const source = join(directory, "module");
    await cp(moduleDirectory(first.module), source, { recursive: true });
    if (first.module === "alertmanager") await addPages(source, first, options);
    const bin = join(directory, "bin");
    await mkdir(bin);
    // Twice as many packages at a time as processors: a processor that waits for one package compiles another.
    const parallel = String(2 * availableParallelism());
    const args = ["build", "-p", parallel, "-trimpath", "-tags", buildTags, ...compilerFlags, "-ldflags", linkerFlags(first), "-o", `${bin}/`];
    const result = await go([...args, ...programs.map((program) => program.package)], source, options);
    if (result.code !== 0) throw buildError(programs, result);
    for (const program of programs) await keep(program, join(bin, program.built));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Directories of builds whose process was killed before it could clean up. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = Number(/^build-(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && pid !== process.pid && (await processInfo(pid)) === undefined) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

/**
 * Alertmanager embeds its web pages, but its Go module comes without them and does not compile. The module, verified by
 * go.sum, is copied and gets one page of ours that says so.
 */
async function addPages(source: string, program: Program, options: BuildOptions): Promise<void> {
  const copy = join(source, "copy");
  await cp(await downloadModule(source, program, options), copy, { recursive: true });
  const pages = join(copy, "ui", "app", "dist");
  await makeWritable(copy);
  await mkdir(pages, { recursive: true });
  await writeFile(join(pages, "index.html"), "<!doctype html><title>Alertmanager</title><p>This build has no pages: use its API.</p>\n");
  const edit = await go(["mod", "edit", `-replace=${program.pin.module}=./copy`], source, options);
  if (edit.code !== 0) throw buildError([program], edit);
}

/** Files in the module cache are read-only, and so are their copies. */
async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await makeWritable(path);
  }
}

/** @returns the directory of the module's source in Go's module cache, verified by the go.sum in `directory` */
export async function downloadModule(
  directory: string,
  program: Program,
  options: Pick<BuildOptions, "environment" | "signal">,
): Promise<string> {
  const result = await go(["mod", "download", "-json", program.pin.module], directory, options);
  const { Dir: found } = JSON.parse(result.stdout === "" ? "{}" : result.stdout) as { Dir?: string };
  if (result.code !== 0 || found === undefined) throw buildError([program], result);
  return found;
}

async function go(args: readonly string[], cwd: string, options: Pick<BuildOptions, "environment" | "signal">): Promise<RunResult> {
  return run("go", args, { cwd, env: goEnvironment(options.environment), signal: options.signal });
}

/** Go's own words, and what mends the causes that are known. */
export function buildError(programs: readonly Program[], result: RunResult): UserError {
  const said = `${result.stderr}\n${result.stdout}`.trim();
  const end = said.split("\n").slice(-20).map((line) => `  ${line}`).join("\n");
  const names = programs.map(({ name, version }) => `${name} ${version}`).join(", ");
  return new UserError(`${names} could not be built:\n${end}`, mend(said));
}

function mend(said: string): string {
  if (/no space left on device/i.test(said)) {
    return "Free disk space, or name another place with BELFRY_CACHE_DIR (programs), GOCACHE and GOMODCACHE (Go's caches), then run the command again.";
  }
  if (/checksum mismatch|SECURITY ERROR/.test(said)) {
    return "What was downloaded is not what go.sum names. Do not go on: check GOPROXY and your network, run `go clean -modcache`, then try again.";
  }
  if (/dial tcp|no such host|i\/o timeout|proxyconnect|connection refused|TLS handshake/.test(said)) {
    return "Go could not download the modules: check the network, the proxy (HTTPS_PROXY) and GOPROXY, then run the command again.";
  }
  return "Go's message stands above. What was built so far is kept: run the command again once the cause is mended.";
}

/** Contents of a module's go.mod and go.sum. */
export async function moduleFiles(module: ModuleName): Promise<{ goMod: string; goSum: string }> {
  const directory = moduleDirectory(module);
  const [goMod, goSum] = await Promise.all([readFile(join(directory, "go.mod"), "utf8"), readFile(join(directory, "go.sum"), "utf8")]);
  return { goMod, goSum };
}

