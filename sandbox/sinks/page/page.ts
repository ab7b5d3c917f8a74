/** The page that shows what arrived. Pure: messages in, HTML out. */
import { createHash } from "node:crypto";
import { type ArrivedMessage, type Health, heartbeatSummary, type MessageKind } from "../messages.ts";
import { html, Markup } from "./markup.ts";
import { emailCard, heartbeatLine, slackCard, timeTag } from "./messages.ts";

/** The page's own files, read once. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
}

export interface PageContent {
  /** Oldest first. */
  readonly messages: readonly ArrivedMessage[];
  /** Which ones are shown; all when absent. */
  readonly kind?: MessageKind | undefined;
  readonly health: Health;
  /** Path and query of this page without the filter, for links to itself. */
  readonly address: string;
}

/** Cards on one page; older messages are in the JSON. */
const shownMessages = 100;

const titles: Readonly<Record<MessageKind, string>> = { slack: "Slack", email: "Mail", heartbeat: "Heartbeats" };

/**
 * The page's Content-Security-Policy: the one script, no requests but to its own server, and no frames but the mails'
 * own. Styles are allowed inline because the frames of HTML mails inherit this policy; no foreign HTML is on the page
 * itself.
 */
export function pagePolicy({ script }: PageAssets): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const bell =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>" +
  "<text y='.9em' font-size='90'>🔔</text></svg>";

export function inboxPage(assets: PageAssets, { messages, kind, health, address }: PageContent): string {
  const newest = messages.at(-1)?.id ?? "";
  // Exactly the text whose hash is in the policy: not a space more.
  const script = new Markup(`<script>${assets.script}</script>`);
  const body = html`<header class="top">
      <h1>Belfry <span>sandbox inbox</span></h1>
      <p id="live" role="status" data-newest="${newest}">Updates by itself.</p>
    </header>
    <p class="banner">
      <b>This is the sandbox.</b> Slack and the mailbox on this page are simulated. Nothing here was sent to anybody.
    </p>
    <main>${navigation(messages, kind, address)} ${cards(messages, kind)}</main>
    <footer>${parts(health)}</footer>
    ${script}`;
  return documentOf(assets, "Belfry sandbox inbox", body);
}

/** For callers without the right token. */
export function refusalPage(assets: PageAssets): string {
  const body = html`<main class="refusal">
    <h1>Belfry <span>sandbox inbox</span></h1>
    <p>This address lacks the sandbox's token. <code>npm start</code> prints the full address.</p>
  </main>`;
  return documentOf(assets, "Belfry sandbox: token needed", body);
}

function documentOf(assets: PageAssets, title: string, body: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="${bell}" />
        <style>${new Markup(assets.style)}</style>
      </head>
      <body>
        ${body}
      </body>
    </html>
`.source;
}

function navigation(messages: readonly ArrivedMessage[], kind: MessageKind | undefined, address: string): Markup {
  const count = (wanted: MessageKind) =>
    wanted === "heartbeat"
      ? (heartbeatSummary(messages)?.count ?? 0)
      : messages.filter((message) => message.kind === wanted).length;
  const link = (wanted: MessageKind | undefined, label: string, extra?: Markup) => {
    const current = wanted === kind ? html` aria-current="page"` : undefined;
    return html`<a href="${address}${wanted === undefined ? "" : `&kind=${wanted}`}"${current}>${label}${extra}</a>`;
  };
  const kinds = Object.entries(titles) as [MessageKind, string][];
  return html`<nav aria-label="Kind">
    ${link(undefined, "All")}
    ${kinds.map(([wanted, label]) => link(wanted, label, html` <span>${count(wanted)}</span>`))}
  </nav>`;
}

function cards(messages: readonly ArrivedMessage[], kind: MessageKind | undefined): Markup {
  const summary = kind === undefined || kind === "heartbeat" ? heartbeatSummary(messages) : undefined;
  const wanted = messages.filter((message) => message.kind === kind || kind === undefined).toReversed();
  if (wanted.length === 0) return emptyState(kind);
  if (kind === "heartbeat") return html`${summary === undefined ? undefined : heartbeatLine(summary)}${beats(wanted)}`;
  const letters = wanted.filter((message) => message.kind !== "heartbeat");
  const older = letters.length - shownMessages;
  return html`${summary === undefined ? undefined : heartbeatLine(summary)} ${letters.slice(0, shownMessages).map(card)}
  ${letters.length === 0 ? html`<p class="none">No message and no mail has arrived yet.</p>` : undefined}
  ${older > 0 ? html`<p class="none">${older} older ones are kept but not shown.</p>` : undefined}`;
}

function card(message: ArrivedMessage): Markup {
  if (message.kind === "slack") return slackCard(message);
  return message.kind === "email" ? emailCard(message) : html``;
}

function beats(messages: readonly ArrivedMessage[]): Markup {
  return html`<ul class="beats">
    ${messages.map((beat) => html`<li id="${beat.id}">${timeTag(beat.receivedAt)}</li>`)}
  </ul>`;
}

function emptyState(kind: MessageKind | undefined): Markup {
  const what =
    kind === undefined ? "Nothing" : { slack: "No Slack message", email: "No mail", heartbeat: "No heartbeat" }[kind];
  return html`<div class="empty">
    <h2>${what} has arrived yet</h2>
    <p><code>npm start</code> deploys the stack and sends a test through every receiver.</p>
  </div>`;
}

function parts(health: Health): Markup {
  const list = Object.entries(health.parts).map(([name, { state, detail }]) => {
    const more = detail === undefined ? undefined : html` title="${detail}"`;
    return html`<li class="${state}"${more}>${name}: ${state}</li>`;
  });
  return html`<h2>Parts of the sandbox</h2>
    <ul class="parts">
      ${list}
    </ul>`;
}
