/** Posts the test alerts, watches what becomes of them, resolves and judges them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import { alertGroups, postAlerts, scrape } from "./alertmanager.ts";
import type { AlertGroup, PostedAlert } from "./alertmanager.ts";
import { otherTraffic } from "./ambiguity.ts";
import { liveAbsent } from "./entries.ts";
import { judge } from "./judge.ts";
import { testLabel } from "./labels.ts";
import { beganAnew, risen } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { testAnnotations } from "./plan.ts";
import type { ReceiverPlan } from "./plan.ts";
import type { ReceiverResult } from "./result.ts";
import type { RunOptions } from "./run.ts";
import { paths } from "./tree.ts";
import type { DeployedConfig } from "./tree.ts";
import { beginWatch, evidence, isSettled, observe } from "./watch.ts";
import type { Plan, Watched } from "./watch.ts";

const pollMilliseconds = 500;
const resolveMilliseconds = 5000;

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

export const scrapeAll = (options: RunOptions): Promise<Metrics[]> =>
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

/**
 * The test alerts are judged and resolved as soon as all of them are settled, and {@link RunOptions.testsProved} is told:
 * what proves the live ones may take longer, and is not disturbed by alerts that other receivers get meanwhile.
 *
 * @param limit latest end, milliseconds since 1970
 */
export async function prove(
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

  const judged = async (chosen: readonly Plan[]): Promise<[string, ReceiverResult][]> => {
    if (chosen.length === 0) return [];
    const begun = chosen.flatMap((plan) => beginWatch(config, plan, options.alertmanagers.length, startedAt, limit));
    const end = await watchAll(options, config, runId, { metrics, groups: before }, begun);
    const after = await alertGroups(options.alertmanagers[0], options.signal);
    const anew = beganAnew(metrics, end.metrics);
    const window = { before, after, startedAt, alertmanagerStartedAt };
    return chosen.map((plan) => {
      const name = plan.receiver.name;
      const other =
        plan.kind === "test" ? otherTraffic(config, name, window) : otherAtLive(plan, [...before, ...after]);
      const mine = end.watched.filter((one) => one.plan === plan);
      const integrations = mine.map(
        (one) =>
          liveAbsent(one) ?? judge(one.kind, evidence(one, other, anew, options.inbox !== undefined), options.hints),
      );
      const message = mine.flatMap((one) => one.messages).find((one): one is ArrivedMessage => one !== undefined);
      const alert = alerts.find(({ labels }) => plan.kind === "test" && labels === plan.alert.labels);
      const found = { ...(message === undefined ? {} : { message }), ...(alert === undefined ? {} : { alert }) };
      return [name, { receiver: name, integrations, ...found }];
    });
  };
  let resolved = alerts.length === 0;
  const resolve = async () => {
    if (resolved) return;
    resolved = true;
    await resolveAlerts(options, alerts);
  };
  try {
    if (alerts.length > 0) {
      await Promise.all(options.alertmanagers.map((one) => postAlerts(one, alerts, options.signal)));
    }
    const tests = judged(possible.filter(({ kind }) => kind === "test")).then(async (results) => {
      await resolve();
      options.testsProved?.();
      return results;
    });
    const results = await Promise.all([tests, judged(possible.filter(({ kind }) => kind === "live"))]);
    return new Map(results.flat());
  } finally {
    await resolve();
  }
}
