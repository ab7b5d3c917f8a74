/**
 * The value keys that the pinned charts have. Helm ignores a key that a chart does not know, so a renamed or
 * misspelt one would change nothing and say nothing: what Belfry hands to a chart is held against these lists.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChartPin } from "../versions.ts";

/** The directory of the lists: this one. See its README for the format of the files. */
export const upstreamDirectory = import.meta.dirname;

/** One key of a chart's values, with the keys below it. */
export interface ValueKey {
  /** `scalar`: nothing may stand below it. `open`: anything may. `closed`: only `children`. */
  readonly below: "scalar" | "open" | "closed";
  /**
   * The chart's own default; absent where it has none or the list does not hold it. A `map` is `{}`, a `list` is
   * `[]`.
   */
  readonly value?: unknown;
  /** In the order of the file; an `open` key may have them too, for their defaults. */
  readonly children: ReadonlyMap<string, ValueKey>;
}

/**
 * A chart that is part of another one: its keys stand below its name among those of the other, which decides the
 * version.
 */
export interface SubchartPin {
  readonly parent: string;
  readonly name: string;
  readonly version: string;
  /** Version of the program that the subchart runs. */
  readonly appVersion: string;
}

/** Names that hold dots; the lists do not tell these dots from those between names. */
const dottedNames = [
  "grafana.ini",
  "prometheus.io/scrape",
  "kubernetes.io/os",
  "cluster-autoscaler.kubernetes.io/safe-to-evict",
];

/**
 * Keys whose content is no matter of the chart: maps that users fill (labels), parts of Kubernetes objects and the
 * configuration of the programs. The charts' defaults hold some entries below them, which does not forbid others.
 */
const openNames = new Set([
  "annotations",
  "attachMetadata",
  "config",
  "containerSecurityContext",
  "deploymentStrategy",
  "env",
  "grafana.ini",
  "labels",
  "listenerSet",
  "livenessProbe",
  "matchLabels",
  "maxAllowed",
  "minAllowed",
  "nodeSelector",
  "objectStorageConfig",
  "podAnnotations",
  "podLabels",
  "podSecurityContext",
  "queryConfig",
  "readinessProbe",
  "route",
  "routePerReplica",
  "securityContext",
  "selector",
  "sessionAffinityConfig",
  "startupProbe",
  "tlsConfig",
  "tracingConfig",
  "tsdb",
  "updatePolicy",
  "updateStrategy",
]);

interface MutableKey {
  below: "scalar" | "open" | "closed";
  value?: unknown;
  children: Map<string, MutableKey>;
}

/** Splits a path of the lists at the dots between names. */
export function splitKeyPath(path: string): string[] {
  const names: string[] = [];
  for (let rest = path; rest !== ""; ) {
    const dotted = dottedNames.find((name) => rest === name || rest.startsWith(`${name}.`));
    const name = dotted ?? rest.slice(0, rest.includes(".") ? rest.indexOf(".") : rest.length);
    names.push(name);
    rest = rest.slice(name.length + 1);
  }
  return names;
}

function insert(root: MutableKey, names: readonly string[], leaf: Pick<MutableKey, "below" | "value">): void {
  let key = root;
  for (const [index, name] of names.entries()) {
    const below = openNames.has(name) ? "open" : "closed";
    const child: MutableKey = key.children.get(name) ?? { below, children: new Map() };
    key.children.set(name, child);
    key = child;
    if (index === names.length - 1 && child.children.size === 0) Object.assign(child, leaf);
  }
}

/**
 * @param list lines of path, type and default, separated by tabs; a path alone is a key of which only the name is known
 * @returns the root of the keys
 * @throws Error when a line has an unknown type
 */
export function parseValueKeys(list: string): ValueKey {
  const root: MutableKey = { below: "closed", children: new Map() };
  for (const line of list.split("\n").filter((text) => text !== "")) {
    const [path = "", type, value = ""] = line.split("\t");
    insert(root, splitKeyPath(path), leafOf(type, value, line));
  }
  return root;
}

function leafOf(type: string | undefined, value: string, line: string): Pick<MutableKey, "below" | "value"> {
  switch (type) {
    case undefined:
    case "null":
      return { below: "open" };
    case "map":
      return { below: "open", value: {} };
    case "list":
      return { below: "open", value: [] };
    case "bool":
    case "number":
    case "string":
      return value === "" ? { below: "scalar" } : { below: "scalar", value: JSON.parse(value) as unknown };
    default:
      throw new Error(`unknown type in the line "${line}" of a list of value keys`);
  }
}

/** Lays `over` on `base`: its keys are added, its defaults win. */
export function mergeValueKeys(base: ValueKey, over: ValueKey): ValueKey {
  if (base.children.size === 0) return { ...base, ...over };
  if (over.children.size === 0) return { ...base, ...("value" in over ? { value: over.value } : {}) };
  const children = new Map(base.children);
  for (const [name, key] of over.children) {
    const under = children.get(name);
    children.set(name, under === undefined ? key : mergeValueKeys(under, key));
  }
  return { below: base.below === "open" || over.below === "open" ? "open" : "closed", children };
}

const none: ValueKey = { below: "closed", children: new Map() };

/** The pins of the charts that `chart` is made of besides its own templates. */
export async function subchartPins(chart: string): Promise<SubchartPin[]> {
  const text = await readFile(join(upstreamDirectory, "subcharts.tsv"), "utf8");
  return text
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => row.split("\t"))
    .map(([parent = "", name = "", version = "", appVersion = ""]) => ({ parent, name, version, appVersion }))
    .filter((pin) => pin.parent === chart);
}

/** Versions of the programs that charts run, by the name of the chart; of those whose versions nothing else says. */
export async function appVersions(): Promise<Map<string, string>> {
  const text = await readFile(join(upstreamDirectory, "app-versions.tsv"), "utf8");
  const rows = text.split("\n").filter((row) => row !== "");
  return new Map(rows.map((row) => row.split("\t")).map(([chart = "", , appVersion = ""]) => [chart, appVersion]));
}

/**
 * All keys that a chart has, those of its subcharts below their names.
 *
 * @throws Error when the directory has no list for that version: the pin was moved without it
 */
export async function chartValueKeys(chart: Pick<ChartPin, "name" | "version">): Promise<ValueKey> {
  let keys = mergeValueKeys(await readKeys("template-keys", chart, "optional"), await readKeys("value-keys", chart));
  for (const pin of await subchartPins(chart.name)) {
    const below: ValueKey = { below: "closed", children: new Map([[pin.name, await chartValueKeys(pin)]]) };
    keys = mergeValueKeys(below, keys);
  }
  return keys;
}

async function readKeys(
  kind: "value-keys" | "template-keys",
  chart: Pick<ChartPin, "name" | "version">,
  need: "required" | "optional" = "required",
): Promise<ValueKey> {
  const file = join(kind, `${chart.name}-${chart.version}.tsv`);
  try {
    return parseValueKeys(await readFile(join(upstreamDirectory, file), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (need === "optional") return none;
    const what = `config/upstream/${file} is missing: every version of a chart needs its list of keys`;
    throw new Error(what, { cause: error });
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The paths in `values` that the chart does not have, outermost first, written with dots. */
export function unknownValueKeys(keys: ValueKey, values: unknown, path: readonly string[] = []): string[] {
  if (keys.below === "open" || !isMap(values)) return [];
  return Object.entries(values).flatMap(([name, value]) => {
    const key = keys.children.get(name);
    return key === undefined ? [[...path, name].join(".")] : unknownValueKeys(key, value, [...path, name]);
  });
}
