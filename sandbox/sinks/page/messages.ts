/** Messages as they look on the page. */
import { isWebAddress, withVisibleControls } from "../characters.ts";
import type { ArrivedMessage, EmailMessage, HeartbeatSummary, SlackAttachment, SlackMessage } from "../messages.ts";
import { decodeEntities, parseMrkdwn, type Piece } from "../mrkdwn.ts";
import { html, type Markup } from "./markup.ts";

/** What Slack shows for its three colour names. */
const colors = new Map([
  ["good", "#2eb67d"],
  ["warning", "#ecb22e"],
  ["danger", "#e01e5a"],
]);

/** Longest HTML part that is shown, in characters. */
const shownHtml = 512 * 1024;

export function slackCard(message: SlackMessage): Markup {
  const { channel, username, text, blocks, attachments } = message;
  const to = channel === "" ? undefined : html`<span class="where">to <b>${channel}</b></span>`;
  return html`<article class="slack" id="${message.id}">
    <header><span class="kind">Slack</span> ${to} ${timeOf(message)}</header>
    <p class="sender">${username === "" ? "Incoming webhook" : username} <span class="app">APP</span></p>
    ${text === "" ? undefined : html`<p class="text">${mrkdwn(text)}</p>`}
    ${blocks.map((block) => html`<p class="text">${mrkdwn(block)}</p>`)} ${attachments.map(attachmentBox)}
    <details>
      <summary>Payload</summary>
      <pre>${JSON.stringify(message.payload, undefined, 2)}</pre>
    </details>
  </article>`;
}

function attachmentBox({ color, pretext, title, titleLink, text, fields, footer }: SlackAttachment): Markup {
  const bar = colors.get(color) ?? (/^#?[0-9a-f]{6}$/iu.test(color) ? `#${color.replace("#", "")}` : undefined);
  const heading = decodeEntities(title);
  const link = decodeEntities(titleLink);
  return html`${pretext === "" ? undefined : html`<p class="text">${mrkdwn(pretext)}</p>`}
    <div class="attachment"${bar === undefined ? undefined : html` style="border-color: ${bar}"`}>
      ${title === "" ? undefined : html`<h3>${isWebAddress(link) ? anchor(link, heading) : heading}</h3>`}
      ${text === "" ? undefined : html`<p class="text">${mrkdwn(text)}</p>`}
      ${fields.length === 0 ? undefined : html`<dl class="fields">${fields.map(fieldBox)}</dl>`}
      ${footer === "" ? undefined : html`<p class="footer">${mrkdwn(footer)}</p>`}
    </div>`;
}

function fieldBox(field: SlackAttachment["fields"][number]): Markup {
  return html`<div${field.short ? undefined : html` class="long"`}>
    <dt>${decodeEntities(field.title)}</dt><dd>${mrkdwn(field.value)}</dd></div>`;
}

/** Slack's text format as HTML. */
export function mrkdwn(source: string): Markup[] {
  return parseMrkdwn(source).map(piece);
}

function piece(part: Piece): Markup {
  switch (part.type) {
    case "text":
      return html`${part.text}`;
    case "code":
      return html`<code>${part.text}</code>`;
    case "block":
      return html`<code class="block">${part.text}</code>`;
    case "mention":
      return html`<mark>${part.text}</mark>`;
    case "link":
      return anchor(part.url, part.label);
    case "bold":
      return html`<b>${part.pieces.map(piece)}</b>`;
    case "italic":
      return html`<i>${part.pieces.map(piece)}</i>`;
    case "strike":
      return html`<s>${part.pieces.map(piece)}</s>`;
  }
}

/** The address shows when the pointer is on it: the label is foreign and may say anything. */
function anchor(url: string, label: string): Markup {
  return html`<a href="${url}" title="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;
}

export function emailCard(message: EmailMessage): Markup {
  const { subject, text, headers, attachments } = message;
  const hasHtml = message.html !== "";
  const textPart =
    text === "" ? html`<p class="none">This mail has no text.</p>` : html`<pre class="body">${text}</pre>`;
  return html`<article class="email" id="${message.id}">
    <header><span class="kind">Mail</span> ${timeOf(message)}</header>
    <h3>${subject === "" ? "(no subject)" : subject}</h3>
    <dl class="envelope">
      <dt>From</dt>
      <dd>${message.from}</dd>
      <dt>To</dt>
      <dd>${message.to.join(", ")}</dd>
      ${
        attachments.length === 0
          ? undefined
          : html`<dt>Attached</dt>
              <dd>${attachments.map(attachmentLine)}</dd>`
      }
    </dl>
    ${hasHtml ? mailFrame(message) : textPart}
    ${
      hasHtml
        ? html`<details>
            <summary>Plain text</summary>
            ${textPart}
          </details>`
        : undefined
    }
    <details>
      <summary>Headers</summary>
      <pre>${headers.map(({ name, value }) => `${name}: ${value}\n`)}</pre>
    </details>
  </article>`;
}

function attachmentLine({ name, type, bytes }: EmailMessage["attachments"][number]): Markup {
  return html`<div>${name === "" ? "(no name)" : name} (${type}, ${bytes} bytes, not kept)</div>`;
}

/** Runs nothing, loads nothing, goes nowhere: the sandbox, the policy inside, and the page's own policy around it. */
function mailFrame({ html: foreign, text }: EmailMessage): Markup {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  const source =
    `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<meta name="referrer" content="no-referrer">` +
    `<style>body{margin:16px;background:#fff;color:#1d1c1d;overflow-wrap:anywhere}</style>` +
    withVisibleControls(foreign.slice(0, shownHtml));
  // The frame cannot tell its height. The text part is about as long; a reader can drag the frame's edge.
  const height = text === "" ? 24 : Math.min(30, 7 + 1.6 * text.trim().split("\n").length);
  return html`<iframe sandbox="" srcdoc="${source}" style="height: ${height.toFixed(1)}rem" title="The mail as HTML"
      loading="lazy" referrerpolicy="no-referrer"></iframe>
    <p class="hint">Links in this view are switched off. The plain text shows their addresses.</p>`;
}

/** One line for all heartbeats. */
export function heartbeatLine(summary: HeartbeatSummary): Markup {
  const { count, lastAt, intervalSeconds } = summary;
  const interval = intervalSeconds === undefined ? undefined : html`, one every ${intervalSeconds} s`;
  return html`<p class="heartbeats">
    <span class="kind">Heartbeat</span> <b>${count}</b> ${count === 1 ? "beat" : "beats"}, the last at
    ${timeTag(lastAt)}${interval}
  </p>`;
}

function timeOf({ receivedAt }: ArrivedMessage): Markup {
  return timeTag(receivedAt);
}

/** In the time zone of this computer, which is the reader's. */
export function timeTag(iso: string): Markup {
  const date = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return html`<time datetime="${iso}">${day} ${time}</time>`;
}
