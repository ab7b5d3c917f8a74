/** Running the real Helm against the sandbox. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sandboxProcessEnvironment } from "../../environment.ts";
import { type ClusterAccess, kubeconfigFor } from "./kubeconfig.ts";
import type { WireObject } from "./wire.ts";

export interface HelmResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an interrupted Helm gets to write down how far it came, before it is ended for good. */
const graceMs = 3500;

/** Helm with homes of its own below the sandbox's directory: nothing of the user's is read or written. */
export class Helm {
  #home: Promise<string> | undefined;

  /**
   * @param program absolute path
   * @param directory where a private directory may be made; removed when this process ends
   */
  constructor(
    private readonly program: string,
    private readonly directory: string,
  ) {}

  /** Runs a command that needs no cluster. */
  async run(args: readonly string[], signal: AbortSignal): Promise<HelmResult> {
    return runToEnd(this.program, args, await this.#environment(), signal);
  }

  /** Runs a command on a cluster: the address and the certificates are exactly these. */
  async runOn(access: ClusterAccess, args: readonly string[], signal: AbortSignal): Promise<HelmResult> {
    return this.withFile(kubeconfigFor(access), (kubeconfig) =>
      this.run([...args, "--kubeconfig", kubeconfig, "--kube-context", access.context], signal),
    );
  }

  /** @param values written to a file that is gone afterwards: arguments can be seen by everyone on the machine */
  async withValues<T>(values: WireObject, work: (file: string) => Promise<T>): Promise<T> {
    return this.withFile(JSON.stringify(values), work);
  }

  private async withFile<T>(content: string, work: (file: string) => Promise<T>): Promise<T> {
    const directory = await mkdtemp(join(await this.#ownHome(), "run-"));
    try {
      const file = join(directory, "file.yaml");
      await writeFile(file, content, { mode: 0o600 });
      return await work(file);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #environment(): Promise<Record<string, string>> {
    const home = await this.#ownHome();
    return sandboxProcessEnvironment(process.env, {
      HELM_CACHE_HOME: join(home, "cache"),
      HELM_CONFIG_HOME: join(home, "config"),
      HELM_DATA_HOME: join(home, "data"),
    });
  }

  #ownHome(): Promise<string> {
    this.#home ??= mkdtemp(join(this.directory, "helm-")).then((home) => {
      process.once("exit", () => rmSync(home, { recursive: true, force: true }));
      return home;
    });
    return this.#home;
  }
}

/** @param stateFile the sandbox's record, which stands in its directory */
export function helmDirectory(stateFile: string): string {
  return dirname(stateFile);
}

/** Helm's own words without its prefix. */
export function helmMessage({ stderr, code }: HelmResult): string {
  const lines = stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(WARNING|I\d{4} |W\d{4} |walk\.go)/.test(line));
  const text = lines
    .join("\n")
    .replace(/^Error: /m, "")
    .trim();
  return text === "" ? `helm ended with exit code ${String(code)}` : text;
}

function runToEnd(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<HelmResult> {
  signal.throwIfAborted();
  // In this process's own group: what ends the group, also by force, ends Helm.
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  let killer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    child.kill("SIGTERM");
    killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  const killNow = () => child.kill("SIGKILL");
  signal.addEventListener("abort", interrupt, { once: true });
  process.once("exit", killNow);
  return new Promise<HelmResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") }),
    );
  }).finally(() => {
    clearTimeout(killer);
    signal.removeEventListener("abort", interrupt);
    process.removeListener("exit", killNow);
  });
}
