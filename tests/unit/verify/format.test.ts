import assert from "node:assert/strict";
import { formatVerify } from "../../../automation/verify/format.ts";
import type { VerifyResult } from "../../../automation/verify/result.ts";

const result: VerifyResult = {
  passed: false,
  runId: "1a2b3c4d",
  startedAt: "2026-01-01T12:00:00.000Z",
  seconds: 14.6,
  receivers: [
    {
      receiver: "slack",
      integrations: [
        {
          integration: "slack",
          outcome: "passed",
          expected: "1 message sent",
          happened: "1 request, none failed",
          seconds: 10.44,
        },
      ],
    },
    {
      receiver: "team-a/mail/mail",
      integrations: [
        {
          integration: "email",
          outcome: "failed",
          expected: "1 message sent within 25 s",
          happened: "2 requests, 2 failed\u001b[31m\nx",
          lookAt: "the reason: kubectl logs\nthe secret: kubectl describe",
        },
      ],
    },
    {
      receiver: "beat",
      integrations: [
        { integration: "webhook", outcome: "unproved", expected: "a beat", happened: "muted by the silence x\u202e" },
      ],
    },
    {
      receiver: "Grafana",
      integrations: [
        { integration: "contact points", outcome: "not checked", expected: "a mail", happened: "a simulated pod" },
      ],
    },
  ],
};

describe("the verification for a terminal", () => {
  it("is aligned, says more only of what is not proved, and holds no control characters", () => {
    assert.equal(
      formatVerify(result),
      [
        "Not every receiver is proved (15 s, run 1a2b3c4d).",
        "  passed       slack (slack)             1 request, none failed after 10.4 s",
        "  FAILED       team-a/mail/mail (email)",
        "      expected: 1 message sent within 25 s",
        "      happened: 2 requests, 2 failed [31m x",
        "      look at:  the reason: kubectl logs",
        "                the secret: kubectl describe",
        "  unproved     beat (webhook)",
        "      expected: a beat",
        "      happened: muted by the silence x ",
        "  not checked  Grafana (contact points)  a simulated pod",
        "",
      ].join("\n"),
    );
  });
  it("says in one line that all is well", () => {
    const [first] = result.receivers;
    const passed = { ...result, passed: true, receivers: first === undefined ? [] : [first] };
    assert.equal(
      formatVerify(passed),
      "Every receiver works (15 s, run 1a2b3c4d).\n  passed       slack (slack)  1 request, none failed after 10.4 s\n",
    );
  });
});
