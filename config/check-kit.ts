/** What checks of settings as they were written have in common. Pure. */
import { parseDuration } from "./formats.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord, itemsOf } from "./secrets.ts";

export type Path = readonly PropertyKey[];
/** A map that was not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

export function problem(path: Path, text: string, fix: string): Problem {
  return { key: settingKey(path), problem: text, fix };
}

/** The items of a list as maps; what is no map becomes an empty one. */
export const recordsOf = (list: unknown): Fields[] => itemsOf(list).map((item) => (isRecord(item) ? item : {}));

function secondsOf(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

/**
 * A timeout above the interval, whether either is written here or comes from above.
 *
 * @param above where those stand that are not written in `item`; the very same map checks it by itself
 */
export function tooLong(item: Fields, above: Fields, path: Path): Problem[] {
  if (item["interval"] === undefined && item["timeout"] === undefined && item !== above) {
    return [];
  }
  const interval = item["interval"] ?? above["interval"] ?? "60s";
  const timeout = item["timeout"] ?? above["timeout"] ?? "15s";
  const [every, most] = [secondsOf(interval), secondsOf(timeout)];
  if (typeof interval !== "string" || every === undefined || most === undefined || most <= every) {
    return [];
  }
  return [
    problem(
      [...path, "timeout"],
      `${JSON.stringify(timeout)} is longer than the interval of ${JSON.stringify(interval)}.`,
      `Write it like this: timeout: ${interval}, or a longer interval.`,
    ),
  ];
}
