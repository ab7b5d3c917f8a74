/**
 * What the tests of bad input stand on: the real engine with a backend of its own, the stand-in providers, and an API server
 * that only says who it is and writes down what it is asked. Nothing may be written to it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { parse, stringify } from "yaml";
import type { Operation } from "../../automation/engine.ts";
import { type ChartPin, charts } from "../../config/versions.ts";
import { loopback, sandboxLayout } from "../../sandbox/layout.ts";
import { portsFrom } from "../../sandbox/ports.ts";
import { installStandinProviders } from "../../sandbox/standins/providers/install.ts";
import { newState, writeState } from "../../sandbox/state.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import type { Answer, Job } from "./operation.ts";

export const stackName = "trial";
export const kubeSystemUid = "5f6c1f0e-0000-4000-8000-000000000001";
export const passphrase = "the right passphrase";

type Config = Readonly<Record<string, unknown>>;

export interface Run {
  /** Settings over the sound ones; `undefined` takes one away. */
  readonly config?: Config;
  readonly environment?: Readonly<Record<string, string>>;
  readonly operation?: Operation;
}

export interface Stage {
  readonly directory: string;
  readonly kubeconfig: string;
  /** The stack's file. */
  readonly file: string;
  readonly backend: string;
  /** The variables with which the engine works here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Address of the API server. */
  readonly server: string;
  /** Requests to the API server that were not reads. */
  readonly writes: readonly string[];
  writeConfig(config: Config): Promise<void>;
  run(run: Run): Promise<Answer>;
  /** Types of the resources that the stack's state has made; not the stack, its providers and what was only read. */
  resources(): Promise<string[]>;
  close(): Promise<void>;
}

/** Settings with nothing wrong, without their secrets. */
export function soundConfig(server: { context: string }): Config {
  return {
    "belfry:platform": "kind",
    "belfry:cluster": { context: server.context },
    "belfry:receivers": [
      { name: "slack", type: "slack", channel: "#alerts" },
      { name: "mail", type: "email", to: ["ops@example.com"] },
    ],
    "belfry:smtp": { host: "smtp.example.com", port: 587, from: "belfry@example.com", username: "belfry" },
    "belfry:purgeCrds": true,
  };
}

/** Contexts of the kubeconfig: an API server that answers, and a port where nobody listens. */
export const contexts = { here: "trial-cluster", closed: "closed-cluster" } as const;

/** A port of loopback that was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, loopback);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export async function openStage(): Promise<Stage> {
  const { pulumi, helm } = await sandboxTools(["pulumi", "helm"]);
  const directory = await mkdtemp(join(tmpdir(), "belfry-engine-"));
  const layout = sandboxLayout(directory);
  const { workspace, backend, home } = layout.pulumi;
  for (const made of [layout.root, workspace, backend, home]) await mkdir(made, { recursive: true });

  const writes: string[] = [];
  const archives = await packCharts(directory, helm);
  const api = createServer((request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    // A preview asks the API server what an object would become.
    if (request.method !== "GET" && !query.includes("dryRun=All")) writes.push(`${request.method ?? ""} ${path}`);
    const archive = archives.get(path);
    if (archive !== undefined) {
      response.end(archive);
      return;
    }
    const answer = answers[path] ?? (query.includes("dryRun=All") ? dryRun(path) : undefined);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { kind: "Status", status: "Failure", reason: "NotFound", message: "not found", code: 404 }));
  });
  const server = `http://${loopback}:${await listen(api)}`;
  const entry = (name: string, address: string) => ({ name, cluster: { server: address, "insecure-skip-tls-verify": true } });
  const context = (name: string) => ({ name, context: { cluster: name, user: "nobody" } });
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [entry(contexts.here, server), entry(contexts.closed, `http://${loopback}:${await closedPort()}`)],
      users: [{ name: "nobody", user: { token: "not-a-real-token" } }],
      contexts: [context(contexts.here), context(contexts.closed)],
      "current-context": contexts.here,
    }),
  );
  await writeState(layout.stateFile, newState({ ports: portsFrom(20_000), kubeSystemUid, now: new Date(0) }));
  await installStandinProviders({ layout, helm });
  await writeFile(join(workspace, "Pulumi.yaml"), "name: belfry\nruntime: nodejs\n");

  const environment = {
    PATH: [layout.providerPath, dirname(pulumi), process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    BELFRY_SANDBOX: layout.stateFile,
    KUBECONFIG: kubeconfig,
  };
  const file = join(workspace, `Pulumi.${stackName}.yaml`);
  const cli = (args: readonly string[], input = "") => runToEnd(pulumi, args, { cwd: workspace, env: { HOME: directory, ...environment }, input });
  await cli(["stack", "init", stackName]);
  for (const [key, value] of Object.entries(secrets)) await cli(["config", "set", "--secret", key, "--stack", stackName], value);
  const withSecrets = parse(await readFile(file, "utf8")) as { encryptionsalt: string; config: Config };

  const writeConfig = async (config: Config) => {
    const merged = { ...withSecrets.config, ...soundConfig({ context: contexts.here }), ...config };
    const given = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    await writeFile(file, stringify({ ...withSecrets, config: given }));
  };

  return {
    directory, kubeconfig, file, backend, environment, server, writes, writeConfig,
    async run({ config = {}, environment: over = {}, operation = "preview" }) {
      await writeConfig(config);
      const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "operation.ts")], {
        cwd: join(import.meta.dirname, "..", ".."),
        env: { HOME: process.env["HOME"] ?? directory, ...environment, ...over },
        stdio: ["pipe", "pipe", "inherit"],
      });
      child.stdin.end(JSON.stringify({ stack: stackName, workDir: workspace, operation } satisfies Job));
      return JSON.parse(await text(child.stdout)) as Answer;
    },
    async resources() {
      const state = await readFile(join(backend, ".pulumi", "stacks", "belfry", `${stackName}.json`), "utf8");
      const { checkpoint } = JSON.parse(state) as { checkpoint: { latest?: { resources?: { type: string; external?: boolean }[] } | null } };
      const resources = checkpoint.latest?.resources ?? [];
      const made = resources.filter(({ external }) => external !== true).map(({ type }) => type);
      return made.filter((type) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
    },
    async close() {
      api.closeAllConnections();
      api.close();
      await once(api, "close");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const secrets = {
  "belfry:slackWebhookUrl": "https://hooks.slack.com/services/T0/B0/not-a-real-one",
  "belfry:smtpPassword": "not-a-real-password",
} as const;

async function runToEnd(command: string, args: readonly string[], options: { cwd: string; env: Record<string, string>; input: string }): Promise<void> {
  const { input, ...others } = options;
  const child = spawn(command, args, { ...others, stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.end(input);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${said}`);
}

/** Charts with the pinned names and versions and nothing in them, by the path that they are served at. */
async function packCharts(directory: string, helm: string): Promise<ReadonlyMap<string, Buffer>> {
  const packed = new Map<string, Buffer>();
  for (const { name, version } of Object.values<ChartPin>(charts)) {
    const chart = join(directory, "charts", name);
    await mkdir(chart, { recursive: true });
    await writeFile(join(chart, "Chart.yaml"), stringify({ apiVersion: "v2", name, version }));
    await runToEnd(helm, ["package", chart, "--destination", directory], { cwd: directory, env: { HOME: directory }, input: "" });
    packed.set(`/charts/${name}.tgz`, await readFile(join(directory, `${name}-${version}.tgz`)));
  }
  return packed;
}

const chartIndex = (versionOf: (chart: ChartPin) => string) => ({
  apiVersion: "v1",
  entries: Object.fromEntries(
    Object.values<ChartPin>(charts).map((chart) => [
      chart.name,
      [{ apiVersion: "v2", name: chart.name, version: versionOf(chart), urls: [`${chart.name}.tgz`] }],
    ]),
  ),
});

/** An object as it would be: what was asked for is not needed here. */
const dryRun = (path: string) => ({ metadata: { name: path.split("/").at(-1) } });

/** All that this server has. JSON is YAML, which indexes of chart repositories are written in. */
const answers: Readonly<Record<string, unknown>> = {
  "/charts/index.yaml": chartIndex(({ version }) => version),
  "/old-charts/index.yaml": chartIndex(() => "1.0.0"),
  "/api/v1": {
    resources: [
      { name: "secrets", kind: "Secret", namespaced: true },
      { name: "namespaces", kind: "Namespace", namespaced: false },
      { name: "services", kind: "Service", namespaced: true },
    ],
  },
  "/api/v1/namespaces/kube-system": {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "kube-system", uid: kubeSystemUid },
  },
};
