/** Whether other alerts may have been told to a receiver while a test alert was on its way. */
import type { ActiveAlert, AlertGroup } from "./alertmanager.ts";
import { testLabel } from "./labels.ts";
import { paths } from "./tree.ts";
import type { DeployedConfig, Route } from "./tree.ts";

/** Routes that repeat faster than this many seconds are never quiet. */
const quickRepeat = 600;
/** Prometheus sends an alert up to this much later than its start. */
const slackSeconds = 60;

export interface Window {
  readonly before: readonly AlertGroup[];
  readonly after: readonly AlertGroup[];
  /** Milliseconds since 1970: when the counters were first read. */
  readonly startedAt: number;
  /** When the youngest of the Alertmanagers started. */
  readonly alertmanagerStartedAt: number;
}

function isMuted(alert: ActiveAlert): boolean {
  const { silencedBy, inhibitedBy, mutedBy = [] } = alert.status;
  return silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
}

/** Alerts of others that are told to the receiver. */
function othersAt(receiver: string, groups: readonly AlertGroup[]): ActiveAlert[] {
  return (
    groups
      // A group that holds a test alert tells the others of the group together with it: that message is ours.
      .filter((group) => group.receiver.name === receiver && !group.alerts.some((alert) => testLabel in alert.labels))
      .flatMap((group) => group.alerts)
      .filter((alert) => !isMuted(alert))
  );
}

function name(alert: ActiveAlert | undefined): string {
  return alert?.labels["alertname"] ?? "without a name";
}

/**
 * Other alerts can be told when they are new, when they went away, when Alertmanager started lately (it then may tell
 * all of them again) or when their route repeats quickly.
 *
 * @returns the reason, or undefined when the receiver was quiet as far as Alertmanager shows
 */
export function otherTraffic(config: DeployedConfig, receiver: string, window: Window): string | undefined {
  const before = othersAt(receiver, window.before);
  const after = othersAt(receiver, window.after);
  const routes = paths(config.root)
    .flatMap((path) => path.slice(-1))
    .filter((route) => route.receiver === receiver);
  const most = (of: (route: Route) => number) => Math.max(0, ...routes.map(of));
  const settleSeconds = most((route) => route.groupWait + route.groupInterval) + slackSeconds;
  const settledBefore = window.startedAt - settleSeconds * 1000;

  const gone = before.find((alert) => !after.some((one) => one.fingerprint === alert.fingerprint));
  if (gone !== undefined) {
    return `the alert ${name(gone)} ended meanwhile`;
  }
  const recent = after.find((alert) => Date.parse(alert.startsAt) > settledBefore);
  if (recent !== undefined) {
    return `the alert ${name(recent)} began a short time ago`;
  }
  const added = after.find((alert) => !before.some((one) => one.fingerprint === alert.fingerprint));
  if (added !== undefined) {
    return `the alert ${name(added)} came meanwhile`;
  }
  const [first] = after;
  if (first === undefined) {
    return undefined;
  }
  if (window.alertmanagerStartedAt > settledBefore) {
    return `Alertmanager started a short time ago and may tell of ${name(first)} again`;
  }
  const repeat = Math.min(...routes.map((route) => route.repeatInterval));
  return repeat <= quickRepeat ? `the alert ${name(first)} is repeated every ${repeat} s` : undefined;
}
