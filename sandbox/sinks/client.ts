/** Reads what arrived in a running sandbox. */
import { z } from "zod";
import { UserError } from "../../config/user-error.ts";
import type { DrillChanges } from "../daemon/exporter/drill-changes.ts";
import { loopback, type SandboxState } from "../layout.ts";
import { until } from "../wait.ts";
import { type ArrivedMessage, type Health, healthSchema, type MessageKind, messageSchema } from "./messages.ts";

export interface MessageFilter {
  /** Only messages that came after the one with this id. */
  readonly after?: string | undefined;
  readonly kind?: MessageKind | undefined;
}

export interface WaitForOptions extends MessageFilter {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks; default 250. */
  readonly intervalMs?: number;
}

const requestTimeoutMs = 10_000;

/** Every method throws a UserError when the sandbox does not answer or does not know this client's token. */
export class InboxClient {
  readonly #base: string;
  readonly #token: string;

  constructor(state: Pick<SandboxState, "ports" | "inboxToken">) {
    this.#base = `http://${loopback}:${state.ports.inbox}`;
    this.#token = state.inboxToken;
  }

  /** What is kept, oldest first. */
  async messages({ after, kind }: MessageFilter = {}, signal?: AbortSignal): Promise<ArrivedMessage[]> {
    const query = new URLSearchParams();
    if (after !== undefined) query.set("after", after);
    if (kind !== undefined) query.set("kind", kind);
    return z.array(messageSchema).parse(await this.#get(`/api/messages?${query.toString()}`, signal));
  }

  /**
   * Waits for a message that `predicate` accepts, those that are there already included. A sandbox that does not answer
   * for a moment is asked again.
   *
   * @returns the first one, or `undefined` after `timeoutMs`
   * @throws the last error when the sandbox still did not answer at the end; the signal's reason
   */
  async waitFor(
    predicate: (message: ArrivedMessage) => boolean,
    { timeoutMs, signal, intervalMs = 250, kind, after }: WaitForOptions,
  ): Promise<ArrivedMessage | undefined> {
    let last = after;
    let failure: unknown;
    const found = await until(
      async () => {
        try {
          const arrived = await this.messages({ after: last, kind }, signal);
          last = arrived.at(-1)?.id ?? last;
          failure = undefined;
          return arrived.find(predicate);
        } catch (error) {
          signal?.throwIfAborted();
          failure = error;
          return undefined;
        }
      },
      { signal, intervalMs, timeoutMs },
    );
    if (failure !== undefined) throw failure as Error;
    return found;
  }

  /** How the parts of the sandbox are. */
  async health(signal?: AbortSignal): Promise<Health> {
    return healthSchema.parse(await this.#get("/api/health", signal));
  }

  /** Adds metrics for a drill: see `sandbox/daemon/exporter/drill-changes.ts`. */
  async putChanges(changes: DrillChanges, signal?: AbortSignal): Promise<void> {
    await this.#call("/api/changes", { method: "PUT", body: JSON.stringify(changes) }, signal);
  }

  /** Everything is healthy again. */
  async endChanges(signal?: AbortSignal): Promise<void> {
    await this.#call("/api/changes", { method: "DELETE" }, signal);
  }

  async #get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#call(path, {}, signal);
  }

  async #call(path: string, init: { method?: string; body?: string }, signal?: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    let response: Response;
    try {
      response = await fetch(this.#base + path, {
        ...init,
        headers: { authorization: `Bearer ${this.#token}` },
        redirect: "error",
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      if (response.ok) return await response.json();
    } catch (error) {
      signal?.throwIfAborted();
      throw new UserError(`The sandbox does not answer on ${this.#base}.`, "Start it with `npm start`.", {
        cause: error,
      });
    }
    throw new UserError(
      `The sandbox on ${this.#base} answered with status ${response.status}.`,
      "If another sandbox took its port, run `npm run sandbox:stop` in that checkout, then `npm start` here.",
    );
  }
}
