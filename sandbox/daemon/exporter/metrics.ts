/** Metrics as plain data, and their text form. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: "gauge" | "counter" | "untyped";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const textContentType = "text/plain; version=0.0.4; charset=utf-8";

export function sample(value: number | boolean, labels: Readonly<Record<string, string>> = {}): Sample {
  return { labels, value: Number(value) };
}

export function gauge(name: string, help: string, ...samples: readonly Sample[]): MetricFamily {
  return { name, type: "gauge", help, samples };
}

export function counter(name: string, help: string, ...samples: readonly Sample[]): MetricFamily {
  return { name, type: "counter", help, samples };
}

/** The text exposition format. A family without samples is left out. */
export function exposition(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}`);
      return [
        `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`,
        `# TYPE ${name} ${type}`,
        ...lines,
        "",
      ].join("\n");
    })
    .join("");
}

/** Families of `changes` take the place of those with the same name; new ones are added at the end. */
export function withChanges(families: readonly MetricFamily[], changes: readonly MetricFamily[]): MetricFamily[] {
  const changed = new Map(changes.map((family) => [family.name, family]));
  const kept = families.map((family) => changed.get(family.name) ?? family);
  const known = new Set(families.map(({ name }) => name));
  return [...kept, ...changes.filter(({ name }) => !known.has(name))];
}

/** Samples of `added` join the families of the same name; one with the same labels takes the place of the one before. */
export function withSamples(families: readonly MetricFamily[], added: readonly MetricFamily[]): MetricFamily[] {
  const key = ({ labels }: Sample): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const joined = new Map(families.map((family) => [family.name, family]));
  for (const family of added) {
    const before = joined.get(family.name);
    const taken = new Set(family.samples.map(key));
    const kept = (before?.samples ?? []).filter((one) => !taken.has(key(one)));
    joined.set(family.name, { ...(before ?? family), samples: [...kept, ...family.samples] });
  }
  return [...joined.values()];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}
