/**
 * What Helm is told about the values of a stand-in chart: their defaults, and a schema that refuses every key that
 * the pinned real chart does not have.
 */
import type { ValueKey } from "../../../config/upstream/value-keys.ts";

/** The part of JSON Schema (draft 7) that is needed here. */
export interface ValuesSchema {
  readonly $schema?: string;
  readonly type?: readonly string[];
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
  readonly additionalProperties?: boolean;
}

/**
 * The schema for `values.schema.json`. It limits names, not types, but for one: a map where the chart has a single
 * value would hold keys that the chart does not have. `null` is allowed everywhere, since Helm takes it as "remove
 * the default".
 */
export function valuesSchema(keys: ValueKey): ValuesSchema {
  return { $schema: "http://json-schema.org/draft-07/schema#", ...schemaOf(keys) };
}

function schemaOf(key: ValueKey): ValuesSchema {
  switch (key.below) {
    case "open":
      return {};
    case "scalar":
      return { type: ["boolean", "number", "string", "null"] };
    case "closed":
      return {
        type: ["object", "null"],
        properties: Object.fromEntries([...key.children].map(([name, child]) => [name, schemaOf(child)])),
        additionalProperties: false,
      };
  }
}

/** The chart's own defaults as an object, as far as the lists of keys hold them. */
export function defaultValues(key: ValueKey): unknown {
  if (key.children.size === 0) return key.value;
  const entries = [...key.children].map(([name, child]) => [name, defaultValues(child)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lays `over` on `base` as Helm does: maps merge, everything else replaces. */
export function mergeValues(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    merged[name] = name in merged ? mergeValues(merged[name], value) : value;
  }
  return merged;
}
