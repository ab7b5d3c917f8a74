/** A scenario: what a cluster does, and which alerts ring when. Written as a test of promtool. */
import type { RuleFile } from "../../../components/alerting/groups.ts";
import { identity, notation, type Series } from "./series.ts";

/** One alert that a scenario rings. Times are minutes since its begin. */
export interface Ring {
  readonly alert: string;
  /** All labels of the alert beside its name. */
  readonly labels: Readonly<Record<string, string>>;
  /** When the cause comes, and when it is gone; without the latter it stays to the end. */
  readonly cause: number;
  readonly recovery?: number;
  /** The first minute in which the alert fires, and the first in which it does so no more. */
  readonly told: number;
  readonly over?: number;
  /** What the message says at `told`, exactly. */
  readonly says?: { readonly summary: string; readonly description: string };
}

export interface Scenario {
  readonly name: string;
  /** The files whose rules run. */
  readonly rules: readonly RuleFile[];
  readonly minutes: number;
  /**
   * Minutes between two samples, and between two evaluations.
   * @default 1
   */
  readonly interval?: number;
  readonly world: readonly Series[];
  /** Alerts that ring; no other does at any time. */
  readonly rings: readonly Ring[];
}

/** Where the runbooks are in the tests. */
export const runbooks = "https://runbooks.example.com";

/** A test group of promtool. */
export function promtoolTest(scenario: Scenario): Record<string, unknown> {
  return { ...worldOf(scenario), ...checksOf(scenario) };
}

/** The part of a test group that says what the cluster does. */
export function worldOf({ name, minutes, interval = 1, world }: Scenario): Record<string, unknown> {
  return {
    name,
    interval: duration(interval),
    input_series: world.map((one) => ({ series: identity(one), values: notation(one, minutes, interval) })),
  };
}

/** Under which names the alerts of a scenario run. */
export interface Names {
  readonly of: (alert: string) => string;
  /** Regular expression for all of them; what it does not match is not looked at. */
  readonly all: string;
}

export interface Checks {
  readonly promql_expr_test: readonly Record<string, unknown>[];
  readonly alert_rule_test: readonly Record<string, unknown>[];
}

/** The part of a test group that says which alerts ring. */
export function checksOf(scenario: Scenario, names: Names = { of: (alert) => alert, all: ".+" }): Checks {
  const { rings, interval = 1 } = scenario;
  return {
    promql_expr_test: [everythingThatRang(scenario, names), ...rings.flatMap((ring) => timesOf(ring, interval, names))],
    alert_rule_test: rings.flatMap((ring) => wordsOf(ring, rings, names)),
  };
}

/** Minutes, or parts of one, as Prometheus writes them. */
const duration = (minutes: number): string => `${Math.round(minutes * 60)}s`;

/** At the end: how many alerts of which name fired at any time. The watchdog always does, and counts where it is asked for. */
function everythingThatRang({ minutes, rings }: Scenario, names: Names): Record<string, unknown> {
  const counts = new Map<string, Set<string>>();
  for (const { alert, labels } of rings) {
    counts.set(alert, (counts.get(alert) ?? new Set()).add(identity({ metric: "ALERTS", labels })));
  }
  const but = counts.has("Watchdog") ? "" : ', alertname!~"Watchdog.*"';
  return {
    expr: `count by (alertname) (count_over_time(ALERTS{alertstate="firing", alertname=~"${names.all}"${but}}[${minutes + 1}m]))`,
    eval_time: duration(minutes),
    exp_samples: [...counts].map(([alert, found]) => ({ labels: `{alertname="${names.of(alert)}"}`, value: found.size })),
  };
}

function timesOf({ alert, labels, told, over }: Ring, interval: number, names: Names): Record<string, unknown>[] {
  const all = { alertname: names.of(alert), alertstate: "firing", ...labels };
  const expr = identity({ metric: "ALERTS", labels: all });
  const at = (minute: number, fires: boolean) => ({
    expr,
    eval_time: duration(minute),
    exp_samples: fires ? [{ labels: expr, value: 1 }] : [],
  });
  return [
    ...(told > 0 ? [at(told - interval, false)] : []),
    at(told, true),
    ...(over === undefined ? [] : [at(over - interval, true), at(over, false)]),
  ];
}

function wordsOf(ring: Ring, rings: readonly Ring[], names: Names): Record<string, unknown>[] {
  if (ring.says === undefined) {
    return [];
  }
  const together = rings.filter(
    ({ alert, told, over }) => alert === ring.alert && told <= ring.told && (over ?? Infinity) > ring.told,
  );
  return [
    {
      alertname: names.of(ring.alert),
      eval_time: duration(ring.told),
      exp_alerts: together.map(({ alert, labels, says }) => ({
        exp_labels: labels,
        exp_annotations: { ...says, runbook_url: `${runbooks}/${alert}.md` },
      })),
    },
  ];
}
