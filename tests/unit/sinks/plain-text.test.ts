import assert from "node:assert/strict";
import fc from "fast-check";
import { heartbeatSummary, plainText } from "../../../sandbox/sinks/messages.ts";
import { attachment, emailMessage, heartbeat, slackMessage } from "./samples.ts";

describe("messages as terminal lines", () => {
  it("shows a Slack message's title, text and fields", () => {
    const message = slackMessage({
      text: "hello",
      attachments: [
        {
          ...attachment,
          title: "[FIRING: 1] A &amp; B",
          text: "*down* since\n\n<https://run.example|Runbook> &lt;!channel&gt;",
          fields: [{ title: "Pod", value: "`a-1`", short: true }],
          footer: "end",
        },
      ],
    });
    assert.deepEqual(plainText(message), [
      "hello",
      "[FIRING: 1] A & B",
      "down since",
      "Runbook (https://run.example) <!channel>",
      "Pod: a-1",
      "end",
    ]);
  });

  it("shows a mail's headers and text", () => {
    const message = emailMessage({
      to: ["a@example.org", "b@example.org"],
      subject: "one\r\nBcc: x",
      text: "Hello,\r\n\r\n  you\n",
    });
    assert.deepEqual(plainText(message), [
      "From: Belfry <belfry@example.org>",
      "To: a@example.org, b@example.org",
      "Subject: one Bcc: x",
      "Hello,",
      "  you",
    ]);
  });

  it("shows a heartbeat in one line", () => {
    assert.deepEqual(plainText(heartbeat(7, "2026-11-23T19:15:00.000Z")), ["Heartbeat 7 at 2026-11-23T19:15:00.000Z"]);
  });

  it("removes what a terminal would act on", () => {
    const text = "a\u001b[31mred\u001b]0;title\u0007 \u0000b\u007f\u009bc \u202eevil \u2066x\u2028y\tz \ud800";
    assert.deepEqual(plainText(slackMessage({ text })), ["a[31mred]0;title bc evil xy z"]);
  });

  it("breaks long lines at spaces and long words inside, and keeps the indentation", () => {
    const message = emailMessage({ text: "  the quick brown fox jumps\nabcdefghijklmnopqrstuvw xy" });
    assert.deepEqual(plainText(message, { width: 12 }).slice(-6), [
      "  the quick",
      "  brown fox",
      "  jumps",
      "abcdefghijkl",
      "mnopqrstuvw",
      "xy",
    ]);
  });

  it("says how many lines were left out", () => {
    const message = slackMessage({ text: "1\n2\n3\n4\n5" });
    assert.deepEqual(plainText(message, { lines: 3 }), ["1", "2", "... and 3 more lines"]);
    assert.deepEqual(plainText(message, { lines: 5 }), ["1", "2", "3", "4", "5"]);
  });

  const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

  it("never makes a line with control characters, too wide, or empty", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyUnit, maxLength: 60 }), (text) => {
        for (const line of plainText(slackMessage({ text }), { width: 20 })) {
          assert.match(line, /^(?!\s*$)[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+$/u);
          assert.ok(Array.from(line).length <= 20);
        }
      }),
    );
  });
});

describe("heartbeat summary", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 19, 0, second)).toISOString();

  it("counts all, also those that are not kept any more, and takes the usual distance", () => {
    const beats = [heartbeat(5, at(0)), heartbeat(6, at(10)), heartbeat(7, at(20)), heartbeat(8, at(59))];
    assert.deepEqual(heartbeatSummary([slackMessage({}), ...beats]), { count: 8, lastAt: at(59), intervalSeconds: 10 });
  });

  it("knows no distance of one, and nothing of none", () => {
    assert.deepEqual(heartbeatSummary([heartbeat(1, at(0))]), { count: 1, lastAt: at(0), intervalSeconds: undefined });
    assert.equal(heartbeatSummary([slackMessage({})]), undefined);
  });
});
