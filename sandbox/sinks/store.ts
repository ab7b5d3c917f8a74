/**
 * Keeps what arrived: in memory for the page, and one file a message below a directory so that a restart forgets
 * nothing.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { privateDirectory, writePrivateFile } from "../files.ts";
import { messageSchema, type ArrivedMessage, type NewMessage } from "./messages.ts";

/** How much is kept; the oldest go first. */
export interface StoreLimits {
  /** Slack messages and mails together. */
  readonly messages: number;
  /** Heartbeats; their count goes on. */
  readonly heartbeats: number;
  /** Size of all files together. */
  readonly bytes: number;
}

export const storeLimits: StoreLimits = { messages: 1_000, heartbeats: 50, bytes: 64 * 1024 * 1024 };

export interface StoreOptions {
  readonly directory: string;
  /** Values that must not be kept; each occurrence in a message is masked. */
  readonly secrets?: readonly string[];
  readonly limits?: StoreLimits;
  readonly now?: () => Date;
}

interface Kept {
  readonly message: ArrivedMessage;
  readonly bytes: number;
}

const mask = "•••";

/** Made by {@link openStore}. */
export class MessageStore {
  readonly #options: Required<StoreOptions>;
  /** Oldest first. */
  #kept: Kept[];
  #beats: number;
  #lastId: string;
  /** Messages are written one after the other, so that ids, files and bounds agree. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: Required<StoreOptions>, kept: readonly Kept[]) {
    this.#options = options;
    this.#kept = [...kept];
    this.#beats = Math.max(0, ...kept.map(({ message }) => (message.kind === "heartbeat" ? message.beat : 0)));
    this.#lastId = kept.at(-1)?.message.id ?? "";
  }

  /** What is kept, oldest first. */
  messages(): ArrivedMessage[] {
    return this.#kept.map(({ message }) => message);
  }

  /**
   * Keeps a message. It is on disk when this resolves.
   *
   * @throws the file system's error when it cannot be written: the sender must then be told that it was not taken
   */
  add(message: NewMessage): Promise<ArrivedMessage> {
    const added = this.#queue.then(() => this.#write(message));
    this.#queue = added.catch(() => undefined);
    return added;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  async #write(added: NewMessage): Promise<ArrivedMessage> {
    const now = this.#options.now();
    const id = nextId(this.#lastId, now);
    const arrived = { id, receivedAt: now.toISOString() };
    const message: ArrivedMessage =
      added.kind === "heartbeat" ? { ...added, ...arrived, beat: this.#beats + 1 } : { ...added, ...arrived };
    const content = masked(`${JSON.stringify(message)}\n`, this.#options.secrets);
    await writePrivateFile(this.#file(id), content);
    const kept = messageSchema.parse(JSON.parse(content));
    this.#kept.push({ message: kept, bytes: Buffer.byteLength(content) });
    this.#lastId = id;
    if (kept.kind === "heartbeat") this.#beats = kept.beat;
    await this.prune();
    return kept;
  }

  /** Removes what is over the limits. */
  async prune(): Promise<void> {
    const over = overLimits(this.#kept, this.#options.limits);
    this.#kept = this.#kept.filter(({ message }) => !over.has(message.id));
    for (const id of over) await rm(this.#file(id), { force: true });
  }

  #file(id: string): string {
    return join(this.#options.directory, `${id}.json`);
  }
}

/** Reads what an earlier run kept. Files that are not messages of this version are left alone. */
export async function openStore(options: StoreOptions): Promise<MessageStore> {
  const { directory } = options;
  await privateDirectory(directory);
  const kept: Kept[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    // Left behind by a process that was killed while it wrote.
    if (name.endsWith(".tmp")) await rm(path, { force: true });
    if (!name.endsWith(".json")) continue;
    const content = await readFile(path, "utf8");
    const message = parseMessage(content);
    if (message !== undefined && name === `${message.id}.json`)
      kept.push({ message, bytes: Buffer.byteLength(content) });
  }
  const store = new MessageStore({ secrets: [], limits: storeLimits, now: () => new Date(), ...options }, kept);
  await store.prune();
  return store;
}

function parseMessage(content: string): ArrivedMessage | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

/**
 * An id that sorts after `last` even when the clock was set back: milliseconds since 1970, then a number that tells
 * messages of one millisecond apart.
 */
export function nextId(last: string, now: Date): string {
  const [lastTime = 0, lastNumber = 0] = last.split("-").map(Number);
  const time = Math.max(now.getTime(), lastTime);
  const number = time === lastTime ? lastNumber + 1 : 0;
  return `${String(time).padStart(15, "0")}-${String(number).padStart(6, "0")}`;
}

/** Ids of the messages that must go, oldest first; the newest message always stays. */
function overLimits(kept: readonly Kept[], limits: StoreLimits): Set<string> {
  const over = new Set<string>();
  const left = { messages: limits.messages, heartbeats: limits.heartbeats, bytes: limits.bytes };
  for (const { message, bytes } of kept.toReversed()) {
    const group = message.kind === "heartbeat" ? "heartbeats" : "messages";
    left[group] -= 1;
    left.bytes -= bytes;
    if (left[group] < 0 || (left.bytes < 0 && message.id !== kept.at(-1)?.message.id)) over.add(message.id);
  }
  return over;
}

/** Secrets are URL-safe text, so they look the same inside JSON. */
function masked(content: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, mask), content);
}
