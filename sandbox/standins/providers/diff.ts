/** What changed between two sets of inputs, by path, and which changes need a new object. Pure. */
import { at, isObject, unknown, type Wire, type WireObject } from "./wire.ts";

export type Path = readonly (string | number)[];

export interface Change {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
  /** Absent for `add`. */
  readonly before?: Wire;
  /** Absent for `delete`. */
  readonly after?: Wire;
}

/** @param before without marks of secrets, as `after` */
export function changesBetween(before: Wire, after: Wire, path: Path = []): Change[] {
  if (after === unknown) return [{ path, kind: "update", before, after }];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changesOfPart(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => changesOfPart(before[index], after[index], [...path, index])).flat();
  }
  return before === after ? [] : [{ path, kind: "update", before, after }];
}

function changesOfPart(before: Wire | undefined, after: Wire | undefined, path: Path): Change[] {
  if (before === undefined) return after === undefined ? [] : [{ path, kind: "add", after }];
  return after === undefined ? [{ path, kind: "delete", before }] : changesBetween(before, after, path);
}

/** The engine's notation: `spec.receivers[0].name`, `metadata.annotations["example.com/a"]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (/[."[\]]/.test(part)) return `${text}["${part.replaceAll('"', '\\"')}"]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** @param fields such as `spec.selector`: a change of one, inside one, or of what holds one needs a new object */
export function needsReplacement(change: Change, fields: readonly string[]): boolean {
  const keys = change.path.filter((part) => typeof part === "string");
  return fields.some((field) => {
    const parts = field.split(".");
    const shared = Math.min(parts.length, keys.length);
    if (parts.slice(0, shared).join("\n") !== keys.slice(0, shared).join("\n")) return false;
    const rest = parts.slice(shared);
    return rest.length === 0 || at(change.before, ...rest) !== undefined || at(change.after, ...rest) !== undefined;
  });
}

/**
 * Inputs that tell what a resource is now: where the cluster still has what it had after the last operation, the value
 * as it was given (the cluster may write it in another way); elsewhere the cluster's.
 *
 * @param given inputs of the last operation
 * @param then the object after the last operation
 * @param now the object as it is
 */
export function driftedInputs(given: WireObject, then: WireObject, now: WireObject): WireObject {
  const drifted: WireObject = {};
  for (const [key, value] of Object.entries(given)) {
    const part = driftedPart(value, then[key], now[key]);
    if (part !== undefined) drifted[key] = part;
  }
  return drifted;
}

function driftedPart(given: Wire, then: Wire | undefined, now: Wire | undefined): Wire | undefined {
  if (changesOfPart(then, now, []).length === 0) return given;
  if (isObject(given) && isObject(then) && isObject(now)) return driftedInputs(given, then, now);
  if (Array.isArray(given) && Array.isArray(then) && Array.isArray(now) && then.length === now.length) {
    return given.map((element, index) => driftedPart(element, then[index], now[index]) ?? null);
  }
  return now;
}
