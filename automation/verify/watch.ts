/** What is observed of each receiver and integration while its message is awaited; pure. */
import type { AlertGroup, ActiveAlert } from "./alertmanager.ts";
import { findMessage, hasSink } from "./inbox.ts";
import type { Evidence } from "./judge.ts";
import { testLabel } from "./labels.ts";
import { countsKey, noCounts } from "./metrics.ts";
import type { Counts } from "./metrics.ts";
import type { ReceiverPlan } from "./plan.ts";
import { paths } from "./tree.ts";
import type { DeployedConfig, Integration } from "./tree.ts";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";

/** Seconds that a receiver may take to answer, retries among them. */
const answerSeconds = 15;
/** Seconds after which the next Alertmanager of a cluster sends what the one before it did not (its default). */
const peerSeconds = 15;
/** Seconds within which a live alert must be there: Prometheus may have started just now. */
const appearSeconds = 120;

export type Plan = Exclude<ReceiverPlan, { kind: "impossible" }>;

/** All times in milliseconds since 1970. */
export interface Watched {
  readonly plan: Plan;
  /** `slack`, `email`, … */
  readonly kind: string;
  readonly integrations: readonly Integration[];
  /** Seconds from the time at which a message is due to its end as missing. */
  readonly patience: number;
  readonly key: string;
  readonly startedAt: number;
  /** A rise of the counter before this time is other traffic. */
  readonly earliest: number;
  readonly deadline: number;
  /** Latest time of the whole run. */
  readonly limit: number;
  readonly notifications: number;
  readonly counts: Counts;
  readonly early: boolean;
  readonly seconds?: number;
  readonly failedAt?: number;
  readonly muted?: Evidence["muted"] | undefined;
  /** Of a live alert: whether it was seen at this receiver. */
  readonly seen: boolean;
  readonly messages: readonly (ArrivedMessage | undefined)[];
}

/** What one look at everything showed. */
export interface Observation {
  readonly now: number;
  counts(key: string): Counts;
  /** Groups with alerts of this run, or with the live alerts that are awaited. */
  readonly groups: readonly AlertGroup[];
  /** Absent without an inbox. */
  readonly messages?: readonly ArrivedMessage[];
}

interface Timing {
  readonly groupWait: { readonly least: number; readonly most: number };
  readonly groupInterval: number;
  readonly repeatInterval: number;
}

function timing(config: DeployedConfig, receiver: string): Timing {
  const routes = paths(config.root)
    .flatMap((path) => path.slice(-1))
    .filter((route) => route.receiver === receiver);
  return {
    groupWait: {
      least: Math.min(...routes.map((one) => one.groupWait)),
      most: Math.max(...routes.map((one) => one.groupWait)),
    },
    groupInterval: Math.max(...routes.map((one) => one.groupInterval)),
    repeatInterval: Math.max(...routes.map((one) => one.repeatInterval)),
  };
}

/**
 * Begins the watch of each kind of integration of a receiver.
 *
 * @param pods how many Alertmanagers there are
 */
export function beginWatch(
  config: DeployedConfig,
  plan: Plan,
  pods: number,
  startedAt: number,
  limit: number,
): Watched[] {
  const patience = answerSeconds + (pods - 1) * peerSeconds;
  const { groupWait } = timing(config, plan.receiver.name);
  const kinds = [...new Set(plan.receiver.integrations.map((one) => one.kind))];
  return kinds.map((kind) => ({
    plan,
    kind,
    integrations: plan.receiver.integrations.filter((one) => one.kind === kind),
    patience,
    key: countsKey(plan.receiver.name, kind),
    startedAt,
    // One second for clocks and timers; without it a punctual message would look early.
    earliest: plan.kind === "test" ? startedAt + (groupWait.least - 1) * 1000 : startedAt,
    deadline: startedAt + (plan.kind === "test" ? groupWait.most + patience : appearSeconds) * 1000,
    limit,
    notifications: 1,
    counts: noCounts,
    early: false,
    seen: false,
    messages: [],
  }));
}

function sameLabels(a: AlertGroup, b: AlertGroup): boolean {
  const text = ({ labels }: AlertGroup) =>
    JSON.stringify(Object.entries(labels).toSorted(([x], [y]) => (x < y ? -1 : 1)));
  return a.receiver.name === b.receiver.name && text(a) === text(b);
}

/**
 * Whether a group may have existed before this run; one whose alerts have all ended is not shown, but still takes
 * turns.
 */
function mayBeOlder(group: AlertGroup, before: readonly AlertGroup[]): boolean {
  const isNew = "alertname" in group.labels || testLabel in group.labels;
  return !isNew || before.some((old) => sameLabels(old, group));
}

function isOurs(plan: Plan, alert: ActiveAlert): boolean {
  return plan.kind === "test"
    ? alert.labels["alertname"] === plan.alert.labels["alertname"] && testLabel in alert.labels
    : plan.names.includes(alert.labels["alertname"] ?? "") && !(testLabel in alert.labels);
}

function mutedBecause({ status }: ActiveAlert): Watched["muted"] {
  const [silence] = status.silencedBy;
  if (silence !== undefined) {
    return { reason: `muted by the silence ${silence}`, silence };
  }
  if (status.inhibitedBy.length > 0) {
    return { reason: "muted by another alert (an inhibition rule of the configuration)" };
  }
  const intervals = status.mutedBy ?? [];
  return intervals.length > 0 ? { reason: `muted by the time interval ${intervals.join(", ")}` } : undefined;
}

/** Adds what a look at everything showed. */
export function observe(
  config: DeployedConfig,
  before: readonly AlertGroup[],
  watched: Watched,
  seen: Observation,
): Watched {
  const { plan, kind } = watched;
  const here = seen.groups.filter((group) => group.receiver.name === plan.receiver.name);
  const ours = here.filter((group) => group.alerts.some((alert) => isOurs(plan, alert)));
  const own = ours.flatMap((group) => group.alerts.filter((alert) => isOurs(plan, alert)));
  const reasons = own.map(mutedBecause);
  const muted = own.length > 0 && reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
  const awake = here.filter((group) =>
    group.alerts.some((alert) => testLabel in alert.labels && mutedBecause(alert) === undefined),
  );
  const counts = seen.counts(watched.key);
  const sent = counts.requests - counts.failedRequests;
  const notifications = plan.kind === "test" ? Math.max(1, watched.notifications, awake.length) : 1;
  const needed = notifications * watched.integrations.length;
  const times = timing(config, plan.receiver.name);
  let { earliest, deadline } = watched;
  if (plan.kind === "test" && awake.some((group) => mayBeOlder(group, before))) {
    // It may have joined a group that was there before, which is told at its next turn.
    earliest = watched.startedAt;
    deadline = watched.startedAt + (times.groupInterval + watched.patience) * 1000;
  }
  if (plan.kind === "live" && own.length > 0 && !watched.seen) {
    deadline = seen.now + (times.repeatInterval + times.groupInterval + watched.patience) * 1000;
  }
  const failedAt = watched.failedAt ?? (counts.failedRequests > 0 ? seen.now : undefined);
  if (plan.kind === "live" && failedAt !== undefined) {
    deadline = Math.min(deadline, failedAt + watched.patience * 1000);
  }
  const seconds = watched.seconds ?? (sent >= needed ? (seen.now - watched.startedAt) / 1000 : undefined);
  const marks =
    plan.kind === "live"
      ? plan.names.map((name) => [name])
      : [[plan.alert.token], [plan.alert.labels[testLabel] ?? "", plan.alert.labels["alertname"] ?? ""]];
  const wanted = { marks, since: watched.startedAt - 1000 };
  const messages =
    seen.messages === undefined || !hasSink(kind)
      ? []
      : watched.integrations.map((one) => findMessage(seen.messages ?? [], one, wanted));
  return {
    ...watched,
    earliest,
    deadline,
    notifications,
    counts,
    early: watched.early || (sent > 0 && seen.now < earliest),
    seen: watched.seen || own.length > 0,
    messages,
    muted,
    ...(seconds === undefined ? {} : { seconds }),
    ...(failedAt === undefined ? {} : { failedAt }),
  };
}

/** Whether nothing more is to be waited for. */
export function isSettled(watched: Watched, now: number, hasInbox: boolean): boolean {
  if (watched.muted !== undefined || now >= Math.min(watched.deadline, watched.limit)) {
    return true;
  }
  const found = watched.messages.filter((message) => message !== undefined).length;
  const arrived = !hasInbox || !hasSink(watched.kind) || found === watched.integrations.length;
  const sent = watched.counts.requests - watched.counts.failedRequests;
  const needed = watched.notifications * watched.integrations.length;
  const givenUp = Object.values(watched.counts.failedByReason).reduce((sum, count) => sum + count, 0);
  return (sent >= needed && arrived) || (givenUp > 0 && sent + givenUp >= needed);
}

/**
 * @param other why other traffic may have moved the counter, as far as groups show it
 */
export function evidence(watched: Watched, other: string | undefined, beganAnew: boolean, hasInbox: boolean): Evidence {
  const end = Math.min(watched.deadline, watched.limit);
  const ambiguous = watched.early ? "it rose before the test alert was due" : other;
  return {
    kind: watched.plan.kind,
    integrations: watched.integrations,
    notifications: watched.notifications,
    counts: watched.counts,
    waitedSeconds: (end - watched.startedAt) / 1000,
    beganAnew,
    waitedLongEnough: watched.deadline <= watched.limit,
    ...(watched.seconds === undefined ? {} : { seconds: watched.seconds }),
    ...(watched.muted === undefined ? {} : { muted: watched.muted }),
    ...(ambiguous === undefined ? {} : { ambiguous }),
    ...(hasInbox && hasSink(watched.kind)
      ? { inSink: watched.messages.filter((message) => message !== undefined).length }
      : {}),
  };
}
