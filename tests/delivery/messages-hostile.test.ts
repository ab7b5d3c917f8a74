/** Alerts that try to break a message, and alerts that lack what a message is made of. */
import assert from "node:assert/strict";
import { common, type MessageStage, slackLength, startMessageStage, timeless, type Told } from "./message-stage.ts";

describe("alert messages of foreign text", function () {
  this.timeout(60_000);

  let stage: MessageStage;
  before(async function () {
    this.timeout(20 * 60_000);
    stage = await startMessageStage();
  });
  after(() => stage.close());

  /** Every ampersand begins one of Slack's escapes, and the only angle brackets are those of the templates' own links. */
  function assertEscaped({ slack }: Pick<Told, "slack">): void {
    for (const text of [slack.title, slack.text]) {
      assert.doesNotMatch(text, /&(?!(?:amp|lt|gt);)/);
      assert.doesNotMatch(text.replace(/<https?:\/\/[^\s<>|]+\|(?:Runbook|Graph|Alertmanager|All \d+ in Alertmanager)>/g, ""), /[<>]/);
    }
  }

  it("cuts by characters before it escapes, and stays below 4,000 characters whatever comes", async () => {
    const worst = "&<é>".repeat(1_250);
    const told = await stage.told(
      Array.from({ length: 12 }, (_, index) => ({
        labels: {
          alertname: worst,
          namespace: worst,
          severity: worst,
          environment: worst,
          cluster: worst,
          instance: worst,
          pod: `${String(index)}${worst}`,
        },
        annotations: { summary: worst, description: worst, runbook_url: `https://a.example/?${"&".repeat(60)}` },
        generatorURL: `https://p.example/${"&a".repeat(290)}`,
      })),
    );
    const { slack, mail } = told;
    const cut = (count: number) => "&amp;&lt;é&gt;".repeat(count);
    assert.equal(slack.title, `[FIRING: 12] ${cut(17)}&amp;&lt;… in ${cut(15)}&amp;&lt;é…, ${cut(3)}&amp;&lt;é…`);
    assert.ok(slack.text.startsWith(`*${cut(30)}…*\n${cut(3)}&amp;&lt;é… · namespace \`${cut(15)}&amp;&lt;é…\` · since `));
    assert.match(slack.text, /\n\n\*1[01] more\* are not shown here\.\n/);
    assertEscaped(told);
    assert.ok(slackLength(slack) < 4_000, `${String(slackLength(slack))} characters`);
    assert.ok(mail.subject.length < 300);
    assert.ok(mail.html.length < 200_000, `${String(mail.html.length)} characters`);
  });

  it("shows of a description of 5,000 characters the beginning", async () => {
    const description = "0123456789".repeat(500);
    const { slack, mail } = await stage.told([
      { labels: { ...common, alertname: "Long", namespace: "n" }, annotations: { summary: "long", description } },
    ]);
    assert.ok(slack.text.includes(`\n${"0123456789".repeat(24)}…\n`));
    assert.ok(mail.text.includes(`\n  ${"0123456789".repeat(100)}…\n`));
    assert.ok(mail.html.includes(`>${"0123456789".repeat(100)}…</div>`));
  });

  it("lets no label ping people, break a header, or put markup into a mail", async () => {
    const evil =
      "<!channel> <https://evil.example|ok>\r\nBcc: a@evil.example\u001b[31m\u202e <script>alert(1)</script>";
    const told = await stage.told([
      {
        labels: { ...common, alertname: evil, namespace: evil, pod: evil, instance: "`a`", severity: "critical" },
        annotations: { summary: evil, description: evil, runbook_url: "javascript:alert(1)" },
        generatorURL: "javascript:alert(2)",
      },
    ]);
    const { slack, mail } = told;
    const line =
      "&lt;!channel&gt; &lt;https://evil.example|ok&gt; Bcc: a@evil.example [31m &lt;script&gt;alert(1)&lt;/script&gt;";
    assert.ok(slack.text.startsWith(`*${line}*\ncritical · namespace \``), slack.text);
    assert.ok(slack.text.includes(`\n${line}\ninstance \`'a'\` · pod \``));
    assertEscaped(told);
    assert.doesNotMatch(slack.title + slack.text + slack.titleLink, /javascript|Graph/);
    // The group's labels are too long for a link of their own.
    assert.equal(slack.titleLink, "https://alertmanager.example.org/#/alerts?receiver=slack");
    assert.match(mail.subject, /^\[FIRING: 1\] <!channel> <https:\/\/evil\.example\|ok> Bcc: a@evil\.example \[31m <script>/);
    assert.deepEqual(
      mail.headers.map(({ name }) => name.toLowerCase()).filter((name) => ["bcc", "subject"].includes(name)),
      ["subject"],
    );
    assert.doesNotMatch(mail.html, /<script|javascript|[\u202e\p{Cs}]/u);
    assert.doesNotMatch(mail.text, /javascript|[\u202e\p{Cs}]/u);
    assert.ok(!`${mail.subject}${mail.text}${mail.html}${slack.title}${slack.text}`.includes("\u001b"));
    assert.deepEqual(mail.recipients, ["oncall@example.org"]);
  });

  it("keeps quotes, emphasis and letters of every script as they are", async () => {
    const summary = "Größe \"5\" > 'vier' * 𝟚, 容器 не запущен, می‌خواهم, 👩‍🚒 & 100 %";
    const told = await stage.told([
      { labels: { ...common, alertname: "Größe", namespace: "büro" }, annotations: { summary, description: summary } },
    ]);
    const { slack, mail } = told;
    const escaped = summary.replace("&", "&amp;").replace(">", "&gt;");
    assert.equal(slack.title, "[FIRING: 1] Größe in büro");
    assert.ok(slack.text.startsWith(`*${escaped}*\nno severity · namespace \`büro\` · since `), slack.text);
    assert.ok(slack.text.includes(`\n${escaped}\n`));
    assert.equal(mail.subject, "[FIRING: 1] Größe in büro (dev)");
    assert.ok(mail.text.startsWith(`${summary}\nno severity, namespace büro, since `));
    assert.ok(mail.html.includes("容器 не запущен, می‌خواهم, 👩‍🚒 &amp; 100 %"));
    assertEscaped(told);
  });

  it("does not call an emoji or an accent that the cut meets by another name", async () => {
    const { slack } = await stage.told([
      { labels: { ...common, alertname: "Cut", namespace: "n" }, annotations: { summary: `${"a".repeat(119)}😀😀` } },
    ]);
    assert.ok(slack.text.startsWith(`*${"a".repeat(119)}😀…*\n`));
  });

  it("tells an alert that has nothing but a label", async () => {
    const { slack, mail } = await stage.told([{ labels: { x: "y" } }]);
    assert.equal(slack.title, "[FIRING: 1] an alert without a name");
    assert.equal(
      timeless(slack.text),
      "*An alert without a name*\nno severity · no namespace · since TIME UTC\nx `y`\n\n" +
        "environment *unknown* · cluster *unknown* · <https://alertmanager.example.org/#/alerts?receiver=slack|Alertmanager>",
    );
    assert.equal(mail.subject, "[FIRING: 1] an alert without a name");
    assert.ok(timeless(mail.text).startsWith("An alert without a name\nno severity, no namespace, since TIME UTC\n  x: y\n\n"));
    assert.doesNotMatch(mail.html + mail.text + slack.text, /Runbook|Graph|no value|ZgotmplZ|<a[^>]*href=""/i);
  });

  it("names an alert without annotations by its name, also in a group of several", async () => {
    const labels = { ...common, alertname: "Bare", severity: "warning" };
    const { slack, mail } = await stage.told([
      { labels: { ...labels, instance: "a" } },
      { labels: { ...labels, instance: "b" }, annotations: { summary: "", description: "", runbook_url: "" } },
    ]);
    assert.equal(slack.title, "[FIRING: 2] Bare, warning");
    assert.equal(slack.color, "warning");
    assert.equal(slack.text.match(/\*Bare\*\nwarning · no namespace · since [^·<]*UTC\ninstance `[ab]`\n/g)?.length, 2);
    assert.equal(mail.subject, "[FIRING: 2] Bare, warning (dev)");
  });
});
