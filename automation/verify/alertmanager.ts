/** The calls to one Alertmanager that a verification makes. */
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../config/user-error.ts";
import { readMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import type { Labels } from "./matchers.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One Alertmanager, however it is reached. */
export interface AlertmanagerAccess {
  /** For messages: the pod's name. */
  readonly name: string;
  /** One HTTP request; rejects when no answer came. A `body` is JSON. */
  request(method: "GET" | "POST", path: string, signal: AbortSignal, body?: string): Promise<Answer>;
}

/** An Alertmanager that answers at an address of its own, such as `http://127.0.0.1:9093`. */
export function directAccess(name: string, baseUrl: string): AlertmanagerAccess {
  return {
    name,
    request: async (method, path, signal, body) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        signal,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, body: await response.text() };
    },
  };
}

export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startsAt: string;
  readonly endsAt: string;
}

/** An alert that fires, as `/api/v2/alerts/groups` shows it. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly startsAt: string;
  readonly status: {
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy?: readonly string[];
  };
}

/** A group as `/api/v2/alerts/groups` shows it. */
export interface AlertGroup {
  readonly receiver: { readonly name: string };
  readonly labels: Labels;
  readonly alerts: readonly ActiveAlert[];
}

export interface Status {
  /** The running configuration, secrets masked. */
  readonly config: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

const attempts = 3;
const retryMilliseconds = 500;
const requestMilliseconds = 10_000;

/** Sends a request, again where the connection broke; each of them may safely be repeated. */
async function ask(
  access: AlertmanagerAccess,
  method: "GET" | "POST",
  path: string,
  signal: AbortSignal,
  body?: string,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(requestMilliseconds)]);
      const answer = await access.request(method, path, limit, body);
      if (answer.status === 200) {
        return answer.body;
      }
      if (answer.status < 500 || attempt === attempts) {
        throw new UserError(
          `${access.name}: ${method} ${path.replace(/\?.*/, "")} was answered with status ${answer.status}.`,
          "Is it an Alertmanager of version 0.27 or newer, and ready? Its log says more.",
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError) {
        throw error;
      }
      if (attempt === attempts) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UserError(
          `${access.name} does not answer (${method} ${path.replace(/\?.*/, "")}: ${reason}).`,
          "See whether the pod is ready, and run verify again.",
          { cause: error },
        );
      }
    }
    await sleep(retryMilliseconds, undefined, { signal });
  }
}

async function askJson(access: AlertmanagerAccess, path: string, signal: AbortSignal): Promise<unknown> {
  const text = await ask(access, "GET", path, signal);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${access.name}: the answer to ${path.replace(/\?.*/, "")} is not JSON.`,
      "Something else than Alertmanager answers at its port 9093.",
      { cause: error },
    );
  }
}

/** @throws UserError */
export async function readStatus(access: AlertmanagerAccess, signal: AbortSignal): Promise<Status> {
  const status = (await askJson(access, "/api/v2/status", signal)) as { config: { original: string }; uptime: string };
  return { config: status.config.original, startedAt: Date.parse(status.uptime) };
}

/** @throws UserError */
export async function scrape(access: AlertmanagerAccess, signal: AbortSignal): Promise<Metrics> {
  return readMetrics(await ask(access, "GET", "/metrics", signal));
}

/**
 * @param filter a matcher; only alerts that match it are in the groups
 * @throws UserError
 */
export async function alertGroups(
  access: AlertmanagerAccess,
  signal: AbortSignal,
  filter?: string,
): Promise<AlertGroup[]> {
  const query = filter === undefined ? "" : `?filter=${encodeURIComponent(filter)}`;
  return (await askJson(access, `/api/v2/alerts/groups${query}`, signal)) as AlertGroup[];
}

/** @throws UserError */
export async function postAlerts(
  access: AlertmanagerAccess,
  alerts: readonly PostedAlert[],
  signal: AbortSignal,
): Promise<void> {
  await ask(access, "POST", "/api/v2/alerts", signal, JSON.stringify(alerts));
}
