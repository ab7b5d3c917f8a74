/**
 * The proxy through which Prometheus reaches everything: scrapes are answered here in the place of the simulated
 * targets, or by the real programs where there are some; alerts go to the real Alertmanager. Nothing is ever
 * connected to any address outside this machine.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { loopback } from "../../layout.ts";
import { alertingClient } from "../prometheus-config.ts";
import { componentOf } from "./components.ts";
import { isReal, type MetricSource, type RealComponent } from "./metric-source.ts";
import { exposition, textContentType } from "./metrics.ts";
import type { Scrape, World } from "./world.ts";

export interface ExporterOptions {
  readonly port: number;
  /** PEM; shown to clients that ask for a TLS target. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly source: MetricSource;
  readonly world: () => World;
  /** Ports of the real programs. */
  readonly real: Readonly<Record<RealComponent, number>>;
}

export interface Exporter {
  /** The port it listens on; another than asked for only when that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

interface Client {
  readonly name: string;
  /** `host:port` of a tunnel. */
  readonly target: string;
}

const forwardTimeoutMs = 30_000;

/** @throws the system's error when the port is taken */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const tunnels = new WeakMap<object, Client>();
  const open = new Set<Duplex>();
  // Speaks HTTP inside the tunnels; listens nowhere itself.
  const inner = createServer((incoming, response) => {
    const client = tunnels.get(incoming.socket);
    if (client === undefined) incoming.socket.destroy();
    else answer(options, client.name, client.target, incoming.url ?? "/", incoming, response);
  });
  const server = createServer((incoming, response) => {
    const name = clientName(incoming);
    const url = absoluteUrl(incoming.url);
    if (name === undefined || url === undefined)
      refuse(response, 403, "this proxy serves the sandbox's Prometheus only");
    else answer(options, name, hostAndPort(url), `${url.pathname}${url.search}`, incoming, response);
  });
  server.on("connect", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const name = clientName(incoming);
    if (name === undefined) {
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) socket.unshift(head);
    const secure = new TLSSocket(socket, {
      isServer: true,
      key: options.tls.key,
      cert: options.tls.cert,
    });
    secure.on("error", () => secure.destroy());
    tunnels.set(secure, { name, target: incoming.url ?? "" });
    inner.emit("connection", secure);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await listen(server, options.port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }),
  };
}

function answer(
  options: ExporterOptions,
  client: string,
  target: string,
  path: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  if (client === alertingClient || client.startsWith(`${alertingClient}/`)) {
    forward(options.real.alertmanager, path, incoming, response);
    return;
  }
  const scrape = toScrape(client, target, path);
  const component = componentOf(scrape);
  if (isReal(component)) {
    forward(options.real[component], path, incoming, response);
    return;
  }
  if (incoming.method !== "GET") {
    refuse(response, 405, "only GET");
    return;
  }
  const body = exposition(options.source.metrics(scrape, options.world()));
  response.writeHead(200, { "content-type": textContentType }).end(body);
}

/** To a program on loopback; its answer comes back as it is. */
function forward(port: number, path: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { accept, "content-type": type, "content-length": length } = incoming.headers;
  const headers = Object.fromEntries(
    Object.entries({ accept, "content-type": type, "content-length": length }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const outgoing = request(
    { host: loopback, port, path, method: incoming.method, headers, agent: false },
    (answered) => {
      const contentType = answered.headers["content-type"];
      response.writeHead(answered.statusCode ?? 502, contentType === undefined ? {} : { "content-type": contentType });
      answered.pipe(response);
      answered.on("error", () => response.destroy());
    },
  );
  outgoing.setTimeout(forwardTimeoutMs, () => outgoing.destroy(new Error("no answer")));
  outgoing.on("error", () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, "the program does not run");
  });
  incoming.pipe(outgoing);
}

/** Who asks stands where a proxy's user name stands. */
function clientName({ headers }: IncomingMessage): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(headers["proxy-authorization"] ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const user = Buffer.from(encoded, "base64").toString("utf8").split(":")[0] ?? "";
  return user === "" ? undefined : user;
}

function absoluteUrl(text: string | undefined): URL | undefined {
  if (text === undefined || !/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}

function toScrape(job: string, target: string, path: string): Scrape {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  return { job, host: host ?? target, port: Number(port ?? 0), path };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, loopback, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
