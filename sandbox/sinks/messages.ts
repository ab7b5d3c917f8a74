/** What arrived in the sandbox: the messages that the sinks keep, and how they read them back. */
import { z } from "zod";

export { plainText } from "./plain-text.ts";

export const messageKinds = ["slack", "email", "heartbeat"] as const;
export type MessageKind = (typeof messageKinds)[number];

interface Arrived {
  /** Sorts by arrival; later messages have greater ids, also after a restart. */
  readonly id: string;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** A name and a value in a Slack attachment. The value is mrkdwn. */
export interface SlackField {
  readonly title: string;
  readonly value: string;
  /** Whether it may stand beside another one. */
  readonly short: boolean;
}

/** One attachment of a Slack message; what it does not have is `""`. */
export interface SlackAttachment {
  /** `good`, `warning`, `danger` or `#rrggbb`, as it came. */
  readonly color: string;
  readonly pretext: string;
  readonly title: string;
  readonly titleLink: string;
  /** mrkdwn, with `&amp;`, `&lt;` and `&gt;` as it came. */
  readonly text: string;
  readonly fields: readonly SlackField[];
  readonly footer: string;
}

/** What was posted to the Slack webhook; what it does not have is `""`. */
export interface SlackMessage extends Arrived {
  readonly kind: "slack";
  readonly channel: string;
  readonly username: string;
  /** The message's own text (mrkdwn), outside the attachments. */
  readonly text: string;
  /** Title of the first attachment that has one. */
  readonly title: string;
  /** What a notification shows: the first attachment's fallback. */
  readonly fallback: string;
  readonly attachments: readonly SlackAttachment[];
  /** The texts of Block Kit blocks (mrkdwn), a line each. */
  readonly blocks: readonly string[];
  /** The whole payload as it came. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface EmailHeader {
  readonly name: string;
  /** Unfolded; encoded words (`=?utf-8?q?...?=`) as they came. */
  readonly value: string;
}

/** A mail that was accepted by the SMTP sink. */
export interface EmailMessage extends Arrived {
  readonly kind: "email";
  /** Addresses of the From header, as a mail program shows them. */
  readonly from: string;
  /** Addresses of the To header. */
  readonly to: readonly string[];
  /** The envelope's recipients: to whom the server was told to deliver. */
  readonly recipients: readonly string[];
  /** Decoded. */
  readonly subject: string;
  /** The plain-text part; `""` when the mail has none. */
  readonly text: string;
  /** The HTML part; `""` when the mail has none. Foreign: never show it outside a sandboxed frame. */
  readonly html: string;
  /** All headers in their order. */
  readonly headers: readonly EmailHeader[];
  /** What was attached; the contents are not kept. */
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly bytes: number }[];
}

/** A call of the heartbeat URL. */
export interface HeartbeatMessage extends Arrived {
  readonly kind: "heartbeat";
  /** Running number of this beat since the sandbox was made: the newest one's is the count of all. */
  readonly beat: number;
  /** The JSON that came, text that is not JSON, or `null` for a call without a body. */
  readonly payload: unknown;
}

export type ArrivedMessage = SlackMessage | EmailMessage | HeartbeatMessage;

/** What a sink makes of a call; the store adds the rest. */
export type NewMessage =
  | Omit<SlackMessage, "id" | "receivedAt">
  | Omit<EmailMessage, "id" | "receivedAt">
  | Omit<HeartbeatMessage, "id" | "receivedAt" | "beat">;

/** How a part of the sandbox is. `waiting`: what it serves is not deployed yet. */
export interface PartHealth {
  readonly state: "starting" | "running" | "waiting" | "failed";
  readonly detail?: string | undefined;
}

/** Answer of `GET /api/health`. */
export interface Health {
  /** Whether the sandbox can take a deployment. */
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartHealth>>;
}

const text = z.string();
const arrived = { id: text.min(1), receivedAt: z.iso.datetime() };

export const messageSchema = z.discriminatedUnion("kind", [
  z.object({
    ...arrived,
    kind: z.literal("slack"),
    channel: text,
    username: text,
    text,
    title: text,
    fallback: text,
    attachments: z.array(
      z.object({
        color: text,
        pretext: text,
        title: text,
        titleLink: text,
        text,
        fields: z.array(z.object({ title: text, value: text, short: z.boolean() })),
        footer: text,
      }),
    ),
    blocks: z.array(text),
    payload: z.record(text, z.unknown()),
  }),
  z.object({
    ...arrived,
    kind: z.literal("email"),
    from: text,
    to: z.array(text),
    recipients: z.array(text),
    subject: text,
    text,
    html: text,
    headers: z.array(z.object({ name: text, value: text })),
    attachments: z.array(z.object({ name: text, type: text, bytes: z.number() })),
  }),
  z.object({ ...arrived, kind: z.literal("heartbeat"), beat: z.number().int().min(1), payload: z.unknown() }),
]) satisfies z.ZodType<ArrivedMessage>;

export const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.record(
    text,
    z.object({ state: z.enum(["starting", "running", "waiting", "failed"]), detail: text.optional() }),
  ),
}) satisfies z.ZodType<Health>;

/** The heartbeats in one line: how many ever came, when the last one did, and how far apart they are. */
export interface HeartbeatSummary {
  readonly count: number;
  /** ISO 8601. */
  readonly lastAt: string;
  /** Median distance of the beats that are kept; `undefined` with fewer than two. */
  readonly intervalSeconds: number | undefined;
}

/** @returns `undefined` when no heartbeat is among the messages */
export function heartbeatSummary(messages: readonly ArrivedMessage[]): HeartbeatSummary | undefined {
  const beats = messages.filter((message) => message.kind === "heartbeat");
  const last = beats.at(-1);
  if (last === undefined) return undefined;
  const times = beats.map((beat) => Date.parse(beat.receivedAt));
  const distances = times.slice(1).map((time, index) => (time - (times[index] ?? time)) / 1000);
  const median = distances.sort((a, b) => a - b)[Math.floor((distances.length - 1) / 2)];
  return {
    count: last.beat,
    lastAt: last.receivedAt,
    intervalSeconds: median === undefined ? undefined : Math.round(median * 10) / 10,
  };
}
