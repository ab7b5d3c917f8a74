import assert from "node:assert/strict";
import { drillReport, verifyReport, withoutSecrets } from "../../../automation/report/content.ts";
import { reportPage, reportPolicy } from "../../../automation/report/page.ts";
import type { ScenarioResult } from "../../../automation/drill/scenario.ts";
import type { VerifyResult } from "../../../automation/verify/result.ts";
import { drillResult, mail, scenarioResult, slackMessage, start } from "../drill/results.ts";

const evil = `</style><script>alert(1)</script>"><img src=x onerror=alert(2)>\u001b[31m\u202e & '`;

function page(...results: readonly ScenarioResult[]): string {
  return reportPage("body{}", drillReport(drillResult(...results), ["/services/hidden"]));
}

describe("the report", () => {
  it("stands alone: no script, nothing loaded from anywhere, and a policy that says so", () => {
    const text = page(scenarioResult());
    assert.equal(
      reportPolicy,
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
    );
    assert.ok(text.includes('<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src'));
    assert.doesNotMatch(text, /<script|<link|<base|<form|\bsrc="|@import|url\(/i);
  });

  it("shows each message, the time line and the table", () => {
    const text = page(scenarioResult());
    assert.match(text, /15 min 14 s/);
    assert.match(text, /slack \(slack\), mail \(email\)/);
    for (const what of ["metric", "pending", "firing"]) assert.ok(text.includes(`<span class="dot ${what}">${what}</span>`), what);
    assert.ok(text.includes("+10 min 0 s"));
    assert.equal(text.match(/<article class="slack"/g)?.length, 1);
    assert.equal(text.match(/<article class="email"/g)?.length, 1);
  });

  it("escapes foreign text in every place where it can stand", () => {
    const text = page(
      scenarioResult({
        scenario: { name: evil, title: evil, alert: evil, how: "live" },
        outcome: "failed",
        reason: evil,
        method: evil,
        timeline: [{ at: start, what: "metric", text: evil }, { at: start + 1000, what: "firing", text: evil }],
        deliveries: [
          { receiver: evil, integration: evil, message: slackMessage(evil, 1) },
          { receiver: evil, integration: evil, message: mail("<p>mail</p>", 2, evil) },
        ],
        resolved: [slackMessage(evil, 3)],
      }),
    );
    assert.doesNotMatch(text, /<script|<img|<\/style>(?!\s*<\/head>)/i);
    // eslint's no-control-regex forbids the literal character.
    assert.ok(!text.includes("\u001b") && !text.includes("\u202e"));
    assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  });

  it("shows a mail only in a frame that may do nothing, with a policy of its own", () => {
    const text = page(scenarioResult({ deliveries: [{ receiver: "mail", integration: "email", message: mail(evil, 1) }] }));
    const frames = text.match(/<iframe[^>]*>/g) ?? [];
    assert.equal(frames.length, 1);
    assert.match(frames.join(), /^<iframe sandbox="" srcdoc="&lt;!doctype html&gt;&lt;meta http-equiv=&quot;Content-Security-Policy&quot;/);
    assert.ok(!text.includes("<script"));
  });

  it("links to http and https only", () => {
    const attachment = (titleLink: string, text: string) => {
      const message = slackMessage("t", 1);
      return { ...message, attachments: message.attachments.map((one) => ({ ...one, titleLink, text })) };
    };
    const bad = page(scenarioResult({ deliveries: [
      { receiver: "a", integration: "slack", message: attachment("javascript:alert(1)", "<javascript:alert(1)|click> <data:text/html,x|y>") },
    ] }));
    assert.doesNotMatch(bad, /href="(?!#|https?:)/i);
    const good = page(scenarioResult({ deliveries: [{ receiver: "a", integration: "slack", message: attachment("https://example.com/x", "t") }] }));
    assert.match(good, /href="https:\/\/example\.com\/x"[^>]*rel="noopener noreferrer"/);
  });

  it("masks the paths of webhooks and the sandbox's secrets, wherever they stand", () => {
    const text = page(scenarioResult({
      reason: "post to https://hooks.slack.com/services/T0AB12/B0CD34/abcDEF123 failed",
      deliveries: [{ receiver: "a", integration: "slack", message: slackMessage("see http://127.0.0.1/services/hidden now", 1) }],
    }));
    assert.ok(!text.includes("abcDEF123") && !text.includes("/services/hidden"));
    assert.ok(text.includes("https://hooks.slack.com/services/•••"));
    assert.deepEqual(withoutSecrets({ a: ["x secret y", 3, null] }, ["secret"]), { a: ["x ••• y", 3, null] });
  });
});

describe("the report of verify", () => {
  const alert = {
    labels: { alertname: "BelfryVerifySlack_1", belfry_verify: "abcd" },
    annotations: { summary: "[TEST] Belfry verify" },
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(start + 1000).toISOString(),
  };
  const result: VerifyResult = {
    passed: false,
    runId: "abcd",
    startedAt: new Date(start).toISOString(),
    seconds: 12,
    receivers: [
      {
        receiver: "slack",
        alert,
        integrations: [{ integration: "slack", outcome: "passed", expected: "one request", happened: "1 request", seconds: 10.4 }],
      },
      {
        receiver: "mail",
        integrations: [{ integration: "email", outcome: "failed", expected: "one mail", happened: evil, lookAt: "the log" }],
      },
    ],
  };

  it("has each test alert with its labels, what was counted and when", () => {
    const report = verifyReport(result, "cluster of context prod");
    assert.deepEqual(report.sections.map(({ name, verdict, alert: name2, seconds }) => [name, verdict, name2, seconds]), [
      ["slack", "passed", "BelfryVerifySlack_1", 10.4],
      ["mail", "failed", "the live alert of this receiver", undefined],
    ]);
    assert.deepEqual(report.sections[0]?.timeline, [
      { at: start, what: "firing", text: "the test alert is posted to every Alertmanager" },
      { at: start + 10_400, what: "counted", text: "Alertmanager has sent it (slack): 1 request" },
    ]);
    const text = reportPage("", report);
    assert.ok(text.includes("label belfry_verify") && text.includes("cluster of context prod") && text.includes("[TEST] Belfry verify"));
    assert.doesNotMatch(text, /<script/i);
  });
});
