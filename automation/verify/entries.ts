/** Results that stand for themselves, without counters: what could not be sent, and why. */
import type { ReceiverPlan } from "./plan.ts";
import type { IntegrationResult, Outcome, ReceiverResult } from "./result.ts";
import type { DeployedConfig } from "./tree.ts";
import type { Watched } from "./watch.ts";

/** A result that is no single integration's. */
export function single(
  receiver: string,
  integration: string,
  outcome: Outcome,
  texts: [string, string, string],
): ReceiverResult {
  const [expected, happened, lookAt] = texts;
  return { receiver, integrations: [{ integration, outcome, expected, happened, lookAt }] };
}

/** Expected receivers that the running configuration lacks. */
export function missingReceivers(expected: readonly string[], config: DeployedConfig): ReceiverResult[] {
  const names = config.receivers.map((receiver) => receiver.name);
  return expected
    .filter((name) => !names.includes(name))
    .map((name) =>
      single(name, "configuration", "failed", [
        "in the running configuration of Alertmanager",
        "it is not there; a configuration that the operator refuses leaves the old one running",
        "the log of prometheus-operator",
      ]),
    );
}

/** The result of a receiver for which nothing could be sent. */
export function impossible(plan: Extract<ReceiverPlan, { kind: "impossible" }>): ReceiverResult {
  const kinds = [...new Set(plan.receiver.integrations.map((one) => one.kind))];
  const integrations = kinds.map((integration): IntegrationResult => ({
    integration,
    outcome: plan.outcome,
    expected: "a route that leads a test alert here",
    happened: plan.reason,
    lookAt: "the routes in Alertmanager's running configuration (its page Status, or amtool config routes)",
  }));
  return { receiver: plan.receiver.name, integrations };
}

/** The result where the live alert that proves a receiver was never seen; undefined where it was. */
export function liveAbsent(watched: Watched): IntegrationResult | undefined {
  if (watched.plan.kind !== "live" || watched.seen || watched.muted !== undefined) {
    return undefined;
  }
  const names = watched.plan.names.join(" or ");
  return {
    integration: watched.kind,
    outcome: watched.deadline <= watched.limit ? "failed" : "unproved",
    expected: `the live alert ${names}, which fires always`,
    happened: `Alertmanager has no active alert ${names} for this receiver`,
    lookAt: "the rules and the alerting section of Prometheus: does the rule fire, and is Alertmanager reached?",
  };
}
