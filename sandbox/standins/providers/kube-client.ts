/** A small client of the Kubernetes API: any kind, by discovery. */
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { UserError } from "../../../config/user-error.ts";
import { errorCode } from "../../files.ts";
import type { ClusterAccess } from "./kubeconfig.ts";
import { at, isObject, textAt, type Wire, type WireObject } from "./wire.ts";

/** The API server refused. The message is its own. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /** @param reason Kubernetes' word for it, for example `AlreadyExists`, `NotFound`, `Conflict` */
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** What the API server says of a kind. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Which object. */
export interface ObjectReference {
  readonly resource: ResourceKind;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: WireObject;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The API server is on this machine. */
const callTimeoutMs = 30_000;

export class KubeClient {
  readonly #agent: HttpAgent;
  readonly #kinds = new Map<string, ResourceKind[]>();

  constructor(readonly access: ClusterAccess) {
    this.#agent =
      access.server.protocol === "https:"
        ? new HttpsAgent({ keepAlive: true, ca: access.authority, cert: access.certificate, key: access.key })
        : new HttpAgent({ keepAlive: true });
  }

  /** @returns undefined when the cluster does not have the kind (now): a later call asks again */
  async kindOf(apiVersion: string, kind: string, signal?: AbortSignal): Promise<ResourceKind | undefined> {
    const known = this.#kinds.get(apiVersion)?.find((one) => one.kind === kind);
    if (known !== undefined) return known;
    const list = await unlessMissing(this.call("GET", groupPath(apiVersion), signal === undefined ? {} : { signal }));
    const resources = at(list, "resources");
    const kinds = (Array.isArray(resources) ? resources : []).flatMap((resource): ResourceKind[] => {
      const plural = textAt(resource, "name");
      const name = textAt(resource, "kind");
      // Names with a slash are subresources.
      if (plural === undefined || name === undefined || plural.includes("/")) return [];
      return [{ apiVersion, kind: name, plural, namespaced: at(resource, "namespaced") === true }];
    });
    this.#kinds.set(apiVersion, kinds);
    return kinds.find((one) => one.kind === kind);
  }

  /** @returns undefined when there is no such object */
  async get(reference: ObjectReference, signal?: AbortSignal): Promise<WireObject | undefined> {
    return unlessMissing(this.call("GET", objectPath(reference), signal === undefined ? {} : { signal }));
  }

  /** The objects of a kind in a namespace. */
  async list(apiVersion: string, plural: string, namespace: string, signal?: AbortSignal): Promise<WireObject[]> {
    const path = `${groupPath(apiVersion)}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    const items = at(await this.call("GET", path, signal === undefined ? {} : { signal }), "items");
    return Array.isArray(items) ? items.filter(isObject) : [];
  }

  /** Server-side apply. */
  async apply(
    reference: ObjectReference,
    body: WireObject,
    options: { fieldManager: string; force: boolean; dryRun: boolean; signal: AbortSignal },
  ): Promise<WireObject> {
    const query = {
      fieldManager: options.fieldManager,
      force: String(options.force),
      fieldValidation: "Warn",
      ...(options.dryRun ? { dryRun: "All" } : {}),
    };
    // JSON is YAML.
    const contentType = "application/apply-patch+yaml";
    return this.call("PATCH", objectPath(reference), { query, body, contentType, signal: options.signal });
  }

  /** @throws ApiError; one with status 404 when it is gone already */
  async delete(reference: ObjectReference, propagation: string, signal: AbortSignal): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation };
    await this.call("DELETE", objectPath(reference), { body, signal });
  }

  /**
   * @throws ApiError when the API server refuses, UserError when it cannot be reached
   */
  async call(method: string, path: string, options: CallOptions = {}): Promise<WireObject> {
    const { status, text } = await this.#send(method, path, options);
    const answer = parsed(text);
    if (status >= 200 && status < 300 && isObject(answer)) return answer;
    const reason = textAt(answer, "reason") ?? "Unknown";
    throw new ApiError(status, reason, textAt(answer, "message") ?? `the API server answered with status ${status}`);
  }

  async #send(method: string, path: string, options: CallOptions): Promise<{ status: number; text: string }> {
    const url = new URL(this.access.server);
    url.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
    for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const signals = [AbortSignal.timeout(callTimeoutMs), ...(options.signal === undefined ? [] : [options.signal])];
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    try {
      return await new Promise((resolve, reject) => {
        const request = send(url, {
          method,
          agent: this.#agent,
          signal: AbortSignal.any(signals),
          headers: {
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
            ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
          },
        });
        request.on("error", reject);
        request.on("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
          );
        });
        request.end(body);
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new UserError(
        `The API server at ${this.access.server.origin} cannot be reached (${errorCode(error) ?? String(error)}).`,
        "Start the sandbox with `npm start`, then try again.",
        { cause: error },
      );
    }
  }
}

/** `v1` is served below /api, everything else below /apis. */
function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function objectPath({ resource, namespace, name }: ObjectReference): string {
  const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
  return `${groupPath(resource.apiVersion)}${scope}/${resource.plural}/${encodeURIComponent(name)}`;
}

async function unlessMissing(answer: Promise<WireObject>): Promise<WireObject | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function parsed(text: string): Wire {
  try {
    return JSON.parse(text) as Wire;
  } catch {
    return null;
  }
}
