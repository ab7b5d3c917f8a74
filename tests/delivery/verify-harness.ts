/** A real Alertmanager on loopback and small sinks for it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SMTPServer } from "smtp-server";
import { directAccess } from "../../automation/verify/alertmanager.ts";
import type { AlertmanagerAccess, PostedAlert } from "../../automation/verify/alertmanager.ts";
import { loopback } from "../../sandbox/layout.ts";

export type TestAlert = Partial<PostedAlert> &
  Pick<PostedAlert, "labels"> & {
    /** Address of the alert's graph, as Prometheus gives it. */
    readonly generatorURL?: string;
  };

export interface RunningAlertmanager {
  readonly access: AlertmanagerAccess;
  readonly url: string;
  post(alerts: readonly TestAlert[]): Promise<void>;
  /** Names of the alerts that fire. */
  firing(): Promise<string[]>;
  /** @param signal `SIGTERM` by default: it writes down what it sent, which a crash (`SIGKILL`) does not leave time for */
  close(signal?: NodeJS.Signals): Promise<void>;
}

export interface AlertmanagerOptions {
  /** Value of `--enable-feature`; the one that verification needs by default. */
  readonly features?: string;
  /** Flags of a member of a cluster; by default it is none. */
  readonly cluster?: readonly string[];
  /** Where its state is kept from one run to the next; by default it has none that outlives it. */
  readonly directory?: string;
  /** How it calls itself in links. */
  readonly externalUrl?: string;
}

/** @param program path of the alertmanager to run */
export async function startAlertmanager(
  program: string,
  config: string,
  o: AlertmanagerOptions = {},
): Promise<RunningAlertmanager> {
  const { features = "receiver-name-in-metrics", cluster = ["--cluster.listen-address="] } = o;
  const directory = o.directory ?? (await mkdtemp(join(tmpdir(), "belfry-alertmanager-")));
  await writeFile(join(directory, "alertmanager.yml"), config);
  const child = spawn(
    program,
    [
      `--config.file=${join(directory, "alertmanager.yml")}`,
      `--storage.path=${directory}`,
      `--web.listen-address=${loopback}:0`,
      ...cluster,
      ...(o.externalUrl === undefined ? [] : [`--web.external-url=${o.externalUrl}`]),
      `--enable-feature=${features}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "" } },
  );
  const lines: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      const found = /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`alertmanager ended:\n${lines.join("\n")}`)));
  });
  const url = `http://${loopback}:${port}`;
  for (let ready = false; !ready;) ready = (await fetch(`${url}/-/ready`)).ok;
  return {
    url,
    access: directAccess("alertmanager-0", url),
    post: async (alerts) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/api/v2/alerts`, { method: "POST", headers, body: JSON.stringify(alerts) });
      if (!response.ok) throw new Error(await response.text());
    },
    firing: async () => {
      const alerts = (await (await fetch(`${url}/api/v2/alerts`)).json()) as { labels: Record<string, string> }[];
      return alerts.map((alert) => alert.labels["alertname"] ?? "").sort();
    },
    close: async (signal = "SIGTERM") => {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
      if (o.directory === undefined) await rm(directory, { recursive: true });
    },
  };
}

/** A port that is free now, for UDP and TCP of a cluster's gossip. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface HookSink {
  readonly url: string;
  /** Paths and bodies of the calls. */
  readonly calls: { path: string; body: string }[];
  close(): Promise<void>;
}

/** @param status answer to a call of this path; 200 for all by default */
export async function startHooks(status: (path: string) => number = () => 200): Promise<HookSink> {
  const calls: HookSink["calls"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      calls.push({ path, body: Buffer.concat(chunks).toString() });
      response.writeHead(status(path)).end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface MailSink {
  readonly port: number;
  /** The mails as they came, with their recipients. */
  readonly mails: { to: string[]; raw: string }[];
  close(): Promise<void>;
}

/** Takes mails of the user `belfry` with the password `right`. */
export async function startMail(): Promise<MailSink> {
  const mails: MailSink["mails"] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === "belfry" && password === "right"
        ? done(null, { user: username })
        : done(new Error("wrong password")),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push({ to: session.envelope.rcptTo.map((one) => one.address), raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, loopback, () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
