/** What a real Alertmanager makes of the templates, as it arrives in the sandbox's Slack and mailbox. */
import assert from "node:assert/strict";
import { alertmanagerUrl, common, type MessageStage, slackLength, startMessageStage, timeless } from "./message-stage.ts";

describe("alert messages", function () {
  this.timeout(60_000);

  let stage: MessageStage;
  before(async function () {
    // On a machine with empty caches the program is built first.
    this.timeout(20 * 60_000);
    stage = await startMessageStage();
  });
  after(() => stage.close());

  const crash = {
    labels: {
      ...common,
      alertname: "KubePodCrashLooping",
      namespace: "shop",
      pod: "cart-1",
      severity: "critical",
      prometheus: "monitoring/prometheus",
    },
    annotations: {
      summary: "Pod cart-1 is crash looping",
      description: "It was started\n  14 times.",
      runbook_url: "https://runbooks.example.org/a?b=1&c=2",
    },
    generatorURL: "https://prometheus.example.org/graph?g0.expr=a%3Cb&g0.tab=1",
  };
  const filter = "filter=%7Balertname%3D%22KubePodCrashLooping%22%2Cnamespace%3D%22shop%22%7D";

  it("has summary, severity, namespace, since when and runbook in its first two lines, and tells when it is over", async () => {
    const fired = await stage.told([crash]);
    assert.equal(fired.slack.title, "[FIRING: 1] KubePodCrashLooping in shop, critical");
    assert.equal(fired.slack.titleLink, `${alertmanagerUrl}/#/alerts?${filter}`);
    assert.equal(fired.slack.color, "danger");
    assert.equal(
      timeless(fired.slack.text),
      [
        "*Pod cart-1 is crash looping*",
        "critical · namespace `shop` · since TIME UTC · <https://runbooks.example.org/a?b=1&amp;c=2|Runbook>",
        "It was started 14 times.",
        "pod `cart-1` · <https://prometheus.example.org/graph?g0.expr=a%3Cb&amp;g0.tab=1|Graph>",
        "",
        `environment *dev* · cluster *dev-1* · <${alertmanagerUrl}/#/alerts?${filter}|Alertmanager>`,
      ].join("\n"),
    );
    assert.equal(fired.mail.subject, "[FIRING: 1] KubePodCrashLooping in shop, critical (dev)");
    assert.equal(
      timeless(fired.mail.text),
      [
        "Pod cart-1 is crash looping",
        "critical, namespace shop, since TIME UTC, runbook https://runbooks.example.org/a?b=1&c=2",
        "  It was started 14 times.",
        "  pod: cart-1",
        "  graph: https://prometheus.example.org/graph?g0.expr=a%3Cb&g0.tab=1",
        "",
        "Environment dev, cluster dev-1",
        `In Alertmanager: ${alertmanagerUrl}/#/alerts?${filter}`,
      ].join("\n"),
    );
    const since = fired.startsAt.replace("T", " ").slice(0, 16);
    for (const text of [fired.slack.text, fired.mail.text, fired.mail.html]) {
      assert.deepEqual(text.match(/\d{4}-\d\d-\d\d \d\d:\d\d/g), [since]);
    }

    const endsAt = new Date(Date.now() - 1_000).toISOString();
    const over = await stage.next(() => stage.alertmanager.post([{ ...crash, startsAt: fired.startsAt, endsAt }]));
    assert.equal(over.slack.title, "[RESOLVED: 1] KubePodCrashLooping in shop, critical");
    assert.equal(over.slack.color, "good");
    assert.match(
      timeless(over.slack.text),
      /^\*Resolved: Pod cart-1 is crash looping\*\ncritical · namespace `shop` · since TIME to TIME UTC · </,
    );
    assert.equal(over.mail.subject, "[RESOLVED: 1] KubePodCrashLooping in shop, critical (dev)");
    assert.match(timeless(over.mail.text), /^Resolved: Pod .*\ncritical, namespace shop, since TIME to TIME UTC, runbook /);
  });

  it("has the same in the HTML of a mail, as links", async () => {
    const { mail } = await stage.told([{ ...crash, labels: { ...crash.labels, namespace: "html" } }]);
    assert.match(mail.html, /<title>\[FIRING: 1\] KubePodCrashLooping in html, critical \(dev\)<\/title>/);
    const read = timeless(mail.html.replace(/^[^]*<body/, "<body"))
      .replace(/<[^>]*>/g, " ")
      .replaceAll(/(?:&nbsp;|\s)+/g, " ");
    assert.ok(
      read.startsWith(" Pod cart-1 is crash looping critical namespace html · since TIME UTC · Runbook It was started 14 times. pod cart-1 Graph "),
      read,
    );
    assert.match(mail.html, /<a [^>]*href="https:\/\/runbooks\.example\.org\/a\?b=1&amp;c=2">Runbook<\/a>/);
    assert.match(mail.html, /<a [^>]*href="https:\/\/prometheus\.example\.org\/graph\?g0\.expr=a%3Cb&amp;g0\.tab=1">Graph<\/a>/);
    assert.ok(
      mail.html.includes(`href="${alertmanagerUrl}/#/alerts?filter=%7balertname%3d%22KubePodCrashLooping%22%2cnamespace%3d%22html%22%7d"`),
      mail.html,
    );
    const type = mail.headers.find(({ name }) => name.toLowerCase() === "content-type")?.value;
    assert.match(type ?? "", /^multipart\/alternative/);
    assert.match(mail.text, /^Pod cart-1/);
  });

  const probe = (index: number) => ({
    labels: {
      ...common,
      alertname: "ProbeFailed",
      severity: "critical",
      job: "blackbox-external",
      instance: `https://${String(index)}.example.org`,
    },
    annotations: {
      summary: `https://${String(index)}.example.org does not answer`,
      description: "The probe failed for 5 minutes. ".repeat(160),
      runbook_url: "https://runbooks.example.org/probe-failed",
    },
  });
  const probes = (count: number, namespace: string) =>
    Array.from({ length: count }, (_, index) => ({
      ...probe(index),
      labels: { ...probe(index).labels, namespace },
    }));

  it("shows three with all they have", async () => {
    const { slack, mail } = await stage.told(probes(3, "three"));
    assert.equal(slack.title, "[FIRING: 3] ProbeFailed in three, critical");
    assert.equal(slack.text.match(/does not answer\*/g)?.length, 3);
    // What the description says of all, it says once.
    assert.equal(slack.text.match(/\nThe probe failed [^\n]{220,240}…\ninstance `[^`]+` · job `blackbox-external`\n/g)?.length, 1);
    assert.equal(slack.text.match(/Runbook>\ninstance `[^`]+` · job `blackbox-external`\n/g)?.length, 2);
    assert.doesNotMatch(slack.text, /more\* are not shown/);
    assert.match(slack.text, /\|All 3 in Alertmanager>$/);
    assert.ok(slackLength(slack) < 4_000);
    assert.equal(mail.text.match(/does not answer\n/g)?.length, 3);
    assert.equal(mail.text.match(/\n {2}The probe failed for .{960,1000}…\n/g)?.length, 3);
  });

  for (const count of [40, 200]) {
    it(`shows the first of ${String(count)}, says how many more there are, and stays short`, async () => {
      const { slack, mail } = await stage.told(probes(count, `n${String(count)}`));
      assert.equal(slack.title, `[FIRING: ${String(count)}] ProbeFailed in n${String(count)}, critical`);
      const shown = slack.text.match(/does not answer\*/g)?.length ?? 0;
      assert.ok(shown >= 5 && shown <= 10, `${String(shown)} shown`);
      // The first three have everything, the others what tells them apart.
      assert.equal(slack.text.match(/\|Runbook>\n/g)?.length, 3);
      assert.equal(slack.text.match(/\*\nsince [^\n]{16} UTC · instance `https:\/\/\d+\.example\.org`\n/g)?.length, shown - 3);
      assert.ok(slack.text.includes(`\n\n*${String(count - shown)} more* are not shown here.\nenvironment `));
      assert.ok(slack.text.endsWith(`|All ${String(count)} in Alertmanager>`));
      assert.ok(slackLength(slack) < 4_000, `${String(slackLength(slack))} characters`);
      assert.equal(mail.subject, `[FIRING: ${String(count)}] ProbeFailed in n${String(count)}, critical (dev)`);
      assert.equal(mail.text.match(/does not answer\n/g)?.length, 10);
      assert.ok(mail.text.includes(`\n${String(count - 10)} more alerts are not shown here.\n`));
      assert.ok(mail.html.includes(`<b>${String(count - 10)} more alerts</b> are not shown here.`));
      assert.ok(mail.html.length < 60_000, `${String(mail.html.length)} characters`);
    });
  }

  it("tells firing and resolved alerts together, the firing ones first", async () => {
    const [one, two, three] = probes(3, "mixed");
    assert.ok(one && two && three);
    const endsAt = new Date(Date.now() + 200).toISOString();
    const first = await stage.told([one, two]);
    const { slack, mail } = await stage.next(() =>
      stage.alertmanager.post([
        { ...one, startsAt: first.startsAt, endsAt },
        { ...three, startsAt: new Date().toISOString() },
      ]),
    );
    assert.equal(slack.title, "[FIRING: 2, RESOLVED: 1] ProbeFailed in mixed, critical");
    assert.equal(slack.color, "danger");
    assert.match(slack.text, /^\*https:\/\/1\.[^]*\*https:\/\/2\.[^]*\*Resolved: https:\/\/0\./);
    assert.equal(mail.subject, "[FIRING: 2, RESOLVED: 1] ProbeFailed in mixed, critical (dev)");
    assert.match(mail.text, /^https:\/\/1\.[^]*\nhttps:\/\/2\.[^]*\nResolved: https:\/\/0\./);
  });

  it("marks test alerts, and never a group that holds a real one", async () => {
    const test = {
      labels: { ...common, alertname: "BelfryVerify", belfry_verify: "x1" },
      annotations: { summary: "[TEST] Nobody needs to act" },
    };
    const alone = await stage.told([test]);
    assert.equal(alone.slack.title, "[TEST] [FIRING: 1] BelfryVerify");
    assert.match(alone.slack.text, /^\*\[TEST\] Nobody needs to act\*\n/);
    assert.equal(alone.mail.subject, "[TEST] [FIRING: 1] BelfryVerify (dev)");
    const labels = { ...common, alertname: "Shared", namespace: "mixed" };
    const mixed = await stage.told([
      { labels: { ...labels, belfry_verify: "x1" }, annotations: { summary: "a test" } },
      { labels, annotations: { summary: "a real one" } },
    ]);
    assert.equal(mixed.slack.title, "[FIRING: 2] Shared in mixed");
    assert.equal(mixed.mail.subject, "[FIRING: 2] Shared in mixed (dev)");
    assert.match(mixed.slack.text, /\*\[TEST\] a test\*\n/);
    assert.match(mixed.slack.text, /\*a real one\*\n/);
    assert.match(mixed.mail.html, />\[TEST\] a test<\/div>/);
  });

  it("marks a drill that meets the end of an earlier one", async () => {
    const labels = { ...common, alertname: "Played" };
    const earlier = { labels: { ...labels, belfry_drill: "first" }, annotations: { summary: "earlier" } };
    const first = await stage.told([earlier]);
    const endsAt = new Date(Date.now() + 200).toISOString();
    const { slack, mail } = await stage.next(() =>
      stage.alertmanager.post([
        { ...earlier, startsAt: first.startsAt, endsAt },
        { labels: { ...labels, belfry_drill: "second" }, annotations: { summary: "now" }, startsAt: new Date().toISOString() },
      ]),
    );
    assert.equal(slack.title, "[DRILL] [FIRING: 1, RESOLVED: 1] Played");
    assert.equal(mail.subject, "[DRILL] [FIRING: 1, RESOLVED: 1] Played (dev)");
  });
});
