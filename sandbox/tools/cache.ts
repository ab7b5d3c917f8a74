/**
 * The cache of built programs, shared by every checkout of the user. Each program has a directory of its own whose name holds
 * version and a hash of everything that decides what is built; it holds the program and a manifest with the program's hash.
 * To clear the cache, delete its directory.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { readIfThere, writePrivateFile } from "../files.ts";
import { type Program, type ProgramName, buildTags, compilerFlags } from "./programs.ts";

/** `$BELFRY_CACHE_DIR`, else `$XDG_CACHE_HOME/belfry`, else the system's place for caches. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const { BELFRY_CACHE_DIR: own, XDG_CACHE_HOME: xdg, HOME: home = homedir() } = environment;
  if (own !== undefined && own !== "") return own;
  if (xdg !== undefined && xdg !== "") return join(xdg, "belfry");
  return platform() === "darwin" ? join(home, "Library", "Caches", "belfry") : join(home, ".cache", "belfry");
}

export interface BuildInputs {
  readonly goVersion: string;
  readonly target: string;
  /** Content of the module's go.mod and go.sum. */
  readonly goMod: string;
  readonly goSum: string;
}

/** Flags of the linker: the program's version, and no symbol tables, which a third of the size would be. */
export function linkerFlags(program: Program): string {
  return ["-s", "-w", ...program.stamps.map((stamp) => `-X ${stamp}`)].join(" ");
}

/** For example `helm-3.20.2-0f1e2d3c4b5a`. Changes with everything that changes what is built. */
export function buildKey(program: Program, inputs: BuildInputs): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([program.package, linkerFlags(program), compilerFlags, buildTags, inputs.goVersion, inputs.target, inputs.goMod, inputs.goSum]))
    .digest("hex");
  return `${program.name}-${program.version}-${hash.slice(0, 12)}`;
}

interface Manifest {
  readonly sha256: string;
  readonly size: number;
}

/** One program's place in the cache. */
export class CacheEntry {
  readonly directory: string;
  readonly program: string;

  constructor(cache: string, key: string, name: ProgramName) {
    this.directory = join(cache, "programs", key);
    this.program = join(this.directory, name);
  }

  /** @returns `sound` only when the program is, byte for byte, what was built */
  async state(): Promise<"missing" | "sound" | "damaged"> {
    const manifest = parseManifest(await readIfThere(join(this.directory, "manifest.json")));
    if (manifest === undefined) return (await exists(this.directory)) ? "damaged" : "missing";
    const size = (await stat(this.program).catch(() => undefined))?.size;
    return size === manifest.size && (await sha256(this.program)) === manifest.sha256 ? "sound" : "damaged";
  }

  /** Puts a freshly built program into its place in one step: nobody ever sees half of it. */
  async put(built: string): Promise<void> {
    const temporary = `${this.directory}.${process.pid}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o755 });
    const program = join(temporary, this.program.slice(this.directory.length + 1));
    await rename(built, program);
    await chmod(program, 0o755);
    const manifest: Manifest = { sha256: await sha256(program), size: (await stat(program)).size };
    await writePrivateFile(join(temporary, "manifest.json"), JSON.stringify(manifest));
    await rm(this.directory, { recursive: true, force: true });
    await rename(temporary, this.directory);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function parseManifest(text: string | undefined): Manifest | undefined {
  try {
    const { sha256: hash, size } = JSON.parse(text ?? "") as Partial<Manifest>;
    return typeof hash === "string" && typeof size === "number" ? { sha256: hash, size } : undefined;
  } catch {
    return undefined;
  }
}
