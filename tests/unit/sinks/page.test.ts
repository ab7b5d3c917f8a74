import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ArrivedMessage, MessageKind } from "../../../sandbox/sinks/messages.ts";
import { readPageAssets } from "../../../sandbox/sinks/page/assets.ts";
import { mrkdwn, slackCard } from "../../../sandbox/sinks/page/messages.ts";
import { escapeHtml, html, Markup } from "../../../sandbox/sinks/page/markup.ts";
import { inboxPage, pagePolicy } from "../../../sandbox/sinks/page/page.ts";
import { healthy } from "./running.ts";
import { attachment, emailMessage, heartbeat, slackMessage } from "./samples.ts";

const assets = { style: "body{}", script: "start()" };
const page = (messages: ArrivedMessage[], kind?: MessageKind) =>
  inboxPage(assets, { messages, kind, health: healthy, address: "/?token=abc" });
const rendered = (parts: Markup[]) => parts.map(({ source }) => source).join("");

describe("markup", () => {
  it("escapes every value, and shows control characters as signs", () => {
    const list = ["<a>", html`<i>${"&"}</i>`, 3, undefined];
    assert.equal(html`<p title="${`"'`}">${list}</p>`.source, `<p title="&quot;&#39;">&lt;a&gt;<i>&amp;</i>3</p>`);
    assert.equal(escapeHtml("a\u001b[1m\u0000\u202eb\r\nc\td\u009b"), "a␛[1m␀\ufffdb\nc\td\ufffd");
  });
});

describe("Slack text as HTML", () => {
  const link = (url: string, label: string) =>
    `<a href="${url}" title="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;
  const cases: [string, string][] = [
    ["*a* _b_ ~c~ `d`", "<b>a</b> <i>b</i> <s>c</s> <code>d</code>"],
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["&lt;script&gt;&amp;lt;", "&lt;script&gt;&amp;lt;"],
    ["&lt;!channel&gt;", "&lt;!channel&gt;"],
    ["<!channel>", "<mark>@channel</mark>"],
    ["<javascript:alert(1)|click>", "click (javascript:alert(1))"],
    ["<JavaScript:alert(1)>", "&lt;JavaScript:alert(1)&gt;"],
    [`<https://a.example/"onmouseover="x|"go">`, link("https://a.example/&quot;onmouseover=&quot;x", "&quot;go&quot;")],
    ["<https://a.example?a=1&amp;b=2|go>", link("https://a.example?a=1&amp;b=2", "go")],
    ["```<b>```", '<code class="block">&lt;b&gt;</code>'],
  ];
  for (const [source, expected] of cases) {
    it(`renders ${source}`, () => {
      assert.equal(rendered(mrkdwn(source)), expected);
    });
  }

  it("only links a title to the web, and takes no style from a colour", () => {
    const card = (parts: Partial<typeof attachment>) =>
      slackCard(slackMessage({ attachments: [{ ...attachment, title: "T &amp; &lt;b&gt;", ...parts }] })).source;
    assert.ok(
      card({ titleLink: "https://a.example" }).includes(`<h3>${link("https://a.example", "T &amp; &lt;b&gt;")}</h3>`),
    );
    assert.ok(card({ titleLink: "javascript:alert(1)" }).includes("<h3>T &amp; &lt;b&gt;</h3>"));
    assert.ok(card({ color: "danger" }).includes('<div class="attachment" style="border-color: #e01e5a">'));
    assert.ok(card({ color: "00ff00" }).includes('<div class="attachment" style="border-color: #00ff00">'));
    assert.ok(card({ color: "red;background:url(//x)" }).includes('<div class="attachment">'));
    assert.ok(card({ color: "constructor" }).includes('<div class="attachment">'));
  });
});

describe("inbox page", () => {
  const evil = `</script></style>"><script>alert(1)</script><img src=x onerror=alert(1)>`;

  it("shows foreign text as text wherever it stands", () => {
    const messages = [
      slackMessage({
        channel: evil,
        username: evil,
        text: evil,
        blocks: [evil],
        attachments: [
          { ...attachment, pretext: evil, title: evil, titleLink: evil, text: evil, footer: evil, color: evil },
          { ...attachment, fields: [{ title: evil, value: evil, short: false }] },
        ],
        payload: { [evil]: evil },
      }),
      emailMessage({
        from: evil,
        to: [evil],
        subject: evil,
        text: evil,
        html: evil,
        headers: [{ name: evil, value: evil }],
        attachments: [{ name: evil, type: evil, bytes: 1 }],
      }),
    ];
    const source = page(messages);
    // The page's own script is the only one, and no tag of the foreign text is left.
    assert.deepEqual(source.match(/<script[^>]*>[^<]*<\/script>/g), ["<script>start()</script>"]);
    assert.deepEqual(source.match(/<img|<\/style>|<\/script>/g), ["</style>", "</script>"]);
    assert.ok(source.includes("&lt;img src=x onerror=alert(1)&gt;"));
  });

  it("shows the HTML of a mail in a frame without any right", () => {
    const source = page([emailMessage({ html: `<b onclick="x">hi</b>`, text: "hi" })]);
    const frame = /<iframe[^>]*>/.exec(source)?.[0] ?? "";
    const policy = "default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:";
    const start = `&lt;!doctype html&gt;&lt;meta http-equiv=&quot;Content-Security-Policy&quot; content=&quot;${policy}&quot;&gt;`;
    assert.ok(frame.startsWith(`<iframe sandbox="" srcdoc="${start}`));
    assert.ok(frame.includes("&lt;b onclick=&quot;x&quot;&gt;hi&lt;/b&gt;"));
    assert.ok(source.includes(`<pre class="body">hi</pre>`));
    assert.ok(!page([emailMessage({ text: "hi" })]).includes("<iframe"));
  });

  const ids = (source: string) => Array.from(source.matchAll(/<article class="(\w+)"/g), ([, kind]) => kind);
  const all = [slackMessage({ text: "a" }), emailMessage({ subject: "s" }), heartbeat(4, "2026-11-23T19:15:00.000Z")];

  it("shows the newest first, heartbeats in one line, and filters", () => {
    assert.deepEqual(ids(page(all)), ["email", "slack"]);
    assert.match(page(all), /<b>4<\/b> beats, the last at\s+<time datetime="2026-11-23T19:15:00.000Z">/);
    assert.deepEqual(ids(page(all, "slack")), ["slack"]);
    assert.doesNotMatch(page(all, "slack"), /beats, the last/);
    assert.deepEqual(ids(page(all, "heartbeat")), []);
    assert.match(page(all), /<a href="\/\?token=abc" aria-current="page">All<\/a>/);
    assert.match(
      page(all, "slack"),
      /<a href="\/\?token=abc&amp;kind=slack" aria-current="page">Slack <span>1<\/span><\/a>/,
    );
  });

  it("says what it is, and what to do while it is empty", () => {
    assert.match(page([]), /<b>This is the sandbox\.<\/b> Slack and the mailbox on this page are simulated\./);
    assert.match(
      page([]),
      /<h2>Nothing has arrived yet<\/h2>\s*<p><code>npm start<\/code> deploys the stack and sends a test/,
    );
    assert.match(page([], "email"), /<h2>No mail has arrived yet<\/h2>/);
    assert.match(page([heartbeat(1, "2026-11-23T19:15:00.000Z")]), /No message and no mail has arrived yet\./);
    assert.match(page([]), /<li class="waiting">prometheus: waiting<\/li>/);
  });

  it("shows at most a hundred cards", () => {
    const many = Array.from({ length: 103 }, () => slackMessage({ text: "a" }));
    assert.equal(ids(page(many)).length, 100);
    assert.match(page(many), /3 older ones are kept but not shown\./);
  });

  it("allows its own script by hash and no other", async () => {
    const hash = createHash("sha256").update("start()").digest("base64");
    assert.equal(
      pagePolicy(assets),
      `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const real = await readPageAssets();
    assert.doesNotMatch(real.script + real.style, /<\/|https?:|\/\/[a-z]/);
  });
});
