/** What an alerting rule makes of its expression's results over time, as Prometheus does. Pure. */
import type { AlertRule } from "./rules.ts";
import { type Series, type SeriesLabels, withoutName } from "./series.ts";

/** One series of the answer to a range query. */
export interface RangeResult {
  readonly labels: SeriesLabels;
  /** Unix seconds, in order. */
  readonly times: readonly number[];
}

/** A time during which one alert of a rule was pending and then, if it lasted, fired. Unix seconds. */
export interface Episode {
  readonly labels: SeriesLabels;
  readonly pending: number;
  /** Absent: it ended before it had lasted as long as the rule asks. */
  readonly firing?: number;
  /** The last evaluation at which the expression was true. */
  readonly last: number;
}

/** @param step seconds between two evaluations: a result that is missing once ends an episode */
export function episodes(rule: Pick<AlertRule, "for">, results: readonly RangeResult[], step: number): Episode[] {
  return results.flatMap(({ labels, times }) => {
    const found: Episode[] = [];
    let start: number | undefined;
    let last = 0;
    const close = () => {
      if (start === undefined) return;
      const firing = Math.ceil((start + rule.for) / step) * step;
      const due = start + Math.ceil((firing - start) / step) * step;
      found.push({ labels, pending: start, last, ...(due <= last ? { firing: due } : {}) });
    };
    for (const time of times) {
      if (start === undefined || time > last + step) {
        close();
        start = time;
      }
      last = time;
    }
    close();
    return found;
  });
}

/** The first alert that fires after the cause. */
export function firstFiring(all: readonly Episode[], cause: number): (Episode & { readonly firing: number }) | undefined {
  return all
    .filter((one): one is Episode & { readonly firing: number } => one.firing !== undefined && one.last >= cause)
    .sort((a, b) => a.firing - b.firing)[0];
}

/**
 * Labels of the alert that a rule makes of a result of its expression, as far as its own labels are plain texts or one of the
 * two templates that rules need for labels: `{{ $labels.x }}`, and `{{ with $labels.x }}{{ . }}{{ else }}text{{ end }}`.
 *
 * @returns undefined where a label is another template
 */
export function alertLabels(rule: Pick<AlertRule, "alert" | "labels">, result: SeriesLabels): Record<string, string> | undefined {
  const labels = withoutName(result);
  const own = Object.entries(rule.labels).map(([name, text]) => [name, expanded(text, labels)] as const);
  if (own.some(([, text]) => text.includes("{{"))) return undefined;
  return { ...labels, ...Object.fromEntries(own), alertname: rule.alert };
}

function expanded(text: string, labels: SeriesLabels): string {
  return text
    .replace(
      /\{\{ *with +\$labels\.(\w+) *\}\}\{\{ *\. *\}\}\{\{ *else *\}\}([^{}]*)\{\{ *end *\}\}/g,
      (_all, name: string, otherwise: string) => labels[name] ?? otherwise,
    )
    .replace(/\{\{ *\$labels\.(\w+) *\}\}/g, (_all, name: string) => labels[name] ?? "");
}

/**
 * The series in which Prometheus keeps since when an alert is pending: with it, a Prometheus that starts goes on with the
 * time that has passed already.
 *
 * @param labels of the alert, as Prometheus stores it
 */
export function forState(labels: SeriesLabels, { pending, last }: Episode): Series {
  return {
    labels: { ...labels, __name__: "ALERTS_FOR_STATE" },
    at: (time) => (time >= pending && time <= last ? pending : undefined),
  };
}
