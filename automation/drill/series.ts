/** Time series that a drill writes: what was healthy, stretched back in time, and what its cause made of it. Pure. */

/** Labels of a series, `__name__` among them. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** A series as a function of time: Unix seconds in, a value or nothing out. */
export interface Series {
  readonly labels: SeriesLabels;
  readonly at: (time: number) => number | undefined;
}

/** A series that always had the value that it has now. */
export function constant(labels: SeriesLabels, value: number): Series {
  return { labels, at: () => value };
}

/** Texts that identify a series, whatever the order of its labels. */
export function seriesKey(labels: SeriesLabels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The labels without the metric's name. */
export function withoutName(labels: SeriesLabels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "__name__"));
}

/** Whether a series has all of these labels. */
export function hasLabels(labels: SeriesLabels, wanted: SeriesLabels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** All of them, each series once: a later one takes the place of an earlier one with the same labels. */
export function overlaid(...layers: readonly (readonly Series[])[]): Series[] {
  return [...new Map(layers.flat().map((one) => [seriesKey(one.labels), one])).values()];
}

/** The same series, earlier or later by so many seconds. */
export function shifted({ labels, at }: Series, seconds: number): Series {
  return { labels, at: (time) => at(time - seconds) };
}

/** Samples that were read, as a series: the one at this very time, or none. */
export function recorded(labels: SeriesLabels, samples: readonly (readonly [time: number, value: number])[]): Series {
  const values = new Map(samples);
  return { labels, at: (time) => values.get(time) };
}

export interface Span {
  /** Unix seconds, both ends included. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Series with the times at which they have samples. */
export interface Sampled {
  readonly series: readonly Series[];
  readonly span: Span;
}

/**
 * Samples in the OpenMetrics text format, as `promtool tsdb create-blocks-from openmetrics` reads them. Series of one name
 * stand together, as the format asks.
 */
export function openMetrics(parts: readonly Sampled[]): string {
  const byName = new Map<string, string[]>();
  for (const { series, span } of parts) {
    for (const { labels, at } of series) {
      const name = labels["__name__"] ?? "";
      const lines = byName.get(name) ?? [];
      byName.set(name, lines);
      const text = seriesText(labels);
      for (let time = span.from; time <= span.to; time += span.step) {
        const value = at(time);
        if (value !== undefined) lines.push(`${text} ${numberText(value)} ${time}`);
      }
    }
  }
  return `${[...byName.values()].flat().join("\n")}\n# EOF\n`;
}

/** What an exporter would answer at this time. */
export function exposition(series: readonly Series[], time: number): string {
  return series
    .flatMap(({ labels, at }) => {
      const value = at(time);
      // Empty: the scrape must not add its own.
      return value === undefined ? [] : [`${seriesText({ job: "", instance: "", ...labels })} ${numberText(value)}\n`];
    })
    .join("");
}

function seriesText({ __name__: name = "", ...labels }: SeriesLabels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
