/** Carries a verification out against Alertmanagers that are within reach. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../config/user-error.ts";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import { alertGroups, postAlerts, readStatus, scrape } from "./alertmanager.ts";
import type { AlertGroup, AlertmanagerAccess, PostedAlert } from "./alertmanager.ts";
import { otherTraffic } from "./ambiguity.ts";
import { impossible, liveAbsent, missingReceivers, single } from "./entries.ts";
import type { Inbox } from "./inbox.ts";
import { judge, withoutReceiverNames } from "./judge.ts";
import type { Hints } from "./judge.ts";
import { testLabel } from "./labels.ts";
import type { Labels } from "./matchers.ts";
import { beganAnew, risen } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { planVerification, testAnnotations } from "./plan.ts";
import type { ReceiverPlan } from "./plan.ts";
import type { ReceiverResult, VerifyResult } from "./result.ts";
import { ConfigUnreadable, paths, readConfig } from "./tree.ts";
import type { DeployedConfig } from "./tree.ts";
import { beginWatch, evidence, isSettled, observe } from "./watch.ts";
import type { Plan, Watched } from "./watch.ts";

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
  /** How long a new configuration may take to reach Alertmanager; 120 by default. */
  readonly configSeconds?: number;
}

const pollMilliseconds = 500;
const resolveMilliseconds = 5000;

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

/** The alerts as they are posted; the end lies ahead, so that an aborted run resolves them by itself. */
function postedAlerts(plans: readonly ReceiverPlan[], startedAt: number, endsAt: number): PostedAlert[] {
  return plans.flatMap((plan) =>
    plan.kind === "test"
      ? [
          {
            labels: plan.alert.labels,
            annotations: testAnnotations(plan.alert, plan.receiver.name),
            startsAt: new Date(startedAt).toISOString(),
            endsAt: new Date(endsAt).toISOString(),
          },
        ]
      : [],
  );
}

/** Resolves the test alerts at every Alertmanager; also after an abort, so not under the run's own signal. */
async function resolveAlerts(options: RunOptions, alerts: readonly PostedAlert[]): Promise<void> {
  const ended = alerts.map((alert) => ({ ...alert, endsAt: new Date().toISOString() }));
  const results = await Promise.allSettled(
    options.alertmanagers.map((one) => postAlerts(one, ended, AbortSignal.timeout(resolveMilliseconds))),
  );
  if (results.some((result) => result.status === "rejected")) {
    options.report("The test alerts could not be resolved everywhere; they end by themselves within minutes.");
  }
}

function announce(options: RunOptions, plans: readonly ReceiverPlan[]): void {
  for (const plan of plans) {
    if (plan.kind === "test") {
      const others = plan.alert.others.length === 0 ? "" : ` (its route also tells ${plan.alert.others.join(", ")})`;
      options.report(`Test alert for ${plan.receiver.name}${others}.`);
    } else if (plan.kind === "live") {
      const most = Math.max(...plan.routes.map((route) => route.repeatInterval + route.groupInterval));
      options.report(
        `Waiting for the next ${plan.names.join(" or ")} at ${plan.receiver.name}, at most ${Math.round(most)} s.`,
      );
    }
  }
}

/** The groups that hold alerts of this run, and those with the live alerts that are awaited. */
async function watchedGroups(options: RunOptions, runId: string, plans: readonly Plan[]): Promise<AlertGroup[]> {
  const [first] = options.alertmanagers;
  const live = plans.flatMap((plan) => (plan.kind === "live" ? plan.names : []));
  const filters = [`${testLabel}=${JSON.stringify(runId)}`, ...live.map((name) => `alertname=${JSON.stringify(name)}`)];
  const found = await Promise.all(filters.map((filter) => alertGroups(first, options.signal, filter)));
  return found.flat();
}

const scrapeAll = (options: RunOptions): Promise<Metrics[]> =>
  Promise.all(options.alertmanagers.map((one) => scrape(one, options.signal)));

/** Watches until every receiver is settled, and once more so that a rise beyond the expected one is seen. */
async function watchAll(
  options: RunOptions,
  config: DeployedConfig,
  runId: string,
  baseline: { readonly metrics: readonly Metrics[]; readonly groups: readonly AlertGroup[] },
  begun: readonly Watched[],
): Promise<{ watched: readonly Watched[]; metrics: readonly Metrics[] }> {
  const plans = [...new Set(begun.map((one) => one.plan))];
  let watched = begun;
  for (let settled = false; ;) {
    const [metrics, groups, messages] = await Promise.all([
      scrapeAll(options),
      watchedGroups(options, runId, plans),
      options.inbox?.messages(),
    ]);
    const now = Date.now();
    const counts = (key: string) => risen(baseline.metrics, metrics, key);
    const seen = { now, counts, groups, ...(messages === undefined ? {} : { messages }) };
    watched = watched.map((one) => observe(config, baseline.groups, one, seen));
    if (settled || beganAnew(baseline.metrics, metrics)) {
      return { watched, metrics };
    }
    settled = watched.every((one) => isSettled(one, now, options.inbox !== undefined));
    await sleep(pollMilliseconds, undefined, { signal: options.signal });
  }
}

/** Why the counter of a live alert's receiver may have risen for another alert. */
function otherAtLive(plan: Plan, groups: readonly AlertGroup[]): string | undefined {
  const other = groups
    .filter((group) => group.receiver.name === plan.receiver.name)
    .flatMap((group) => group.alerts)
    .find((alert) => plan.kind === "live" && !plan.names.includes(alert.labels["alertname"] ?? ""));
  return other === undefined
    ? undefined
    : `the alert ${other.labels["alertname"] ?? "without a name"} is told there, too`;
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

/** Posts, watches, resolves and judges. */
async function prove(
  options: RunOptions,
  config: DeployedConfig,
  plans: readonly ReceiverPlan[],
  runId: string,
  alertmanagerStartedAt: number,
  metrics: readonly Metrics[],
  limit: number,
): Promise<Map<string, ReceiverResult>> {
  const before = await alertGroups(options.alertmanagers[0], options.signal);
  const startedAt = Date.now();
  const longest = Math.max(...paths(config.root).map((path) => path.at(-1)?.groupInterval ?? 0));
  const alerts = postedAlerts(plans, startedAt, startedAt + (longest + 300) * 1000);
  const possible = plans.filter((plan): plan is Plan => plan.kind !== "impossible");
  announce(options, plans);
  try {
    if (alerts.length > 0) {
      await Promise.all(options.alertmanagers.map((one) => postAlerts(one, alerts, options.signal)));
    }
    const begun = possible.flatMap((plan) => beginWatch(config, plan, options.alertmanagers.length, startedAt, limit));
    const end = await watchAll(options, config, runId, { metrics, groups: before }, begun);
    const after = await alertGroups(options.alertmanagers[0], options.signal);
    const anew = beganAnew(metrics, end.metrics);
    const results = new Map<string, ReceiverResult>();
    for (const plan of possible) {
      const window = { before, after, startedAt, alertmanagerStartedAt };
      const name = plan.receiver.name;
      const other =
        plan.kind === "test" ? otherTraffic(config, name, window) : otherAtLive(plan, [...before, ...after]);
      const mine = end.watched.filter((one) => one.plan === plan);
      const integrations = mine.map(
        (one) =>
          liveAbsent(one) ?? judge(one.kind, evidence(one, other, anew, options.inbox !== undefined), options.hints),
      );
      const message = mine.flatMap((one) => one.messages).find((one): one is ArrivedMessage => one !== undefined);
      results.set(name, { receiver: name, integrations, ...(message === undefined ? {} : { message }) });
    }
    return results;
  } finally {
    if (alerts.length > 0) {
      await resolveAlerts(options, alerts);
    }
  }
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
