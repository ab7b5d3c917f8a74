/**
 * Alertmanager's label matchers: both forms in which a `matchers` line may be written, with the same choice between
 * them that Alertmanager makes, and their meaning.
 */
import { translateRegex } from "./regex.ts";

export type MatcherOperator = "=" | "!=" | "=~" | "!~";

/** Labels of an alert. A label that is absent and an empty one are the same to Alertmanager. */
export type Labels = Readonly<Record<string, string>>;

export interface Matcher {
  readonly name: string;
  readonly operator: MatcherOperator;
  readonly value: string;
  /** Of `=~` and `!~`; undefined where the expression cannot be translated with certainty. */
  readonly regex?: RegExp | undefined;
}

export function makeMatcher(name: string, operator: MatcherOperator, value: string): Matcher {
  return operator === "=~" || operator === "!~"
    ? { name, operator, value, regex: translateRegex(value) }
    : { name, operator, value };
}

/** How a matcher is written in a message. */
export function describeMatcher(matcher: Matcher): string {
  return `${matcher.name}${matcher.operator}${JSON.stringify(matcher.value)}`;
}

/** Whether the labels satisfy the matcher; undefined when its regular expression cannot be judged here. */
export function matches(matcher: Matcher, labels: Labels): boolean | undefined {
  const value = Object.hasOwn(labels, matcher.name) ? (labels[matcher.name] ?? "") : "";
  switch (matcher.operator) {
    case "=":
      return value === matcher.value;
    case "!=":
      return value !== matcher.value;
    case "=~":
      return matcher.regex?.test(value);
    case "!~":
      return matcher.regex === undefined ? undefined : !matcher.regex.test(value);
  }
}

/** Whether the labels satisfy all matchers; undefined when that hangs on one that cannot be judged here. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean | undefined {
  const results = matchers.map((matcher) => matches(matcher, labels));
  if (results.includes(false)) {
    return false;
  }
  return results.includes(undefined) ? undefined : true;
}

const operators: readonly MatcherOperator[] = ["=~", "!~", "!=", "="];
const reserved = /[\s{}!=~,\\"'`]/u;

/** Go's `strconv.Unquote` of a double-quoted text; undefined when it is not valid. */
function unquoteGo(text: string): string | undefined {
  const simple: Record<string, string> = {
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    "\\": "\\",
    '"': '"',
  };
  let result = "";
  for (let index = 1; index < text.length - 1; index += 1) {
    const character = text.charAt(index);
    if (character === "\n") {
      return undefined;
    }
    if (character !== "\\") {
      result += character;
      continue;
    }
    const next = text.charAt(index + 1);
    const plain = simple[next];
    if (plain !== undefined) {
      result += plain;
      index += 1;
      continue;
    }
    const code = /^(?:x([0-7][0-9a-fA-F])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([01][0-7]{2}))/.exec(
      text.slice(index + 1),
    );
    // Bytes above 0x7f would be parts of characters: refused rather than guessed.
    const digits = code?.[1] ?? code?.[2] ?? code?.[3];
    const point = code?.[4] === undefined ? Number.parseInt(digits ?? "", 16) : Number.parseInt(code[4], 8);
    if (code === null || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      return undefined;
    }
    result += String.fromCodePoint(point);
    index += code[0].length;
  }
  return result;
}

/** Alertmanager's newer parser: names and values may be quoted Go strings of any characters. */
function parseUtf8(line: string): Matcher[] | undefined {
  let position = 0;
  const skipSpace = () => {
    while (position < line.length && /\s/u.test(line.charAt(position))) {
      position += 1;
    }
  };
  const text = (): string | undefined => {
    skipSpace();
    const start = position;
    if (line[position] === '"') {
      position += 1;
      while (position < line.length && line[position] !== '"') {
        position += line[position] === "\\" ? 2 : 1;
      }
      position += 1;
      return position > line.length ? undefined : unquoteGo(line.slice(start, position));
    }
    while (position < line.length && !reserved.test(line.charAt(position))) {
      position += 1;
    }
    return position === start ? undefined : line.slice(start, position);
  };
  const found: Matcher[] = [];
  skipSpace();
  const braced = line[position] === "{";
  position += braced ? 1 : 0;
  skipSpace();
  while (position < line.length && line[position] !== "}") {
    const name = text();
    skipSpace();
    const operator = operators.find((candidate) => line.startsWith(candidate, position));
    position += operator?.length ?? 0;
    const value = text();
    if (name === undefined || operator === undefined || value === undefined) {
      return undefined;
    }
    found.push(makeMatcher(name, operator, value));
    skipSpace();
    if (line[position] === ",") {
      position += 1;
      skipSpace();
    } else if (position < line.length && line[position] !== "}") {
      return undefined;
    }
  }
  if ((line[position] === "}") !== braced) {
    return undefined;
  }
  position += braced ? 1 : 0;
  skipSpace();
  return position === line.length ? found : undefined;
}

function parseClassicOne(token: string): Matcher | undefined {
  const parts = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/.exec(token);
  const operator = operators.find((candidate) => candidate === parts?.[2]);
  const name = parts?.[1];
  let raw = parts?.[3];
  if (operator === undefined || name === undefined || raw === undefined) {
    return undefined;
  }
  const quoted = raw.startsWith('"');
  raw = quoted ? raw.slice(1) : raw;
  let closed = false;
  let value = "";
  for (let index = 0; index < raw.length; index += 1) {
    const character = raw.charAt(index);
    if (character === "\\" && index < raw.length - 1) {
      index += 1;
      const next = raw.charAt(index);
      value += next === "n" ? "\n" : next === '"' || next === "\\" ? next : `\\${next}`;
    } else if (character === '"') {
      if (!quoted || index < raw.length - 1) {
        return undefined;
      }
      closed = true;
    } else {
      value += character;
    }
  }
  return quoted && !closed ? undefined : makeMatcher(name, operator, value);
}

/** Alertmanager's older parser: classic label names, values quoted or not, OpenMetrics escapes. */
function parseClassic(line: string): Matcher[] | undefined {
  const text = line.replace(/^\{/, "").replace(/\}$/, "");
  const tokens: string[] = [];
  let token = "";
  let inQuotes = false;
  let escaped = false;
  for (const character of text) {
    if (character === "," && !inQuotes) {
      tokens.push(token);
      token = "";
      continue;
    }
    if (character === '"' && !escaped) {
      inQuotes = !inQuotes;
    }
    escaped = character === "\\" && !escaped;
    token += character;
  }
  if (token.trim() !== "") {
    tokens.push(token.trim());
  }
  const found = tokens.map(parseClassicOne);
  return found.every((matcher) => matcher !== undefined) ? found : undefined;
}

function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return a.length === b.length && a.every((matcher, index) => describeMatcher(matcher) === describeMatchers(b[index]));
}

function describeMatchers(matcher: Matcher | undefined): string {
  return matcher === undefined ? "" : describeMatcher(matcher);
}

/**
 * One line of a route's `matchers`: one or more matchers, in either form. As in Alertmanager the newer form is tried
 * first, and the older one wins where both are valid and disagree.
 *
 * @returns undefined when the line is valid in neither form
 */
export function parseMatchers(line: string): Matcher[] | undefined {
  const utf8 = parseUtf8(line);
  const classic = parseClassic(line);
  if (utf8 === undefined || (classic !== undefined && !sameMatchers(utf8, classic))) {
    return classic;
  }
  return utf8;
}
