/** What a scenario's messages say about it. Pure. */
import type { Delivery, Scenario, ScenarioResult, TimelineEntry } from "./scenario.ts";

/** What a scenario came to, without its verdict. */
export interface Played {
  readonly scenario: Scenario;
  readonly method: string;
  readonly cause: number;
  readonly timeline: readonly TimelineEntry[];
  readonly deliveries: readonly Delivery[];
}

export function skipped(scenario: Scenario, reason: string): ScenarioResult {
  return { scenario, outcome: "skipped", reason, method: "not played", timeline: [], deliveries: [], resolved: [] };
}

export function failed({ deliveries = [], ...played }: Omit<Played, "deliveries"> & Partial<Played>, reason: string): ScenarioResult {
  return { ...played, deliveries, timeline: withMessages(played.timeline, deliveries), outcome: "failed", reason, resolved: [] };
}

/** Passed only when every receiver to which the tree sends the alert has its message. */
export function judged(played: Played): ScenarioResult {
  const { deliveries } = played;
  const missing = deliveries.filter(({ message }) => message === undefined);
  if (deliveries.length === 0) return failed(played, "the routing tree sends this alert to nobody");
  if (missing.length > 0) {
    const names = missing.map(({ receiver, integration }) => `${receiver} (${integration})`);
    return failed(played, `no message arrived at ${names.join(", ")}`);
  }
  return { ...played, timeline: withMessages(played.timeline, deliveries), outcome: "passed", resolved: [] };
}

function withMessages(timeline: readonly TimelineEntry[], deliveries: readonly Delivery[]): TimelineEntry[] {
  const arrived = deliveries.flatMap(({ receiver, integration, message }): TimelineEntry[] =>
    message === undefined
      ? []
      : [{ at: Date.parse(message.receivedAt), what: "notified", text: `the message is at ${receiver} (${integration})` }],
  );
  return [...timeline, ...arrived].sort((a, b) => a.at - b.at);
}
