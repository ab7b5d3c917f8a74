/** Messages as lines for a terminal. */
import { withoutControls } from "./characters.ts";
import { decodeEntities, mrkdwnToText } from "./mrkdwn.ts";
import type { ArrivedMessage, EmailMessage, SlackAttachment, SlackMessage } from "./messages.ts";

export interface PlainTextOptions {
  /** Columns of the longest line; default 100. */
  readonly width?: number;
  /** At most so many lines; the last one then says how many were left out. Default 20. */
  readonly lines?: number;
}

/**
 * What a person needs to recognise the message, safe to write to a terminal: no control characters, no line longer than
 * `width` columns, no empty lines. mrkdwn and entities are resolved; a mail without a text part shows its headers only.
 */
export function plainText(message: ArrivedMessage, { width = 100, lines = 20 }: PlainTextOptions = {}): string[] {
  const all = paragraphs(message)
    .flatMap((paragraph) => withoutControls(paragraph).split("\n"))
    .map((line) => line.replaceAll("\t", " ").trimEnd())
    .filter((line) => line !== "")
    .flatMap((line) => wrap(line, width));
  if (all.length <= lines) return all;
  const left = all.length - lines + 1;
  return [...all.slice(0, lines - 1), `... and ${left} more lines`];
}

function paragraphs(message: ArrivedMessage): string[] {
  switch (message.kind) {
    case "slack":
      return slackParagraphs(message);
    case "email":
      return emailParagraphs(message);
    case "heartbeat":
      return [`Heartbeat ${message.beat} at ${message.receivedAt}`];
  }
}

function slackParagraphs(message: SlackMessage): string[] {
  return [
    mrkdwnToText(message.text),
    ...message.blocks.map(mrkdwnToText),
    ...message.attachments.flatMap(attachmentParagraphs),
  ];
}

function attachmentParagraphs(attachment: SlackAttachment): string[] {
  return [
    mrkdwnToText(attachment.pretext),
    decodeEntities(attachment.title),
    mrkdwnToText(attachment.text),
    ...attachment.fields.map(({ title, value }) => `${decodeEntities(title)}: ${mrkdwnToText(value)}`),
    mrkdwnToText(attachment.footer),
  ];
}

function emailParagraphs({ from, to, subject, text }: EmailMessage): string[] {
  // One line each, whatever line breaks a header was made to hold.
  const headers = { From: from, To: to.join(", "), Subject: subject };
  return [...Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/\s+/gu, " ")}`), text];
}

/** Breaks at spaces; a word that is too long is broken inside. Continued lines keep the indentation of the first. */
function wrap(line: string, width: number): string[] {
  const indentation = /^ */u.exec(line)?.[0].slice(0, Math.floor(width / 2)) ?? "";
  const wrapped: string[] = [];
  let current = indentation;
  for (const word of line.trimStart().split(" ")) {
    const joined = current.trim() === "" ? `${current}${word}` : `${current} ${word}`;
    if (columns(joined) <= width) {
      current = joined;
      continue;
    }
    if (current.trim() !== "") wrapped.push(current);
    const pieces = chop(word, width - indentation.length);
    wrapped.push(...pieces.slice(0, -1).map((piece) => indentation + piece));
    current = indentation + (pieces.at(-1) ?? "");
  }
  return current.trim() === "" ? wrapped : [...wrapped, current];
}

function chop(word: string, width: number): string[] {
  const pieces: string[] = [];
  let current = "";
  let left = width;
  for (const character of word) {
    const needed = columns(character);
    if (current !== "" && needed > left) {
      pieces.push(current);
      current = "";
      left = width;
    }
    current += character;
    left -= needed;
  }
  return [...pieces, current];
}

/** East Asian letters and emoji take two columns. */
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu;

function columns(text: string): number {
  return Array.from(text).length + (text.match(wide)?.length ?? 0);
}
