/** Carries a verification out against Alertmanagers that are within reach. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../config/user-error.ts";
import { readStatus } from "./alertmanager.ts";
import type { AlertmanagerAccess } from "./alertmanager.ts";
import { impossible, missingReceivers, single } from "./entries.ts";
import type { Inbox } from "./inbox.ts";
import { withoutReceiverNames } from "./judge.ts";
import type { Hints } from "./judge.ts";
import type { Labels } from "./matchers.ts";
import { planVerification } from "./plan.ts";
import { prove, scrapeAll } from "./prove.ts";
import type { ReceiverResult, VerifyResult } from "./result.ts";
import { ConfigUnreadable, readConfig } from "./tree.ts";
import type { DeployedConfig } from "./tree.ts";

export interface RunOptions {
  /** All of the cluster's Alertmanagers; at least one. */
  readonly alertmanagers: readonly [AlertmanagerAccess, ...AlertmanagerAccess[]];
  /** The sandbox's inbox, where there is one: then the messages must be there, too. */
  readonly inbox?: Inbox;
  readonly hints: Hints;
  /** Receivers that must stand in the running configuration; what is missing is waited for. */
  readonly expectedReceivers?: readonly string[];
  /** Labels that every alert of the stack has (its environment, its cluster's name); the test alerts get them, too. */
  readonly labels?: Labels;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** Limit of the whole verification; by default as long as the slowest receiver needs. */
  readonly timeoutSeconds?: number;
  /** Told when every test alert is judged and resolved; live alerts may still be waited for. */
  readonly testsProved?: () => void;
  /** How long a new configuration may take to reach Alertmanager; 120 by default. */
  readonly configSeconds?: number;
}

const pollMilliseconds = 500;

interface Prepared {
  readonly configText: string;
  readonly startedAt: number;
}

function receiverNames(configText: string): string[] {
  try {
    return readConfig(configText).receivers.map((receiver) => receiver.name);
  } catch (error) {
    if (error instanceof ConfigUnreadable) {
      return [];
    }
    throw error;
  }
}

/** Waits until all Alertmanagers run one configuration that has the expected receivers. */
async function settledConfig(options: RunOptions): Promise<Prepared> {
  const until = Date.now() + (options.configSeconds ?? 120) * 1000;
  let told = false;
  for (;;) {
    const statuses = await Promise.all(options.alertmanagers.map((one) => readStatus(one, options.signal)));
    const configText = statuses[0]?.config ?? "";
    const same = statuses.every((status) => status.config === configText);
    const names = receiverNames(configText);
    const complete = (options.expectedReceivers ?? []).every((name) => names.includes(name));
    const late = Date.now() >= until;
    if ((same && complete) || (same && late)) {
      return { configText, startedAt: Math.max(...statuses.map((status) => status.startedAt)) };
    }
    if (late) {
      const pods = options.alertmanagers.map((one) => one.name).join(", ");
      throw new UserError(
        `The Alertmanagers run different configurations (${pods}).`,
        "Wait until all pods have read the new one, and run verify again.",
      );
    }
    if (!told) {
      options.report("Waiting until Alertmanager has read the new configuration.");
      told = true;
    }
    await sleep(pollMilliseconds * 2, undefined, { signal: options.signal });
  }
}

function summarize(runId: string, startedAt: number, receivers: readonly ReceiverResult[]): VerifyResult {
  const outcomes = receivers.flatMap((receiver) => receiver.integrations.map((one) => one.outcome));
  return {
    passed: !outcomes.some((outcome) => outcome === "failed" || outcome === "unproved"),
    runId,
    startedAt: new Date(startedAt).toISOString(),
    seconds: (Date.now() - startedAt) / 1000,
    receivers,
  };
}

/**
 * Verifies every receiver of the running configuration.
 *
 * @throws UserError when an Alertmanager cannot be asked; the signal's reason after an abort. Test alerts are resolved
 * then, too
 */
export async function verifyAlertmanagers(options: RunOptions): Promise<VerifyResult> {
  const startedAt = Date.now();
  const limit = options.timeoutSeconds === undefined ? Infinity : startedAt + options.timeoutSeconds * 1000;
  const runId = randomBytes(4).toString("hex");
  const prepared = await settledConfig(options);
  let config: DeployedConfig;
  try {
    config = readConfig(prepared.configText);
  } catch (error) {
    if (!(error instanceof ConfigUnreadable)) {
      throw error;
    }
    const texts: [string, string, string] = [
      "a configuration that verify understands",
      error.message,
      "Alertmanager's page Status",
    ];
    return summarize(runId, startedAt, [single("all receivers", "configuration", "unproved", texts)]);
  }
  const plans = planVerification(config, runId, options.labels);
  const missing = missingReceivers(options.expectedReceivers ?? [], config);
  if (plans.length === 0) {
    const nothing = single("all receivers", "configuration", "failed", [
      "at least one receiver that sends messages",
      "the running configuration has none",
      "the log of prometheus-operator: it uses an empty configuration when it cannot find or read the real one",
    ]);
    return summarize(runId, startedAt, [nothing, ...missing]);
  }
  const metrics = await scrapeAll(options);
  if (!metrics.every((one) => one.namesReceivers)) {
    const all = plans.map(({ receiver }) => {
      const kinds = [...new Set(receiver.integrations.map((one) => one.kind))];
      return { receiver: receiver.name, integrations: kinds.map(withoutReceiverNames) };
    });
    return summarize(runId, startedAt, [...all, ...missing]);
  }
  const proved = await prove(options, config, plans, runId, prepared.startedAt, metrics, limit).catch((error: unknown) => {
    // A request that was under way at the abort has a word of its own for it.
    options.signal.throwIfAborted();
    throw error;
  });
  const receivers = plans.flatMap((plan) => {
    const result = plan.kind === "impossible" ? impossible(plan) : proved.get(plan.receiver.name);
    return result === undefined ? [] : [result];
  });
  return summarize(runId, startedAt, [...receivers, ...missing]);
}
