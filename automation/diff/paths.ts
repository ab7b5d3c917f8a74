/** Where two values differ. Pure. */
import { parse } from "yaml";
import { isRecord } from "../../config/secrets.ts";
import { longestValue, type ValueChange } from "./model.ts";
import { Hidden, hideNamed } from "./secret.ts";
import { cut, withoutSecrets } from "./text.ts";

/** Names that tell the members of a list apart, in the order in which they are tried. */
const identities = ["name", "alert", "record", "host", "path", "key"] as const;
/** Above this many comparisons lists are compared place by place. */
const mostComparisons = 250_000;

/**
 * @returns the changed leaves, in the order of the keys; a part that is new or gone is one change. Members of lists are matched by
 *   their names, else by what they hold; a list whose members only stand in another order is one change
 */
export function changedPaths(before: unknown, after: unknown, path = ""): ValueChange[] {
  if (before === undefined && after === undefined) return [];
  if (before instanceof Hidden || after instanceof Hidden) return changedSecret(before, after, path);
  if (isRecord(before) && isRecord(after)) return changedMembers(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return changedList(before, after, path);
  if (same(before, after)) return [];
  if (typeof before === "string" && typeof after === "string") return changedText(before, after, path);
  return [change(path, before, after)];
}

function changedSecret(before: unknown, after: unknown, path: string): ValueChange[] {
  if (before instanceof Hidden && after instanceof Hidden && before.equals(after)) return [];
  return [{ ...change(path, before, after), secret: true }];
}

function change(path: string, before: unknown, after: unknown): ValueChange {
  return {
    path: path === "" ? "." : path,
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after === undefined ? {} : { after: shown(after) }),
  };
}

/** A value as text, at most {@link longestValue} characters. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : value instanceof Hidden ? value.toString() : JSON.stringify(value);
  // As in changedText.
  return cut(text.includes("\n") ? withoutSecrets(text) : text, longestValue);
}

/** Equal down to the last secret. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Hidden || b instanceof Hidden) return a instanceof Hidden && b instanceof Hidden && a.equals(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

const plainKey = /^[A-Za-z0-9_-]+$/;

function below(path: string, key: string): string {
  if (!plainKey.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function changedMembers(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, path: string): ValueChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const own = (record: Readonly<Record<string, unknown>>, key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
  return keys.flatMap((key) => changedPaths(own(before, key), own(after, key), below(path, key)));
}

function changedList(before: readonly unknown[], after: readonly unknown[], path: string): ValueChange[] {
  if (same(before, after)) return [];
  for (const key of identities) {
    const [a, b] = [byIdentity(before, key), byIdentity(after, key)];
    if (a !== undefined && b !== undefined) return changedNamed(a, b, key, path);
  }
  return changedPlaces(before, after, path);
}

function byIdentity(list: readonly unknown[], key: string): Map<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  for (const item of list) {
    const id = isRecord(item) ? item[key] : undefined;
    if (typeof id !== "string" || found.has(id)) return undefined;
    found.set(id, item);
  }
  return found;
}

function changedNamed(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>, key: string, path: string): ValueChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changes = names.flatMap((name) => changedPaths(before.get(name), after.get(name), `${path}[${key}=${name}]`));
  const order = (these: ReadonlyMap<string, unknown>, those: ReadonlyMap<string, unknown>) => [...these.keys()].filter((name) => those.has(name));
  const [was, is] = [order(before, after), order(after, before)];
  return same(was, is) ? changes : [...changes, change(`${path} (order)`, was.join(", "), is.join(", "))];
}

/** Lists without names: what both hold in the same order stays, what stands between is paired place by place. */
function changedPlaces(before: readonly unknown[], after: readonly unknown[], path: string): ValueChange[] {
  const kept = before.length * after.length > mostComparisons ? [] : commonItems(before, after);
  const changes: ValueChange[] = [];
  let [from, to] = [0, 0];
  for (const [keptBefore, keptAfter] of [...kept, [before.length, after.length] as const]) {
    const count = Math.max(keptBefore - from, keptAfter - to);
    for (let step = 0; step < count; step += 1) {
      const [old, now] = [from + step < keptBefore ? from + step : undefined, to + step < keptAfter ? to + step : undefined];
      const place = `${path}[${String(now ?? old ?? 0)}]`;
      changes.push(...changedPaths(old === undefined ? undefined : before[old], now === undefined ? undefined : after[now], place));
    }
    [from, to] = [keptBefore + 1, keptAfter + 1];
  }
  return changes;
}

/** Places of a longest common subsequence. */
function commonItems(before: readonly unknown[], after: readonly unknown[]): (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const equal = before.map((a) => after.map((b) => same(a, b)));
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] = equal[row]?.[column] === true ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [row, column] = [0, 0];
  while (row < before.length && column < after.length) {
    if (equal[row]?.[column] === true) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

/** Texts that hold JSON or YAML are compared inside; of other long texts only the lines between are told. */
function changedText(before: string, after: string, path: string): ValueChange[] {
  if (!before.includes("\n") && !after.includes("\n")) return [change(path, before, after)];
  if (/\.(?:json|ya?ml)"\]$/.test(path)) {
    const [a, b] = [embedded(before), embedded(after)];
    if (a !== undefined && b !== undefined) {
      const inside = changedPaths(a, b, `${path}:`);
      if (inside.length > 0) return inside;
    }
  }
  // Credentials inside of a text have no name of their own that would hide them. As a whole, before it is cut into lines.
  const [a, b] = [withoutSecrets(before).split("\n"), withoutSecrets(after).split("\n")];
  if (same(a, b)) return [{ path, before: "<secret>", after: "<secret>", secret: true }];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const lines = (all: readonly string[]) => all.slice(start, all.length - end).join("\n");
  return [change(`${path} (line ${String(start + 1)})`, lines(a), lines(b))];
}

function embedded(text: string): unknown {
  try {
    const value: unknown = /^\s*[[{]/.test(text) ? JSON.parse(text) : parse(text);
    return isRecord(value) || Array.isArray(value) ? hideNamed("", value) : undefined;
  } catch {
    return undefined;
  }
}
