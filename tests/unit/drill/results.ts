/** Results of a drill for tests. */
import type { DrillResult, ScenarioResult } from "../../../automation/drill/scenario.ts";
import type { EmailMessage, SlackMessage } from "../../../sandbox/sinks/messages.ts";

/** Milliseconds since 1970. */
export const start = Date.parse("2026-11-27T10:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

export function slackMessage(text: string, seconds: number): SlackMessage {
  const attachment = { color: "danger", pretext: "", title: text, titleLink: "", text, fields: [], footer: "" };
  return {
    kind: "slack", id: `1-${seconds}`, receivedAt: at(seconds), channel: "#alerts", username: "", text: "", title: text,
    fallback: "", attachments: [attachment], blocks: [], payload: { text },
  };
}

export function mail(html: string, seconds: number, subject = "subject"): EmailMessage {
  return {
    kind: "email", id: `2-${seconds}`, receivedAt: at(seconds), from: "a@example.com", to: ["b@example.com"],
    recipients: ["b@example.com"], subject, text: "text", html, headers: [], attachments: [],
  };
}

export function scenarioResult(over: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    scenario: { name: "probe-failing", title: "a probed URL does not answer", alert: "BelfryProbeFailed", how: "replayed" },
    outcome: "passed",
    method: "replayed",
    cause: start,
    timeline: [
      { at: start, what: "metric", text: "the cause" },
      { at: start + 600_000, what: "pending", text: "pending" },
      { at: start + 900_000, what: "firing", text: "firing" },
    ],
    deliveries: [
      { receiver: "slack", integration: "slack", message: slackMessage("Down", 914) },
      { receiver: "mail", integration: "email", message: mail("<b>Down</b>", 915) },
    ],
    resolved: [],
    ...over,
  };
}

export function drillResult(...results: readonly ScenarioResult[]): DrillResult {
  return { passed: results.every(({ outcome }) => outcome !== "failed"), token: "abcd", startedAt: at(0), seconds: 42.4, results };
}
