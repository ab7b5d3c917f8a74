/** A copy of all objects of one kind, kept current by a list and then a watch. */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { KubeStatusError, type KubeClient } from "./kube-client.ts";
import type { KubeObject } from "./objects.ts";

/** Where a kind is listed, for example `/api/v1/pods`, and what of it. */
export interface ListPath {
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** What is needed of a client. */
export type LineSource = Pick<KubeClient, "get" | "lines">;

const objectSchema = z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string().optional() }) });
const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(objectSchema).nullish(),
});
const eventSchema = z.object({
  type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]),
  object: z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string().optional() }).optional() }),
});

/** The server ends a watch after this time; one that stays longer is a dead connection. */
const watchSeconds = 240;
const retryMs = 1_000;

export class Watched<T extends KubeObject> {
  readonly #client: LineSource;
  readonly #retryMs: number;
  readonly #source: ListPath;
  readonly #changed: () => void;
  #items = new Map<string, T>();
  #synced = false;
  #connected = false;
  #version = "";

  /**
   * @param changed called after every change, also of `connected`; must not throw
   * @param pauseMs before the next try after a failure; for tests
   */
  constructor(client: LineSource, source: ListPath, changed: () => void, pauseMs = retryMs) {
    this.#retryMs = pauseMs;
    this.#client = client;
    this.#source = source;
    this.#changed = changed;
  }

  /** False until the first list has come. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether the API server answered the last time. */
  get connected(): boolean {
    return this.#connected;
  }

  items(): T[] {
    return [...this.#items.values()];
  }

  find(namespace: string, name: string): T | undefined {
    return this.items().find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  }

  /** Keeps the copy current until the signal is aborted. An API server that is away only means waiting. */
  async run(signal: AbortSignal): Promise<void> {
    let listed = false;
    while (!isAborted(signal)) {
      try {
        if (!listed) await this.#list();
        listed = true;
        await this.#watch(signal);
      } catch {
        // Whatever was missed meanwhile is in the next list.
        listed = false;
        if (isAborted(signal)) return;
        this.#connected = false;
        this.#changed();
        await delay(this.#retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #list(): Promise<void> {
    const list = listSchema.parse(await this.#client.get(this.#url({})));
    this.#items = new Map((list.items ?? []).map((object) => [key(object), this.#typed(object)]));
    this.#version = list.metadata.resourceVersion;
    this.#synced = true;
    this.#connected = true;
    this.#changed();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const query = {
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: this.#version,
      timeoutSeconds: String(watchSeconds),
    };
    const overdue = AbortSignal.timeout((watchSeconds + 20) * 1000);
    let failure: Error | undefined;
    await this.#client.lines(this.#url(query), AbortSignal.any([signal, overdue]), (line) => {
      const event = eventSchema.parse(JSON.parse(line));
      if (event.type === "ERROR") {
        failure = new KubeStatusError(410, "the watch has to begin anew");
        return;
      }
      this.#version = event.object.metadata?.resourceVersion ?? this.#version;
      if (event.type === "BOOKMARK") return;
      const object = objectSchema.parse(event.object);
      if (event.type === "DELETED") this.#items.delete(key(object));
      else this.#items.set(key(object), this.#typed(object));
      this.#changed();
    });
    if (failure !== undefined) throw failure;
  }

  /** The API server has checked every object against the schema of its kind. */
  #typed(object: z.infer<typeof objectSchema>): T {
    return object as unknown as T;
  }

  #url(query: Record<string, string>): string {
    const { path, fieldSelector, labelSelector } = this.#source;
    const all = new URLSearchParams({
      ...query,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    }).toString();
    return all === "" ? path : `${path}?${all}`;
  }
}

function key(object: z.infer<typeof objectSchema>): string {
  return object.metadata.uid ?? object.metadata.name;
}

/** A function, because the signal may be aborted during any pause. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
