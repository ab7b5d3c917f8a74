/**
 * The few requests that the daemon makes to the API server. A daemon that runs all the time on a small machine cannot
 * afford the generated client (it takes 80 MB), and needs nothing of it but this.
 */
import { Agent, request, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { parse } from "yaml";
import { z } from "zod";

/** How to reach the API server: certificates and key as PEM. */
export interface KubeAccess {
  readonly server: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface KubeResponse {
  readonly status: number;
  readonly body: string;
}

/** The API server answered with something else than success. */
export class KubeStatusError extends Error {
  override readonly name = "KubeStatusError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const kubeconfigSchema = z.object({
  "current-context": z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({ name: z.string(), cluster: z.object({ server: z.string(), "certificate-authority-data": z.base64() }) }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({ "client-certificate-data": z.base64(), "client-key-data": z.base64() }),
    }),
  ),
});

/**
 * Reads a kubeconfig with embedded certificates.
 *
 * @param context name of the context
 * @throws Error when a part is missing, or when the server is not on this machine's loopback
 */
export function readAccess(kubeconfig: string, context: string): KubeAccess {
  const config = kubeconfigSchema.parse(parse(kubeconfig));
  const names = config.contexts.find(({ name }) => name === context)?.context;
  const cluster = config.clusters.find(({ name }) => name === names?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === names?.user)?.user;
  if (cluster === undefined || user === undefined) throw new Error(`the kubeconfig has no complete context ${context}`);
  if (!isLoopback(cluster.server)) throw new Error(`the API server of context ${context} is not on loopback`);
  const decode = (text: string): string => Buffer.from(text, "base64").toString("utf8");
  return {
    server: cluster.server,
    ca: decode(cluster["certificate-authority-data"]),
    certificate: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  };
}

/** @param url an address such as `https://127.0.0.1:6443` */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

const requestTimeoutMs = 15_000;
const fieldManager = "belfry-sandbox";

export class KubeClient {
  readonly #agent: Agent;
  readonly #access: KubeAccess;

  constructor(access: KubeAccess) {
    this.#access = access;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 4,
      ca: access.ca,
      cert: access.certificate,
      key: access.key,
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns the parsed answer. @throws KubeStatusError, or a network error */
  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.#success("GET", path));
  }

  /** Creates or changes an object by server-side apply; what others manage in it stays theirs. */
  async apply(path: string, object: object): Promise<void> {
    const query = new URLSearchParams({ fieldManager, force: "true" }).toString();
    await this.#success("PATCH", `${path}?${query}`, {
      type: "application/apply-patch+yaml",
      text: JSON.stringify(object),
    });
  }

  /** Creates an object; one that is there already is left as it is. */
  async create(path: string, object: object): Promise<void> {
    const { status, body } = await this.#send("POST", path, { type: "application/json", text: JSON.stringify(object) });
    if (status !== 409) checked("POST", path, status, body);
  }

  /** Deletes an object if it is there. */
  async delete(path: string): Promise<void> {
    const { status, body } = await this.#send("DELETE", path);
    if (status !== 404) checked("DELETE", path, status, body);
  }

  /**
   * Reads lines until the server ends the answer.
   *
   * @throws KubeStatusError, a network error, or the signal's reason
   */
  async lines(path: string, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // A connection of its own: a watch would keep one of the shared ones busy for minutes.
      const outgoing = request(this.#options("GET", path, false), (response) => {
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const parts = (rest + chunk).split("\n");
          rest = parts.pop() ?? "";
          if (response.statusCode !== 200) return;
          try {
            parts.filter((line) => line !== "").forEach(onLine);
          } catch (error) {
            outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
          }
        });
        response.on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new KubeStatusError(response.statusCode ?? 0, `GET ${path}: ${response.statusCode ?? 0}`));
        });
        response.on("error", reject);
      });
      const abort = () => outgoing.destroy(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      signal.addEventListener("abort", abort, { once: true });
      outgoing.on("close", () => signal.removeEventListener("abort", abort));
      outgoing.on("error", reject);
      if (signal.aborted) abort();
      outgoing.end();
    });
  }

  #options(method: string, path: string, shared: boolean): RequestOptions {
    const { server, ca, certificate, key } = this.#access;
    const { hostname, port } = new URL(server);
    return {
      method,
      host: hostname,
      port,
      path,
      ca,
      cert: certificate,
      key,
      agent: shared ? this.#agent : false,
    };
  }

  async #success(method: string, path: string, body?: { type: string; text: string }): Promise<string> {
    const answer = await this.#send(method, path, body);
    return checked(method, path, answer.status, answer.body);
  }

  async #send(method: string, path: string, body?: { type: string; text: string }): Promise<KubeResponse> {
    return new Promise<KubeResponse>((resolve, reject) => {
      const options = this.#options(method, path, true);
      const headers =
        body === undefined ? {} : { "content-type": body.type, "content-length": Buffer.byteLength(body.text) };
      const outgoing = request({ ...options, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
        response.on("error", reject);
      });
      outgoing.setTimeout(requestTimeoutMs, () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on("error", reject);
      outgoing.end(body?.text);
    });
  }
}

const statusSchema = z.object({ message: z.string() });

function checked(method: string, path: string, status: number, body: string): string {
  if (status >= 200 && status < 300) return body;
  let reason = String(status);
  try {
    reason = statusSchema.parse(JSON.parse(body)).message;
  } catch {
    // Not every refusal comes as a Status object.
  }
  throw new KubeStatusError(status, `${method} ${path.split("?")[0] ?? path}: ${reason}`);
}
