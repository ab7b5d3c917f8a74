/** The second Prometheus of a scenario, with a directory of its own. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { join } from "node:path";

import { UserError } from "../../config/user-error.ts";
import { sandboxProcessEnvironment } from "../../sandbox/environment.ts";
import { privateDirectory } from "../../sandbox/files.ts";
import { loopback, type SandboxLayout } from "../../sandbox/layout.ts";
import { ProcessTable } from "../../sandbox/processes.ts";
import { run } from "../../sandbox/tools/process.ts";
import { until } from "../../sandbox/wait.ts";
import { PrometheusApi } from "./prometheus-api.ts";
import { exposition, openMetrics, type Sampled, type Series } from "./series.ts";

export interface SecondPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

export interface SecondOptions {
  readonly layout: SandboxLayout;
  /** The scenario's. */
  readonly name: string;
  readonly programs: SecondPrograms;
  readonly signal: AbortSignal;
}

/** Names in the table of processes begin so: whoever stops the sandbox ends what a killed drill has left. */
export const processPrefix = "drill-";
const readyMs = 30_000;
const graceSeconds = 1.5;

export class SecondPrometheus {
  readonly #options: SecondOptions;
  readonly #table: ProcessTable;
  readonly #directory: string;
  #blocks = 0;

  constructor(options: SecondOptions) {
    this.#options = options;
    this.#table = new ProcessTable(options.layout.processesFile);
    this.#directory = join(options.layout.root, "drill", options.name);
  }

  /** Where rule files are put. */
  get rules(): string {
    return join(this.#directory, "rules");
  }

  /** An empty directory with these rule files. */
  async prepare(files: readonly { readonly name: string; readonly text: string }[]): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    await privateDirectory(this.#directory);
    await mkdir(this.rules, { recursive: true });
    await Promise.all(files.map(({ name, text }) => writeFile(join(this.rules, name), text)));
  }

  async clearData(): Promise<void> {
    await rm(join(this.#directory, "data"), { recursive: true, force: true });
  }

  /** Adds blocks with these samples to the data. @throws Error when promtool refuses them */
  async addBlocks(parts: readonly Sampled[]): Promise<void> {
    const text = openMetrics(parts);
    if (!text.includes(" ")) return;
    const file = join(this.#directory, `${(this.#blocks += 1)}.om`);
    await writeFile(file, text);
    const { promtool } = this.#options.programs;
    const data = join(this.#directory, "data");
    const { code, stderr } = await run(promtool, ["tsdb", "create-blocks-from", "openmetrics", "--quiet", file, data], {
      env: sandboxProcessEnvironment(process.env),
      signal: this.#options.signal,
    });
    await rm(file, { force: true });
    if (code !== 0) throw new Error(`promtool cannot write the series of ${this.#options.name}: ${stderr.trim()}`);
  }

  /** Starts it and waits until it answers. @param config text of its configuration */
  async start(config: string): Promise<PrometheusApi> {
    const { layout, name, programs, signal } = this.#options;
    const port = await freePort();
    const file = join(this.#directory, "prometheus.yaml");
    await writeFile(file, config);
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(this.#directory, "data")}`,
      `--web.listen-address=${loopback}:${port}`,
      "--storage.tsdb.retention.time=30d",
      // Whatever a rule's "for" is, it goes on from the time that the series say.
      "--rules.alert.for-grace-period=1s",
    ];
    const logFile = join(layout.logs, `${processPrefix}${name}.log`);
    await this.#table.spawn(`${processPrefix}${name}`, programs.prometheus, args, {
      env: sandboxProcessEnvironment(process.env),
      cwd: this.#directory,
      logFile,
    });
    const api = new PrometheusApi(port, signal);
    const ready = await until(async () => ((await api.isReady()) ? true : undefined), { signal, timeoutMs: readyMs, intervalMs: 50 });
    if (ready === true) return api;
    throw new UserError(`The second Prometheus of the scenario ${name} does not become ready.`, `Its log is ${logFile}.`);
  }

  async stop(): Promise<void> {
    await this.#table.end(`${processPrefix}${this.#options.name}`, { graceSeconds });
  }

  /** Ends it and removes its directory. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Ends what a drill that was killed has left. */
export async function endLeftOvers(layout: SandboxLayout): Promise<void> {
  const table = new ProcessTable(layout.processesFile);
  const names = (await table.list()).map(({ name }) => name).filter((name) => name.startsWith(processPrefix));
  await Promise.all(names.map((name) => table.end(name, { graceSeconds })));
  await rm(join(layout.root, "drill"), { recursive: true, force: true });
}

/** An exporter whose series have the value that belongs to the time of the scrape. */
export async function serveSeries(series: () => readonly Series[]): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(exposition(series(), Date.now() / 1000));
  });
  await new Promise<void>((resolve) => server.listen({ host: loopback, port: 0 }, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen({ host: loopback, port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
