/**
 * The rules of Slack's incoming webhooks, pure: what is taken, what is refused and with which words.
 *
 * Statuses and words follow https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks and
 * "Handling errors" in https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. For the length see
 * https://api.slack.com/changelog/2018-04-truncating-really-long-messages: Slack cuts a text of more than 40,000
 * characters; here it is refused with Slack's word `msg_too_long`, because a message that depends on being cut is
 * wrong. For the same reason the texts of attachments and blocks count too.
 */
import type { NewMessage, SlackAttachment, SlackField } from "./messages.ts";

/** Characters in all texts of a message. */
export const slackTextLimit = 40_000;
export const slackAttachmentLimit = 100;

/** An answer of the webhook: `ok` with a message, or a refusal. */
export type SlackVerdict =
  | { readonly status: 200; readonly body: "ok"; readonly message: Extract<NewMessage, { kind: "slack" }> }
  | {
      readonly status: 400;
      readonly body: "invalid_payload" | "no_text" | "msg_too_long" | "too_many_attachments";
    };

/** The answer for a path, or a method, that no webhook has. */
export const noService = { status: 404, body: "no_service" } as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * @param body JSON, or a form with the JSON in the field `payload`
 * @param contentType of the request
 */
export function judgeSlackPayload(body: string, contentType: string | undefined): SlackVerdict {
  const isForm = contentType?.toLowerCase().startsWith("application/x-www-form-urlencoded") === true;
  const payload = parseObject(isForm ? (new URLSearchParams(body).get("payload") ?? "") : body);
  if (payload === undefined || !hasKnownShape(payload)) return { status: 400, body: "invalid_payload" };
  const attachments = objects(payload["attachments"]);
  if (attachments.length > slackAttachmentLimit) return { status: 400, body: "too_many_attachments" };
  const message = readMessage(payload, attachments);
  const texts = textsOf(message);
  if (texts.every((text) => text.trim() === "")) return { status: 400, body: "no_text" };
  const length = texts.reduce((sum, text) => sum + Array.from(text).length, 0);
  if (length > slackTextLimit) return { status: 400, body: "msg_too_long" };
  return { status: 200, body: "ok", message };
}

function readMessage(payload: Json, attachments: readonly Json[]): Extract<NewMessage, { kind: "slack" }> {
  const read = attachments.map(readAttachment);
  return {
    kind: "slack",
    channel: string(payload["channel"]),
    username: string(payload["username"]),
    text: string(payload["text"]),
    title: read.find(({ title }) => title !== "")?.title ?? "",
    fallback: string(attachments[0]?.["fallback"]),
    attachments: read,
    blocks: objects(payload["blocks"]).flatMap(blockTexts),
    payload,
  };
}

function readAttachment(attachment: Json): SlackAttachment {
  return {
    color: string(attachment["color"]),
    pretext: string(attachment["pretext"]),
    title: string(attachment["title"]),
    titleLink: string(attachment["title_link"]),
    text: [string(attachment["text"]), ...objects(attachment["blocks"]).flatMap(blockTexts)].filter(Boolean).join("\n"),
    fields: objects(attachment["fields"]).map(readField),
    footer: string(attachment["footer"]),
  };
}

function readField(field: Json): SlackField {
  return { title: string(field["title"]), value: string(field["value"]), short: field["short"] === true };
}

/** The texts of a header, section or context block; other blocks have none. */
function blockTexts(block: Json): string[] {
  return [block["text"], ...objects(block["fields"]), ...objects(block["elements"])]
    .map((part) => (isObject(part) ? string(part["text"]) : ""))
    .filter((part) => part !== "");
}

function textsOf(message: Extract<NewMessage, { kind: "slack" }>): string[] {
  return [
    message.text,
    ...message.blocks,
    ...message.attachments.flatMap(({ pretext, title, text, footer, fields }) => [
      pretext,
      title,
      text,
      footer,
      ...fields.flatMap((field) => [field.title, field.value]),
    ]),
  ];
}

function hasKnownShape(payload: Json): boolean {
  return (
    ["undefined", "string"].includes(typeof payload["text"]) &&
    ["attachments", "blocks"].every((key) => {
      const list: unknown = payload[key];
      return list === undefined || list === null || (Array.isArray(list) && list.every(isObject));
    })
  );
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
