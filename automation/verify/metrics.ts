/** Alertmanager's own counters of what it sent, read from the text of `/metrics`. */

/** Counters of one receiver and integration. */
export interface Counts {
  /** Attempts to send, retries among them. */
  readonly requests: number;
  readonly failedRequests: number;
  /** Notifications begun; one is one or more requests. */
  readonly notifications: number;
  /** Notifications given up, by reason; only reasons that occurred. */
  readonly failedByReason: Readonly<Record<string, number>>;
}

export interface Metrics {
  /** Whether the counters carry the receiver's name; without it they cannot be told apart. */
  readonly namesReceivers: boolean;
  /** By {@link countsKey}. */
  readonly counts: ReadonlyMap<string, Counts>;
  /** Changes whenever the counters begin anew: at a start and at every reload of the configuration. */
  readonly epoch: string;
}

export const noCounts: Counts = { requests: 0, failedRequests: 0, notifications: 0, failedByReason: {} };

export function countsKey(receiver: string, integration: string): string {
  return JSON.stringify([receiver, integration]);
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function readSample(line: string): Sample | undefined {
  const parts = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:\\.|[^"\\])*")*)\})?\s+(\S+)/.exec(line);
  const [, name, labelText = "", value] = parts ?? [];
  if (name === undefined || value === undefined) {
    return undefined;
  }
  const labels: Record<string, string> = {};
  for (const [, key = "", text = ""] of labelText.matchAll(/([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g)) {
    labels[key] = text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return { name, labels, value: Number(value) };
}

const wanted = {
  alertmanager_notification_requests_total: "requests",
  alertmanager_notification_requests_failed_total: "failedRequests",
  alertmanager_notifications_total: "notifications",
} as const;

export function readMetrics(text: string): Metrics {
  const counts = new Map<string, Counts>();
  const epoch: Record<string, number> = {};
  let series = 0;
  let named = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || !/^(?:alertmanager_(?:notification|config_last)|process_start)/.test(line)) {
      continue;
    }
    const sample = readSample(line);
    if (sample === undefined) {
      continue;
    }
    const { name, labels, value } = sample;
    if (name === "process_start_time_seconds" || name === "alertmanager_config_last_reload_success_timestamp_seconds") {
      epoch[name] = value;
      continue;
    }
    const field = Object.hasOwn(wanted, name) ? wanted[name as keyof typeof wanted] : undefined;
    if (field === undefined && name !== "alertmanager_notifications_failed_total") {
      continue;
    }
    series += 1;
    const receiver = labels["receiver_name"];
    if (receiver === undefined) {
      continue;
    }
    named += 1;
    const key = countsKey(receiver, labels["integration"] ?? "");
    const before = counts.get(key) ?? noCounts;
    if (field !== undefined) {
      counts.set(key, { ...before, [field]: before[field] + value });
    } else if (value > 0) {
      const reason = labels["reason"] ?? "";
      const sum = (before.failedByReason[reason] ?? 0) + value;
      counts.set(key, { ...before, failedByReason: { ...before.failedByReason, [reason]: sum } });
    }
  }
  return { namesReceivers: series === 0 || named > 0, counts, epoch: JSON.stringify(epoch) };
}

function minus(after: Counts, before: Counts): Counts {
  const reasons = Object.entries(after.failedByReason)
    .map(([reason, count]) => [reason, count - (before.failedByReason[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    requests: after.requests - before.requests,
    failedRequests: after.failedRequests - before.failedRequests,
    notifications: after.notifications - before.notifications,
    failedByReason: Object.fromEntries(reasons),
  };
}

function plus(a: Counts, b: Counts): Counts {
  const failedByReason: Record<string, number> = { ...a.failedByReason };
  for (const [reason, count] of Object.entries(b.failedByReason)) {
    failedByReason[reason] = (failedByReason[reason] ?? 0) + count;
  }
  return {
    requests: a.requests + b.requests,
    failedRequests: a.failedRequests + b.failedRequests,
    notifications: a.notifications + b.notifications,
    failedByReason,
  };
}

/** What one receiver and integration counted between two readings, over all Alertmanagers (same order in both). */
export function risen(before: readonly Metrics[], after: readonly Metrics[], key: string): Counts {
  return after.reduce(
    (sum, metrics, index) =>
      plus(sum, minus(metrics.counts.get(key) ?? noCounts, before[index]?.counts.get(key) ?? noCounts)),
    noCounts,
  );
}

/** Whether counters began anew between two readings, so that their difference means nothing. */
export function beganAnew(before: readonly Metrics[], after: readonly Metrics[]): boolean {
  return after.some((metrics, index) => metrics.epoch !== before[index]?.epoch);
}
