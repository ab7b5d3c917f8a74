/** Results as reports. Pure. */
import type { DrillResult, ScenarioResult } from "../drill/scenario.ts";
import { secondsToMessage } from "../drill/scenario.ts";
import { toldTo } from "../drill/table.ts";
import type { Outcome, ReceiverResult, VerifyResult } from "../verify/result.ts";
import type { Report, ReportMoment, ReportSection, Verdict } from "./model.ts";

const mask = "•••";
/** Paths of incoming webhooks: who has one can post to the channel. */
const webhookPath = /\/services\/T[A-Za-z0-9_]+\/B[A-Za-z0-9_]+\/[A-Za-z0-9_-]+/gu;

/** Every text of a value without these secrets and without paths of webhooks. */
export function withoutSecrets<T>(value: T, hidden: readonly string[]): T {
  const clean = (inner: unknown): unknown => {
    if (typeof inner === "string") {
      return hidden.reduce((text, secret) => text.replaceAll(secret, mask), inner).replace(webhookPath, `/services/${mask}`);
    }
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, clean(one)]));
  };
  return clean(value) as T;
}

const verdicts = { passed: "passed", failed: "failed", skipped: "left out" } as const;

/** @param hidden secrets that no message may show */
export function drillReport(result: DrillResult, hidden: readonly string[]): Report {
  const told = result.results.filter(({ outcome }) => outcome === "passed").length;
  const report: Report = {
    title: "Belfry drill",
    subtitle: `run ${result.token}`,
    banner:
      "This is a drill in the sandbox. Nothing of it happened: the metrics were played, and Slack and the mailbox are simulated. " +
      "Nobody outside the sandbox was told anything.",
    verdict:
      `${told} of ${result.results.length} scenarios were told to everybody whom the routing tree names` +
      (result.notSilent === undefined ? "; the sandbox is silent again." : `; the sandbox is not silent (${result.notSilent}).`),
    passed: result.passed,
    startedAt: result.startedAt,
    sections: result.results.map(scenarioSection),
  };
  return withoutSecrets(report, hidden);
}

function scenarioSection(result: ScenarioResult): ReportSection {
  const { scenario, outcome, cause, timeline, deliveries, resolved, method, reason } = result;
  const seconds = secondsToMessage(result);
  const start: ReportMoment[] = cause === undefined || outcome === "skipped" || timeline.some(({ at }) => at === cause)
    ? []
    : [{ at: cause, what: "cause", text: scenario.title }];
  return {
    name: scenario.name,
    title: scenario.title,
    verdict: verdicts[outcome],
    alert: scenario.alert,
    ...(seconds === undefined ? {} : { seconds }),
    toldTo: toldTo(result),
    how: outcome === "skipped" ? "-" : scenario.how,
    method,
    ...(reason === undefined ? {} : { reason }),
    facts: [],
    timeline: [...start, ...timeline],
    messages: deliveries.flatMap(({ message }) => (message === undefined ? [] : [message])),
    ended: resolved,
  };
}

/** @param cluster where it ran, for people */
export function verifyReport(result: VerifyResult, cluster: string): Report {
  return withoutSecrets(
    {
      title: "Belfry verify",
      subtitle: `run ${result.runId}, ${cluster}`,
      banner:
        "A marked test alert was sent through every receiver of the running Alertmanager, and resolved at the end. " +
        "Nothing happened, and nobody needs to act.",
      verdict: result.passed ? "Every receiver works." : "Not every receiver is proved.",
      passed: result.passed,
      startedAt: result.startedAt,
      sections: result.receivers.map((receiver) => receiverSection(receiver)),
    },
    [],
  );
}

function receiverSection({ receiver, integrations, message, alert }: ReceiverResult): ReportSection {
  const bad = integrations.filter(({ outcome }) => outcome === "failed" || outcome === "unproved");
  const seconds = integrations.flatMap((one) => (one.seconds === undefined ? [] : [one.seconds]));
  const posted = alert === undefined ? undefined : Date.parse(alert.startsAt);
  const counted = posted === undefined ? [] : integrations.flatMap((one): ReportMoment[] =>
    one.seconds === undefined ? [] : [{ at: posted + one.seconds * 1000, what: "counted", text: `Alertmanager has sent it (${one.integration}): ${one.happened}` }],
  );
  const arrived: ReportMoment[] = message === undefined ? [] : [{ at: Date.parse(message.receivedAt), what: "notified", text: "the message is in the sandbox's inbox" }];
  const start: ReportMoment[] = posted === undefined ? [] : [{ at: posted, what: "firing", text: "the test alert is posted to every Alertmanager" }];
  return {
    name: receiver,
    title: integrations.map(({ integration }) => integration).join(", "),
    verdict: verdictOf(integrations.map(({ outcome }) => outcome)),
    alert: alert?.labels["alertname"] ?? "the live alert of this receiver",
    ...(seconds.length === 0 ? {} : { seconds: Math.max(...seconds) }),
    toldTo: integrations.map(({ integration, outcome }) => `${integration}: ${outcome}`).join(", "),
    how: "real time",
    method: "Judged by Alertmanager's own counters, and where it can be read by the message itself.",
    ...(bad.length === 0 ? {} : { reason: bad.map(({ integration, happened }) => `${integration}: ${happened}`).join("; ") }),
    facts: [
      ...integrations.flatMap(({ integration, expected, happened, lookAt }): (readonly [string, string])[] => [
        [`${integration}, expected`, expected],
        [`${integration}, happened`, happened],
        ...(lookAt === undefined ? [] : [[`${integration}, look at`, lookAt] as const]),
      ]),
      ...Object.entries(alert?.labels ?? {}).map(([name, value]) => [`label ${name}`, value] as const),
      ...Object.entries(alert?.annotations ?? {}).map(([name, value]) => [`annotation ${name}`, value] as const),
    ],
    timeline: [...start, ...counted, ...arrived].sort((a, b) => a.at - b.at),
    messages: message === undefined || message.kind === "heartbeat" ? [] : [message],
    ended: [],
  };
}

function verdictOf(outcomes: readonly Outcome[]): Verdict {
  if (outcomes.some((outcome) => outcome === "failed" || outcome === "unproved")) return "failed";
  return outcomes.includes("passed") ? "passed" : "left out";
}
