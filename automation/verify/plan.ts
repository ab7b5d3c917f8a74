/** Decides what a verification sends and what each receiver must then have counted. */
import { findLabels, testAlertPrefix, testLabel } from "./labels.ts";
import type { Labels } from "./matchers.ts";
import type { DeployedConfig, Receiver, Route } from "./tree.ts";

/** A test alert, made for one receiver. */
export interface TestAlert {
  readonly labels: Labels;
  /** In the alert's summary; no other test alert of any run has it. */
  readonly token: string;
  /** Further receivers that get it because the tree sends it there too. */
  readonly others: readonly string[];
}

export type ReceiverPlan = { readonly receiver: Receiver } & (
  | { readonly kind: "test"; readonly alert: TestAlert; readonly routes: readonly Route[] }
  /** Proved by the next notification about a live alert of one of these names. */
  | { readonly kind: "live"; readonly names: readonly string[]; readonly routes: readonly Route[] }
  | { readonly kind: "impossible"; readonly outcome: "failed" | "unproved"; readonly reason: string }
);

/** `team-a/mail/mail` becomes `TeamAMailMail`. */
function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

/**
 * Plans the proof of every receiver that has integrations, in the configuration's order.
 *
 * @param runId random, ASCII
 * @param labels labels that every alert of the stack has, such as its cluster's name
 */
export function planVerification(config: DeployedConfig, runId: string, labels: Labels = {}): ReceiverPlan[] {
  return config.receivers
    .filter((receiver) => receiver.integrations.length > 0)
    .map((receiver, index): ReceiverPlan => {
      const token = `${runId}-${index + 1}`;
      // A name of its own: alerts of one name might be grouped together or mute each other, and a group of an earlier
      // run may still be there, which would be told at its next turn only.
      const alertname = `${testAlertPrefix}${pascalCase(receiver.name)}_${token.replace("-", "_")}`;
      const search = findLabels(config, receiver.name, { ...labels, alertname, [testLabel]: runId });
      switch (search.kind) {
        case "found": {
          const alert = { labels: search.labels, token, others: search.others };
          return { receiver, kind: "test", alert, routes: search.routes };
        }
        case "named":
          return { receiver, kind: "live", names: search.names, routes: search.routes };
        case "unclear":
          return { receiver, kind: "impossible", outcome: "unproved", reason: search.reason };
        case "unreachable":
          return { receiver, kind: "impossible", outcome: "failed", reason: `no alert can reach it: ${search.reason}` };
      }
    });
}

/** Annotations of a test alert: nobody who reads them takes it for a real one. */
export function testAnnotations(alert: TestAlert, receiver: string): Record<string, string> {
  return {
    summary:
      `[TEST] Belfry verify ${alert.token}: proves that messages reach the receiver ${receiver}. ` +
      "Nobody needs to act.",
    description: "Sent by `belfry verify`. It is resolved as soon as the verification ends.",
  };
}
