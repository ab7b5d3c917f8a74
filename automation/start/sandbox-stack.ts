/**
 * The sandbox's stack: the settings of `dev` with what only the sandbox has put over them (its platform, its receivers'
 * addresses, its charts). It has a file, a backend and a passphrase of its own below `.belfry/`.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { neededSecrets } from "../../config/secrets.ts";
import { neededGrafanaSecrets } from "../../config/secrets-grafana.ts";
import { UserError } from "../../config/user-error.ts";
import { loopback, type SandboxLayout, type SandboxState, sandboxContext } from "../../sandbox/layout.ts";
import { simulatedNode } from "../../sandbox/nodes.ts";
import type { Sources } from "../../sandbox/sources.ts";

type ConfigMap = Record<string, unknown>;

export interface SandboxStackInput {
  /** Text of the stack file whose settings are deployed: the repository's Pulumi.dev.yaml unless another one is named. */
  readonly settings: string;
  readonly state: SandboxState;
  readonly sources: Sources;
  /** PEM of the authority that signed the certificate of the sandbox's mail server. */
  readonly caCertificate: string;
}

/** A beat every half minute: the proof of the heartbeat waits for the next one, and with it every start. */
const heartbeatInterval = "30s";

/**
 * The settings of the sandbox's stack without its secrets. Pure.
 *
 * @returns what stands below `config:` in the stack's file
 */
export function sandboxStackConfig(input: SandboxStackInput): ConfigMap {
  const given = (parse(input.settings) as { config?: ConfigMap } | null)?.config ?? {};
  const plain = Object.fromEntries(Object.entries(given).filter(([, value]) => !isSecure(value)));
  const smtp = (plain["belfry:smtp"] ?? {}) as ConfigMap;
  const storage = { ...((plain["belfry:storage"] ?? {}) as ConfigMap) };
  // The embedded cluster has one class, its default.
  Reflect.deleteProperty(storage, "className");
  const mirror =
    input.sources.charts === "stand-in" ? `http://${loopback}:${input.state.ports.charts}` : input.sources.chartMirror;
  const config: ConfigMap = {
    ...plain,
    "belfry:platform": "sandbox",
    "belfry:cluster": { context: sandboxContext, kubeSystemUid: input.state.kubeSystemUid },
    "belfry:receivers": receiversOf(plain).map((receiver) =>
      receiver["type"] === "heartbeat" ? { ...receiver, interval: heartbeatInterval } : receiver,
    ),
    "belfry:smtp": {
      from: smtp["from"] ?? "belfry@example.com",
      host: loopback,
      port: input.state.ports.smtp,
      username: input.state.smtp.username,
      tls: "required",
      caCertificate: input.caCertificate,
    },
    "belfry:storage": storage,
    "belfry:purgeCrds": true,
  };
  for (const part of ["prometheus", "alertmanager"] as const) {
    const written = (plain[`belfry:${part}`] ?? {}) as ConfigMap;
    // Nothing serves an Ingress here: without one, links lead to the programs beside the cluster.
    const externalUrl = `http://${loopback}:${input.state.ports[part]}`;
    config[`belfry:${part}`] = written["ingress"] === undefined ? { ...written, externalUrl } : written;
  }
  const teams = plain["belfry:teams"];
  // The teams' namespaces that a real cluster has do not exist here.
  if (Array.isArray(teams)) config["belfry:teams"] = (teams as ConfigMap[]).map((team) => inSandbox(team, plain));
  const falco = onSandboxVolume(plain["belfry:falco"]);
  if (falco !== undefined) config["belfry:falco"] = falco;
  if (mirror !== undefined) config["belfry:chartMirror"] = mirror;
  return config;
}

/** Falco's settings with what the embedded cluster has for the volume of its page: its one class, its own nodes. */
function onSandboxVolume(falco: unknown): unknown {
  const { ui } = (falco ?? {}) as { ui?: { storage?: ConfigMap } };
  if (ui?.storage === undefined) return falco;
  const storage = { ...ui.storage };
  Reflect.deleteProperty(storage, "className");
  const local = storage["local"] as ConfigMap | undefined;
  if (local !== undefined) storage["local"] = { ...local, node: simulatedNode(1).metadata.name };
  return { ...(falco as ConfigMap), ui: { ...ui, storage } };
}

/** Every secret that these settings need, with the sandbox's value for it. Pure. */
export function sandboxSecrets(config: ConfigMap, state: SandboxState): Record<string, string> {
  const secrets: Record<string, string> = { "belfry:smtpPassword": state.smtp.password };
  const seen = new Set<string>();
  const keys = { slack: ["belfry:slackWebhookUrl", state.slackWebhookUrl], heartbeat: ["belfry:heartbeatUrl", state.heartbeatUrl] };
  for (const receiver of receiversOf(config)) {
    const type = receiver["type"];
    if (type !== "slack" && type !== "heartbeat") continue;
    const [key, value] = keys[type] as [string, string];
    secrets[seen.has(type) ? `${key}-${String(receiver["name"])}` : key] = value;
    seen.add(type);
  }
  const logs = (config["belfry:logs"] ?? {}) as ConfigMap;
  // Nothing answers at that Loki; the data source is made all the same.
  if (logs["mode"] === "existing" && logs["username"] !== undefined) secrets["belfry:lokiPassword"] = state.smtp.password;
  const { grafana, prometheus, alertmanager } = Object.fromEntries(
    ["grafana", "prometheus", "alertmanager"].map((name) => [name, config[`belfry:${name}`]]),
  );
  // Nobody logs in to a simulated Grafana or through an Ingress that nothing serves.
  for (const { key, kind } of neededGrafanaSecrets({ grafana, prometheus, alertmanager })) secrets[key] = kind.placeholder;
  // Nothing that is probed from the sandbox takes a login: probes are answered beside the cluster.
  for (const { key } of neededSecrets({ probes: config["belfry:probes"] })) secrets[key] = "not-sent-to-anybody";
  const falco = config["belfry:falco"] as { outputs?: ConfigMap } | undefined;
  if (falco?.outputs?.["slack"] !== undefined) secrets["belfry:falcoSlackWebhookUrl"] = state.slackWebhookUrl;
  return secrets;
}

/** Directory whose `bin` the engine, Helm and the plugins are started from. */
export function programDirectory(layout: SandboxLayout): string {
  return join(layout.root, "bin");
}

/**
 * Variables with which plain `pulumi` works on the sandbox's stack, as the command itself does.
 *
 * @param path the PATH to put the sandbox's programs before
 */
export function sandboxEnvironment(layout: SandboxLayout, sources: Sources, stack: string, path: string): Record<string, string> {
  const first = [programDirectory(layout), ...(sources.providers === "stand-in" ? [layout.providerPath] : [])];
  return {
    PATH: [...first, ...path.split(delimiter).filter((entry) => !first.includes(entry))].join(delimiter),
    KUBECONFIG: layout.kubeconfig,
    BELFRY_SANDBOX: layout.stateFile,
    PULUMI_HOME: layout.pulumi.home,
    PULUMI_BACKEND_URL: `file://${layout.pulumi.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: layout.pulumi.passphraseFile,
    PULUMI_STACK: stack,
    PULUMI_OPTION_CONFIG_FILE: stackFile(layout, stack),
  };
}

export function stackFile(layout: SandboxLayout, stack: string): string {
  return join(layout.pulumi.workspace, `Pulumi.${stack}.yaml`);
}

/** Makes the directories, the passphrase and the project file; what is there stays. */
export async function prepareWorkspace(layout: SandboxLayout, pluginCache: string): Promise<void> {
  for (const directory of [layout.root, layout.pulumi.home, layout.pulumi.backend, layout.pulumi.workspace]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await mkdir(pluginCache, { recursive: true });
  // Plugins are large and the same for every checkout, so they are kept with the programs.
  await symlink(pluginCache, join(layout.pulumi.home, "plugins")).catch(unlessThere);
  await writeFile(layout.pulumi.passphraseFile, randomBytes(32).toString("base64url"), { flag: "wx", mode: 0o600 }).catch(unlessThere);
  await writeFile(join(layout.pulumi.workspace, "Pulumi.yaml"), stringify({ name: "belfry", runtime: "nodejs" }));
}

/**
 * Writes the settings into the stack's file, keeping what the engine put there: the salt of the encryption and the secrets.
 *
 * @returns keys of secrets that the file does not hold yet
 */
export async function writeStackFile(file: string, config: ConfigMap, secretKeys: readonly string[]): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const before = (parse(text) ?? {}) as { config?: ConfigMap };
  const secure = Object.fromEntries(Object.entries(before.config ?? {}).filter(([, value]) => isSecure(value)));
  const after = stringify({ ...before, config: { ...config, ...secure } }, { sortMapEntries: true, lineWidth: 0 });
  if (after !== text) {
    const temporary = `${file}.${process.pid}`;
    await writeFile(temporary, after, { mode: 0o600 });
    await rename(temporary, file);
  }
  await chmod(file, 0o600);
  return secretKeys.filter((key) => !(key in secure));
}

/**
 * Puts links to the programs into one directory, so that PATH stays short and `pulumi` finds its language host beside it.
 *
 * @param checkout whose packages hold the loader of TypeScript
 */
export async function linkPrograms(layout: SandboxLayout, tools: Readonly<Record<string, string>>, checkout: string): Promise<void> {
  const directory = programDirectory(layout);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, path] of Object.entries(tools)) {
    const link = join(directory, name);
    await rm(link, { force: true });
    if (name === "pulumi-language-nodejs") await writeFile(link, languageHostScript(path, checkout), { mode: 0o700 });
    else await symlink(path, link);
  }
}

/**
 * The language host that exists as a Go module is older than the engine, which hands over the options of Pulumi.yaml in a way
 * that it does not know yet: they are given to it as it takes them. Pure.
 */
export function languageHostScript(program: string, checkout: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const loader = pathToFileURL(join(checkout, "node_modules", "tsx", "dist", "loader.mjs")).href;
  return `#!/bin/sh\nexec ${quote(program)} -typescript=false -nodeargs=${quote(`--import=${loader}`)} "$@"\n`;
}

function receiversOf(config: ConfigMap): ConfigMap[] {
  const receivers = config["belfry:receivers"];
  if (receivers === undefined) return [];
  if (!Array.isArray(receivers)) {
    throw new UserError("belfry:receivers is not a list.", "Write it as a list: see docs/configuration.md.");
  }
  return receivers as ConfigMap[];
}

function inSandbox(team: ConfigMap, config: ConfigMap): ConfigMap {
  return team["namespace"] === (config["belfry:namespace"] ?? "monitoring") ? team : { ...team, createNamespace: true };
}

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
}
