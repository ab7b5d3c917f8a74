import assert from "node:assert/strict";
import { findMessage, hasSink } from "../../../automation/verify/inbox.ts";
import type { ArrivedMessage } from "../../../sandbox/sinks/messages.ts";

const at = { receivedAt: "2026-01-01T12:00:05.000Z" };
const slack = (id: string, channel: string, text: string): ArrivedMessage => ({
  ...at,
  id,
  kind: "slack",
  channel,
  username: "",
  text,
  title: "",
  fallback: "",
  attachments: [],
  blocks: [],
  payload: {},
});
const mail = (id: string, recipients: string[], text: string): ArrivedMessage => ({
  ...at,
  id,
  kind: "email",
  recipients,
  from: "",
  to: recipients,
  subject: "",
  text,
  html: "",
  headers: [],
  attachments: [],
});
const messages: ArrivedMessage[] = [
  slack("1", "#alerts-critical", "run-1"),
  slack("2", "#alerts", "run-1"),
  mail("3", ["ops@example.org"], "run-2"),
  mail("4", ["Team@example.org", "b@example.org"], "run-2"),
  { ...at, id: "5", kind: "heartbeat", beat: 1, payload: { commonLabels: { alertname: "Watchdog" } } },
];
const since = Date.parse("2026-01-01T12:00:00Z");
const find = (kind: string, target: string | undefined, mark: string[], from = since) =>
  findMessage(
    messages,
    { kind, secretFiles: [], ...(target === undefined ? {} : { target }) },
    { marks: [["no"], mark], since: from },
  )?.id;

describe("the message in the inbox", () => {
  it("is the one with the mark that went where the integration sends", () => {
    assert.equal(find("slack", "#alerts", ["run-1"]), "2");
    assert.equal(find("slack", undefined, ["run-1"]), "1");
    assert.equal(find("email", "team@example.org, b@example.org", ["run-2"]), "4");
    assert.equal(find("email", "Ops <ops@example.org>", ["run-2"]), "3");
    assert.equal(find("webhook", undefined, ["Watchdog"]), "5");
  });
  it("is not one of another run, another place, another kind or an earlier time", () => {
    assert.equal(find("slack", "#alerts", ["run-2"]), undefined);
    assert.equal(find("slack", "#alerts", ["run-1", "more"]), undefined);
    assert.equal(find("slack", "#other", ["run-1"]), undefined);
    assert.equal(find("email", "ops@example.org, b@example.org", ["run-2"]), undefined);
    assert.equal(find("webhook", undefined, ["run-1"]), undefined);
    assert.equal(find("slack", "#alerts", ["run-1"], since + 6000), undefined);
  });
  it("exists for the kinds that the sandbox has a sink for", () => {
    assert.deepEqual(["slack", "email", "webhook", "pagerduty", "toString"].map(hasSink), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
