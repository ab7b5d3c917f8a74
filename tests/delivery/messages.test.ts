/** What a real Alertmanager makes of the templates, as it arrives in the sandbox's Slack and mailbox. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import type { ArrivedMessage, EmailMessage, SlackAttachment } from "../../sandbox/sinks/messages.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { runSinks, type RunningSinks } from "../unit/sinks/running.ts";
import { type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

const templates = resolve(import.meta.dirname, "../../alerts/templates");
const common = { environment: "dev", cluster: "sandbox" };

describe("alert messages", function () {
  this.timeout(60_000);

  let running: RunningSinks;
  let alertmanager: RunningAlertmanager;
  let directory: string;
  let inbox: InboxClient;

  before(async function () {
    // On a machine with empty caches the program is built first.
    this.timeout(20 * 60_000);
    running = await runSinks();
    inbox = new InboxClient(running.state);
    directory = await mkdtemp(join(tmpdir(), "belfry-messages-"));
    const config = await alertmanagerConfig();
    alertmanager = await startAlertmanager((await sandboxTools(["alertmanager"])).alertmanager, JSON.stringify(config));
  });

  after(async () => {
    await alertmanager.close();
    await running.end();
    await rm(directory, { recursive: true, force: true });
  });

  async function alertmanagerConfig(): Promise<object> {
    const file = async (name: string, content: string) => {
      const path = join(directory, name);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    };
    const { state, tls } = running;
    return {
      templates: [join(templates, "*.tmpl")],
      route: {
        receiver: "slack",
        group_by: ["group"],
        group_wait: "2s",
        group_interval: "300ms",
        repeat_interval: "1h",
        routes: [{ receiver: "slack", continue: true }, { receiver: "mail" }],
      },
      receivers: [
        {
          name: "slack",
          slack_configs: [
            {
              api_url_file: await file("slack-url", state.slackWebhookUrl),
              send_resolved: true,
              title: '{{ template "belfry.slack.title" . }}',
              text: '{{ template "belfry.slack.text" . }}',
            },
          ],
        },
        {
          name: "mail",
          email_configs: [
            {
              to: "oncall@example.org",
              from: "Belfry <belfry@example.org>",
              smarthost: `127.0.0.1:${state.ports.smtp}`,
              auth_username: state.smtp.username,
              auth_password_file: await file("password", state.smtp.password),
              require_tls: true,
              tls_config: { ca_file: await file("ca.pem", tls.cert) },
              send_resolved: true,
              headers: { Subject: '{{ template "belfry.email.subject" . }}' },
              html: '{{ template "belfry.email.html" . }}',
              text: '{{ template "belfry.email.text" . }}',
            },
          ],
        },
      ],
    };
  }

  interface TestAlert {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly endsAt?: string;
  }

  let groups = 0;
  let startsAt = "";

  /** Posts the alerts as one group of their own; gives the Slack attachment and the mail that it becomes. */
  async function told(alerts: readonly TestAlert[]): Promise<{ slack: SlackAttachment; mail: EmailMessage }> {
    const group = `g${String(++groups)}`;
    // An alert that started before the group's wait would be told at once, without the others.
    startsAt = new Date().toISOString();
    const posted = alerts.map((alert) => ({ startsAt, annotations: {}, ...alert, labels: { ...alert.labels, group } }));
    return next(() => alertmanager.post(posted));
  }

  async function next(act: () => Promise<void>): Promise<{ slack: SlackAttachment; mail: EmailMessage }> {
    const after = running.sinks.messages().at(-1)?.id ?? "";
    await act();
    const wait = (kind: "slack" | "email"): Promise<ArrivedMessage | undefined> =>
      inbox.waitFor(() => true, { kind, after, timeoutMs: 15_000, intervalMs: 50 });
    const [slack, mail] = await Promise.all([wait("slack"), wait("email")]);
    assert.ok(slack?.kind === "slack" && mail?.kind === "email", "no message came");
    const [attachment] = slack.attachments;
    assert.ok(attachment);
    return { slack: attachment, mail };
  }

  const minute = /\d{4}-\d\d-\d\d \d\d:\d\d/g;
  /** Without the last line, whose link holds the machine's name, and with TIME for each time. */
  const body = (text: string) => text.trim().split("\n").slice(0, -1).join("\n").trim().replace(minute, "TIME");

  it("tells one firing alert, and that it is over", async () => {
    const labels = {
      ...common,
      alertname: "KubePodCrashLooping",
      namespace: "shop",
      pod: "cart-1",
      severity: "critical",
    };
    const annotations = {
      summary: "Pod cart-1 is crash looping",
      description: "It was started\n  14 times.",
      runbook_url: "https://runbooks.example.org/a?b=1&c=2",
    };
    const fired = await told([{ labels, annotations }]);
    assert.equal(fired.slack.title, "[FIRING: 1] KubePodCrashLooping in shop, critical");
    assert.equal(fired.slack.color, "danger");
    assert.equal(
      body(fired.slack.text),
      [
        "environment `dev`, cluster `sandbox`",
        "",
        "*Pod cart-1 is crash looping*",
        "It was started 14 times.",
        "namespace `shop`, severity `critical`, pod `cart-1`, since TIME UTC",
        "<https://runbooks.example.org/a?b=1&amp;c=2|Runbook>",
      ].join("\n"),
    );
    assert.match(fired.slack.text, /\n<http:\/\/[^\s|]+\/#\/alerts\?receiver=slack\|All of them in Alertmanager>$/);
    assert.equal(fired.mail.subject, "[FIRING: 1] KubePodCrashLooping in shop, critical (dev)");
    assert.equal(
      body(fired.mail.text),
      [
        "Environment dev, cluster sandbox",
        "",
        "Pod cart-1 is crash looping",
        "  It was started 14 times.",
        "  Namespace: shop",
        "  Severity:  critical",
        "  Pod:       cart-1",
        "  Since:     TIME UTC",
        "  Runbook:   https://runbooks.example.org/a?b=1&c=2",
      ].join("\n"),
    );
    const [since] = startsAt.replace("T", " ").match(minute) ?? [];
    for (const text of [fired.slack.text, fired.mail.text, fired.mail.html])
      assert.deepEqual(text.match(minute), [since]);
    assert.match(fired.mail.html, /<h1[^>]*>\[FIRING: 1\] KubePodCrashLooping in shop, critical \(dev\)<\/h1>/);
    assert.match(fired.mail.html, /<a href="https:\/\/runbooks\.example\.org\/a\?b=1&amp;c=2">Runbook<\/a>/);

    const group = `g${String(groups)}`;
    const endsAt = new Date(Date.now() - 1_000).toISOString();
    const over = await next(() => alertmanager.post([{ startsAt, endsAt, annotations, labels: { ...labels, group } }]));
    assert.equal(over.slack.title, "[RESOLVED: 1] KubePodCrashLooping in shop, critical");
    assert.equal(over.slack.color, "good");
    assert.match(over.slack.text, /\n\*Resolved:\* \*Pod cart-1 is crash looping\*\n/);
    assert.match(body(over.slack.text), /since TIME to TIME UTC$/m);
    assert.equal(over.mail.subject, "[RESOLVED: 1] KubePodCrashLooping in shop, critical (dev)");
    assert.match(over.mail.text, /\nResolved: Pod cart-1 is crash looping\n/);
  });

  it("shows ten of forty, says how many more there are, and stays short", async () => {
    const description = "The probe failed for 5 minutes. ".repeat(40);
    const { slack, mail } = await told(
      Array.from({ length: 40 }, (_, index) => ({
        labels: {
          ...common,
          alertname: "ProbeFailed",
          namespace: "web",
          severity: "critical",
          instance: `https://${String(index)}.example.org`,
        },
        annotations: { summary: `https://${String(index)}.example.org does not answer`, description },
      })),
    );
    assert.equal(slack.title, "[FIRING: 40] ProbeFailed in web, critical");
    assert.equal(slack.text.match(/does not answer\*/g)?.length, 10);
    assert.match(slack.text, /\n\n\*30 more alerts\* are not shown here\.\n</);
    assert.ok(slack.text.length < 4_000, `${String(slack.text.length)} characters`);
    assert.equal(mail.subject, "[FIRING: 40] ProbeFailed in web, critical (dev)");
    assert.equal(mail.text.match(/does not answer\n/g)?.length, 10);
    assert.match(mail.text, /\n30 more alerts are not shown here\.\n/);
    assert.match(mail.html, /<b>30 more alerts<\/b> are not shown here\./);
  });

  it("cuts by characters before it escapes, and stays below Slack's limit whatever comes", async () => {
    const worst = "&<é>".repeat(500);
    const { slack, mail } = await told(
      Array.from({ length: 12 }, (_, index) => ({
        labels: {
          ...common,
          alertname: worst,
          namespace: worst,
          severity: worst,
          instance: worst,
          pod: `${String(index)}${worst}`,
        },
        annotations: { summary: worst, description: worst, runbook_url: `https://${worst}` },
      })),
    );
    assert.ok(slack.title.length < 1_024);
    assert.ok(slack.text.length < 30_000, `${String(slack.text.length)} characters`);
    const title = `${"&amp;&lt;é&gt;".repeat(25)}… in ${"&amp;&lt;é&gt;".repeat(15)}&amp;&lt;é…, ${"&amp;&lt;é&gt;".repeat(5)}…`;
    assert.equal(slack.title, `[FIRING: 12] ${title}`);
    // Every ampersand begins an escape, and nothing is left to close or open a link but the templates' own.
    assert.doesNotMatch(slack.text, /&(?!(?:amp|lt|gt);)/);
    assert.deepEqual(slack.text.match(/<[^>]*>/g)?.length, 1);
    assert.doesNotMatch(slack.text, /Runbook/);
    assert.ok(mail.subject.length < 300);
  });

  it("lets no label ping people, break a header, or put markup into a mail", async () => {
    const evil =
      "<!channel> <https://evil.example|ok>\r\nBcc: a@evil.example\u001b[31m\u202e <script>alert(1)</script>";
    const { slack, mail } = await told([
      {
        labels: { ...common, alertname: evil, namespace: evil, pod: evil, instance: "`a`", severity: "critical" },
        annotations: { summary: evil, description: evil, runbook_url: "javascript:alert(1)" },
      },
    ]);
    const line =
      "&lt;!channel&gt; &lt;https://evil.example|ok&gt; Bcc: a@evil.example [31m &lt;script&gt;alert(1)&lt;/script&gt;";
    assert.ok(slack.text.includes(`\n*${line}*\n${line}\nnamespace `), slack.text);
    assert.ok(slack.text.includes("instance `'a'`, "));
    assert.doesNotMatch(slack.title + slack.text, /<(?!http:\/\/[^\s|]+\/#\/alerts\?receiver=slack\|)|javascript/);
    assert.match(
      mail.subject,
      /^\[FIRING: 1\] <!channel> <https:\/\/evil\.example\|ok> Bcc: a@evil\.example \[31m <script>/,
    );
    assert.deepEqual(
      mail.headers.map(({ name }) => name.toLowerCase()).filter((name) => ["bcc", "subject"].includes(name)),
      ["subject"],
    );
    assert.doesNotMatch(mail.html, /<script|javascript|[\p{Cf}\p{Cs}]/u);
    assert.doesNotMatch(mail.text, /javascript|[\p{Cf}\p{Cs}]/u);
    assert.ok(!`${mail.subject}${mail.text}${mail.html}${slack.title}${slack.text}`.includes("\u001b"));
    assert.deepEqual(mail.recipients, ["oncall@example.org"]);
  });

  it("tells an alert that has nothing but a label", async () => {
    const { slack, mail } = await told([{ labels: { x: "y" } }]);
    assert.equal(slack.title, "[FIRING: 1] an alert without a name");
    assert.equal(
      body(slack.text),
      "environment `unknown`, cluster `unknown`\n\n*An alert without a name*\n" +
        "namespace `none`, severity `none given`, since TIME UTC",
    );
    assert.equal(mail.subject, "[FIRING: 1] an alert without a name");
    assert.doesNotMatch(mail.html + mail.text + slack.text, /Runbook|no value|ZgotmplZ/);
  });

  it("marks test alerts, and never a group that holds a real one", async () => {
    const test = {
      labels: { ...common, alertname: "BelfryVerify", belfry_verify: "x1" },
      annotations: { summary: "[TEST] Nobody needs to act" },
    };
    const alone = await told([test]);
    assert.equal(alone.slack.title, "[TEST] [FIRING: 1] BelfryVerify");
    assert.match(alone.slack.text, /\n\*\[TEST\] Nobody needs to act\*\n/);
    assert.equal(alone.mail.subject, "[TEST] [FIRING: 1] BelfryVerify (dev)");
    const mixed = await told([
      { ...test, annotations: { summary: "a test" } },
      { labels: { ...common, alertname: "Real" } },
    ]);
    assert.equal(mixed.slack.title, "[FIRING: 2] several alerts");
    assert.equal(mixed.mail.subject, "[FIRING: 2] several alerts (dev)");
    assert.match(mixed.slack.text, /\n\*\[TEST\] a test\*\n/);
    assert.match(mixed.slack.text, /\n\*Real\*\n/);
    assert.match(mixed.mail.html, />\[TEST\] a test<\/div>/);
  });
});
