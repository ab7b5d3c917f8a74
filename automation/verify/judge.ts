/** The verdict over one integration of a receiver, from what was counted and seen. */
import type { Counts } from "./metrics.ts";
import type { IntegrationResult } from "./result.ts";
import type { Integration } from "./tree.ts";

/** Where a user looks when something did not arrive. */
export interface Hints {
  /** Command or place that shows Alertmanager's log. */
  readonly logs: string;
  /** Command that shows the silence of this id. */
  silence(id: string): string;
  /** Command or place that shows the value of this file in the Alertmanager container. */
  secret(file: string): string;
}

export interface Evidence {
  readonly kind: "test" | "live";
  /** Entries of this kind in the receiver's configuration. */
  readonly integrations: readonly Integration[];
  /** Notifications that each of the entries should have sent; of a live alert at least these. */
  readonly notifications: number;
  readonly counts: Counts;
  /** What was waited for at most. */
  readonly waitedSeconds: number;
  /** When the counter showed all that was expected. */
  readonly seconds?: number;
  /** Why the test alert is held back, for example a silence. */
  readonly muted?: { readonly reason: string; readonly silence?: string };
  /** Why a rise of the counter need not be ours. */
  readonly ambiguous?: string;
  /** The counters began anew meanwhile. */
  readonly beganAnew: boolean;
  /** False where the time limit ended the wait before the next live notification was due. */
  readonly waitedLongEnough: boolean;
  /** Entries whose message the sink holds; absent where there is no sink to read. */
  readonly inSink?: number;
}

function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function expectation(evidence: Evidence, needed: number): string {
  const sent =
    evidence.kind === "live" ? `at least ${times(needed, "message")} sent` : `${times(needed, "message")} sent`;
  const source = evidence.kind === "live" ? " for the live alert" : "";
  const sink = evidence.inSink === undefined ? "" : ", and found in the sandbox's inbox";
  return `${sent}${source} within ${Math.round(evidence.waitedSeconds)} s${sink}`;
}

function whatWasCounted(counts: Counts): string {
  if (counts.requests === 0) {
    return counts.notifications === 0
      ? "Alertmanager did not try to send anything"
      : "Alertmanager tried to send, and had no answer yet";
  }
  const reasons = Object.keys(counts.failedByReason);
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  const failed = counts.failedRequests === 0 ? "none failed" : `${counts.failedRequests} failed${why}`;
  return `${times(counts.requests, "request")}, ${failed}`;
}

/** What to look at when sending failed: the log has the reason, the secret is the usual cause. */
function afterFailure(evidence: Evidence, hints: Hints): string {
  const files = [...new Set(evidence.integrations.flatMap((one) => one.secretFiles))];
  const secrets = files.map((file) => hints.secret(file));
  return [`the reason: ${hints.logs}`, ...secrets.map((secret) => `the secret: ${secret}`)].join("\n");
}

/**
 * Judges one integration.
 *
 * A rise of the counter while other alerts stood unchanged at the same receiver is taken for ours, although one of them
 * could have been repeated in just these seconds: that, too, would be a message which this receiver delivered.
 */
export function judge(integration: string, evidence: Evidence, hints: Hints): IntegrationResult {
  const { counts } = evidence;
  const needed = evidence.notifications * evidence.integrations.length;
  const sent = counts.requests - counts.failedRequests;
  const expected = expectation(evidence, needed);
  const counted = whatWasCounted(counts);
  const took = evidence.seconds === undefined ? {} : { seconds: evidence.seconds };
  if (evidence.muted !== undefined) {
    const lookAt = evidence.muted.silence === undefined ? {} : { lookAt: hints.silence(evidence.muted.silence) };
    return { integration, outcome: "unproved", expected, happened: evidence.muted.reason, ...lookAt };
  }
  if (evidence.beganAnew) {
    const happened = "Alertmanager was restarted or read a new configuration meanwhile, so its counters began anew";
    return { integration, outcome: "unproved", expected, happened, lookAt: "run verify again" };
  }
  if (sent < needed) {
    if (counts.requests === 0 && !evidence.waitedLongEnough) {
      const happened = "the time limit ended the wait before the next message was due";
      return { integration, outcome: "unproved", expected, happened, lookAt: "run verify with a longer time limit" };
    }
    return { integration, outcome: "failed", expected, happened: counted, lookAt: afterFailure(evidence, hints) };
  }
  if (evidence.inSink !== undefined) {
    const missing = evidence.integrations.length - evidence.inSink;
    if (missing > 0) {
      const happened = `counted as sent (${counted}), but the marked message is not in the sandbox's inbox`;
      return {
        integration,
        outcome: "failed",
        expected,
        happened,
        lookAt: `${hints.logs}\nand the inbox page of the sandbox`,
      };
    }
    return { integration, outcome: "passed", expected, happened: `${counted}; found in the inbox`, ...took };
  }
  const more = evidence.kind === "test" && sent > needed ? "it rose by more than the test alert explains" : undefined;
  const doubt = evidence.ambiguous ?? more;
  if (doubt !== undefined) {
    const happened = `${counted}; this may be other alerts' traffic: ${doubt}`;
    return {
      integration,
      outcome: "unproved",
      expected,
      happened,
      lookAt: "run verify again when this receiver is quiet",
    };
  }
  return { integration, outcome: "passed", expected, happened: counted, ...took };
}

/** The result where the counters do not name receivers. */
export function withoutReceiverNames(integration: string): IntegrationResult {
  return {
    integration,
    outcome: "unproved",
    expected: "counters that name the receiver",
    happened: "Alertmanager's counters do not name receivers, so nobody can tell whose message was sent",
    lookAt: 'switch on the feature: alertmanager.enableFeatures: ["receiver-name-in-metrics"] (flag --enable-feature)',
  };
}
