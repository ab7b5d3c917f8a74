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
  const { minutes, world, rings } = scenario;
  const interval = scenario.interval ?? 1;
  return {
    name: scenario.name,
    interval: `${interval}m`,
    input_series: world.map((one) => ({ series: identity(one), values: notation(one, minutes, interval) })),
    promql_expr_test: [everythingThatRang(scenario), ...rings.flatMap((ring) => timesOf(ring, interval))],
    alert_rule_test: rings.flatMap((ring) => wordsOf(ring, rings)),
  };
}

/** At the end: how many alerts of which name fired at any time. The watchdog always does. */
function everythingThatRang({ minutes, rings }: Scenario): Record<string, unknown> {
  const counts = new Map<string, Set<string>>();
  for (const { alert, labels } of rings) {
    counts.set(alert, (counts.get(alert) ?? new Set()).add(identity({ metric: "ALERTS", labels })));
  }
  return {
    expr: `count by (alertname) (count_over_time(ALERTS{alertstate="firing", alertname!="Watchdog"}[${minutes + 1}m]))`,
    eval_time: `${minutes}m`,
    exp_samples: [...counts].map(([alert, found]) => ({ labels: `{alertname="${alert}"}`, value: found.size })),
  };
}

function timesOf({ alert, labels, told, over }: Ring, interval: number): Record<string, unknown>[] {
  const all = { alertname: alert, alertstate: "firing", ...labels };
  const expr = identity({ metric: "ALERTS", labels: all });
  const at = (minute: number, fires: boolean) => ({
    expr,
    eval_time: `${minute}m`,
    exp_samples: fires ? [{ labels: expr, value: 1 }] : [],
  });
  return [
    ...(told > 0 ? [at(told - interval, false)] : []),
    at(told, true),
    ...(over === undefined ? [] : [at(over - interval, true), at(over, false)]),
  ];
}

function wordsOf(ring: Ring, rings: readonly Ring[]): Record<string, unknown>[] {
  if (ring.says === undefined) {
    return [];
  }
  const together = rings.filter(
    ({ alert, told, over }) => alert === ring.alert && told <= ring.told && (over ?? Infinity) > ring.told,
  );
  return [
    {
      alertname: ring.alert,
      eval_time: `${ring.told}m`,
      exp_alerts: together.map(({ alert, labels, says }) => ({
        exp_labels: labels,
        exp_annotations: { ...says, runbook_url: `${runbooks}/${alert}.md` },
      })),
    },
  ];
}
