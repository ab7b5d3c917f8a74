/** What a drill can play, and what it finds out. */
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import type { Labels } from "../verify/matchers.ts";
import type { Series, SeriesLabels } from "./series.ts";

/** Label on every alert of a drill that can have one; its value is the run's token and the scenario. */
export const drillLabel = "belfry_drill";
/** Namespace, image, host and rule names of a drill hold this word, so that what it plays is never taken for real. */
export const drillWord = "belfry-drill";

/** A series as the sandbox's Prometheus has it now. */
export interface Present {
  readonly labels: SeriesLabels;
  readonly value: number;
}

/** The healthy sandbox that a scenario starts from. */
export interface Healthy {
  readonly series: readonly Present[];
  /** Namespace of the monitoring stack. */
  readonly namespace: string;
}

interface Common {
  readonly name: string;
  /** What goes wrong, for people. */
  readonly title: string;
  /** The alert that must tell it. */
  readonly alert: string;
  /** Whether `npm start` plays it too: it must be over within half a minute. */
  readonly atStart: boolean;
}

/** An event that falcosidekick posts to Alertmanager itself, past Prometheus. */
export interface PushedScenario extends Common {
  readonly how: "pushed";
  /** Labels and annotations of the post, but for those that every alert of the stack has. */
  readonly post: { readonly labels: Labels; readonly annotations: Readonly<Record<string, string>> };
}

/** A metric that the sandbox's own Prometheus scrapes. */
export interface LiveScenario extends Common {
  readonly how: "live";
  /** Job whose metrics change. */
  readonly job: string;
  readonly family: { readonly name: string; readonly type: "counter" | "gauge"; readonly labels: SeriesLabels; readonly value: number };
}

/**
 * A cause that takes longer than anybody waits for: its hours are written into the series, and a second Prometheus starts at
 * the moment before the deployed rules would tell of it.
 */
export interface ReplayedScenario extends Common {
  readonly how: "replayed";
  /** Seconds of healthy history before the cause: at least what the rules look back. */
  readonly history: number;
  /** Seconds after the cause within which the alert must fire. */
  readonly patience: number;
  /** Why it cannot be played in this sandbox; undefined when it can. */
  readonly impossible: (healthy: Healthy) => string | undefined;
  /** All series, with what the cause makes of them from `cause` (Unix seconds) on. */
  readonly series: (healthy: Healthy, cause: number) => Series[];
}

export type Scenario = PushedScenario | LiveScenario | ReplayedScenario;

export interface TimelineEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: "metric" | "pending" | "firing" | "notified" | "resolved";
  readonly text: string;
}

export interface Delivery {
  readonly receiver: string;
  /** `slack`, `email`. */
  readonly integration: string;
  /** Absent: it did not come. */
  readonly message?: ArrivedMessage;
}

export interface ScenarioResult {
  readonly scenario: Pick<Scenario, "name" | "title" | "alert" | "how">;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed or was left out. */
  readonly reason?: string;
  /** How its time was compressed, or that it was not. */
  readonly method: string;
  readonly timeline: readonly TimelineEntry[];
  readonly deliveries: readonly Delivery[];
  /** Messages that told the end. */
  readonly resolved: readonly ArrivedMessage[];
  /** Milliseconds since 1970; absent when it did not come so far. */
  readonly cause?: number;
}

export interface DrillResult {
  readonly passed: boolean;
  readonly token: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly results: readonly ScenarioResult[];
  /** Why the sandbox is not silent again; absent when it is. */
  readonly notSilent?: string;
}

/** Seconds from the cause to the first message about it. */
export function secondsToMessage({ cause, deliveries }: Pick<ScenarioResult, "cause" | "deliveries">): number | undefined {
  const times = deliveries.flatMap(({ message }) => (message === undefined ? [] : [Date.parse(message.receivedAt)]));
  return cause === undefined || times.length === 0 ? undefined : (Math.min(...times) - cause) / 1000;
}
