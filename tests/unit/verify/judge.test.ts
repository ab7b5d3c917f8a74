import assert from "node:assert/strict";
import { judge } from "../../../automation/verify/judge.ts";
import type { Evidence } from "../../../automation/verify/judge.ts";
import { noCounts } from "../../../automation/verify/metrics.ts";
import { clusterHints } from "../../../automation/verify/verify.ts";

const hints = { logs: "LOGS", silence: (id: string) => `SILENCE ${id}`, secret: (file: string) => `SECRET ${file}` };
const slack = {
  kind: "slack",
  target: "#a",
  secretFiles: ["api_url_file: /etc/alertmanager/secrets/belfry-slack/url"],
};
const sent = (requests: number, failedRequests = 0, failedByReason = {}) => ({
  requests,
  failedRequests,
  notifications: requests,
  failedByReason,
});
const evidence: Evidence = {
  kind: "test",
  integrations: [slack],
  notifications: 1,
  counts: sent(1),
  waitedSeconds: 25,
  beganAnew: false,
  waitedLongEnough: true,
  seconds: 10.25,
};
const verdict = (more: Partial<Evidence>) => {
  const { outcome, happened, lookAt } = judge("slack", { ...evidence, ...more }, hints);
  return lookAt === undefined ? [outcome, happened] : [outcome, happened, lookAt];
};
const failure = "the reason: LOGS\nthe secret: SECRET api_url_file: /etc/alertmanager/secrets/belfry-slack/url";

describe("the verdict", () => {
  it("passes what was counted as sent", () => {
    assert.deepEqual(judge("slack", evidence, hints), {
      integration: "slack",
      outcome: "passed",
      expected: "1 message sent within 25 s",
      happened: "1 request, none failed",
      seconds: 10.25,
    });
    assert.deepEqual(verdict({ counts: sent(3, 2) }), ["passed", "3 requests, 2 failed"]);
  });
  it("wants a message of each entry and each group", () => {
    assert.deepEqual(verdict({ integrations: [slack, slack], notifications: 2, counts: sent(3) }), [
      "failed",
      "3 requests, none failed",
      failure,
    ]);
    assert.deepEqual(verdict({ integrations: [slack, slack], notifications: 2, counts: sent(4) }), [
      "passed",
      "4 requests, none failed",
    ]);
  });
  it("fails what did not leave, and says what to look at", () => {
    assert.deepEqual(verdict({ counts: noCounts }), ["failed", "Alertmanager did not try to send anything", failure]);
    assert.deepEqual(verdict({ counts: { ...noCounts, notifications: 1 } }), [
      "failed",
      "Alertmanager tried to send, and had no answer yet",
      failure,
    ]);
    assert.deepEqual(verdict({ counts: sent(2, 2, { clientError: 1 }) }), [
      "failed",
      "2 requests, 2 failed (clientError)",
      failure,
    ]);
  });
  it("leaves unproved what is muted, what other traffic explains and what was not waited for", () => {
    assert.deepEqual(verdict({ muted: { reason: "muted by the silence x", silence: "x" } }), [
      "unproved",
      "muted by the silence x",
      "SILENCE x",
    ]);
    assert.deepEqual(verdict({ counts: sent(2) }), [
      "unproved",
      "2 requests, none failed; this may be other alerts' traffic: it rose by more than the test alert explains",
      "run verify again when this receiver is quiet",
    ]);
    assert.deepEqual(verdict({ ambiguous: "the alert X began a short time ago" }), [
      "unproved",
      "1 request, none failed; this may be other alerts' traffic: the alert X began a short time ago",
      "run verify again when this receiver is quiet",
    ]);
    assert.deepEqual(verdict({ beganAnew: true }), [
      "unproved",
      "Alertmanager was restarted or read a new configuration meanwhile, so its counters began anew",
      "run verify again",
    ]);
    assert.deepEqual(verdict({ counts: noCounts, waitedLongEnough: false }), [
      "unproved",
      "the time limit ended the wait before the next message was due",
      "run verify with a longer time limit",
    ]);
  });
  it("believes the inbox over doubt, and never a counter against the inbox", () => {
    assert.deepEqual(verdict({ inSink: 1, counts: sent(5), ambiguous: "x" }), [
      "passed",
      "5 requests, none failed; found in the inbox",
    ]);
    assert.deepEqual(verdict({ inSink: 0 }), [
      "failed",
      "counted as sent (1 request, none failed), but the marked message is not in the sandbox's inbox",
      "LOGS\nand the inbox page of the sandbox",
    ]);
    assert.deepEqual(verdict({ inSink: 1, counts: noCounts })[0], "failed");
  });
  it("lets a live alert be told more than once", () => {
    assert.deepEqual(judge("webhook", { ...evidence, kind: "live", counts: sent(2) }, hints), {
      integration: "webhook",
      outcome: "passed",
      expected: "at least 1 message sent for the live alert within 25 s",
      happened: "2 requests, none failed",
      seconds: 10.25,
    });
    assert.equal(verdict({ kind: "live", ambiguous: "x" })[0], "unproved");
  });
});

describe("what to look at", () => {
  it("names commands for a cluster", () => {
    const real = clusterHints({ context: "prod" }, "monitoring", ["am-0", "am-1"], false);
    assert.equal(
      real.logs,
      "kubectl --context prod -n monitoring logs am-0 -c alertmanager --since=5m; " +
        "kubectl --context prod -n monitoring logs am-1 -c alertmanager --since=5m",
    );
    assert.equal(
      real.silence("i"),
      "kubectl --context prod -n monitoring exec am-0 -c alertmanager -- " +
        "amtool --alertmanager.url=http://localhost:9093 silence query --id i",
    );
    assert.equal(
      real.secret("api_url_file: /etc/alertmanager/secrets/belfry-slack/url"),
      "kubectl --context prod -n monitoring describe secret belfry-slack (key url, api_url_file); " +
        "set it anew with `pulumi config set --secret` and deploy",
    );
    assert.equal(real.secret("url_file: /elsewhere"), "the file that url_file: /elsewhere names");
  });
  it("names places of the sandbox", () => {
    const sandbox = clusterHints({ context: "belfry-sandbox" }, "monitoring", ["am-0"], true);
    assert.deepEqual(
      [sandbox.logs, sandbox.silence("i")],
      ["the log of Alertmanager in .belfry/sandbox/logs", "the silence i in Alertmanager"],
    );
  });
});
