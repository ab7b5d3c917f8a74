/**
 * Go's regular expressions (RE2) as JavaScript ones. Alertmanager anchors every matcher as `^(?:…)$`. What cannot be
 * carried over with certainty is refused: a wrong guess would say that an alert reaches somebody whom it never reaches.
 */

const literalAfterBackslash = /[!-/:-@[-`{-~]/;
const sameInBoth = new Set(["d", "D", "w", "W", "n", "t", "r", "f", "v"]);
/** Go's `\s` has no vertical tab, no Unicode spaces. */
const goSpace = "\\t\\n\\f\\r ";

interface Piece {
  readonly source: string;
  /** Characters of the expression that were read. */
  readonly length: number;
}

function escapeLiteral(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}

/** Escape sequence at the start of `text`, which begins with a backslash. */
function escapeSequence(text: string, inClass: boolean): Piece | undefined {
  const next = text[1];
  if (next === undefined) {
    return undefined;
  }
  if (sameInBoth.has(next)) {
    return { source: `\\${next}`, length: 2 };
  }
  if (next === "s") {
    return { source: inClass ? goSpace : `[${goSpace}]`, length: 2 };
  }
  if (!inClass && (next === "S" || next === "b" || next === "B" || next === "A" || next === "z")) {
    const outside: Record<string, string> = { S: `[^${goSpace}]`, b: "\\b", B: "\\B", A: "^", z: "$" };
    return { source: outside[next] ?? "", length: 2 };
  }
  return literalAfterBackslash.test(next) ? { source: inUnicodeMode(next, inClass), length: 2 } : undefined;
}

/**
 * In JavaScript's `u` mode a backslash is allowed before syntax characters only, and before `-` only inside a class.
 */
function inUnicodeMode(character: string, inClass: boolean): string {
  if (inClass) {
    return /[\\\]^[-]/.test(character) ? `\\${character}` : character;
  }
  return character === "-" ? character : escapeLiteral(character);
}

/** Character class at the start of `text`, which begins with `[`. */
function characterClass(text: string): Piece | undefined {
  let position = 1;
  let source = "[";
  if (text[position] === "^") {
    source += "^";
    position += 1;
  }
  const first = position;
  while (position < text.length) {
    const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
    if (character === "]") {
      // `[]abc]` holds a bracket in Go and is empty in JavaScript.
      return position === first ? undefined : { source: `${source}]`, length: position + 1 };
    }
    if (character === "[") {
      if (text[position + 1] === ":") {
        return undefined;
      }
      source += "\\[";
      position += 1;
      continue;
    }
    if (character === "\\") {
      const piece = escapeSequence(text.slice(position), true);
      if (piece === undefined) {
        return undefined;
      }
      source += piece.source;
      position += piece.length;
      continue;
    }
    source += character;
    position += character.length;
  }
  return undefined;
}

/** Opening of a group at the start of `text`, which begins with `(`. Captures mean nothing to a matcher. */
function groupOpening(text: string): Piece | undefined {
  if (text[1] !== "?") {
    return { source: "(?:", length: 1 };
  }
  const named = /^\(\?(?::|P?<[A-Za-z_]\w*>)/.exec(text);
  return named === null ? undefined : { source: "(?:", length: named[0].length };
}

/**
 * Translates a Go regular expression, anchored at both ends.
 *
 * @returns undefined where the two languages differ or might differ (inline flags but a leading `(?i)`, POSIX and
 * Unicode classes, `\Q…\E`, octal and hexadecimal escapes)
 */
export function translateRegex(expression: string): RegExp | undefined {
  const foldsCase = expression.startsWith("(?i)");
  const text = foldsCase ? expression.slice(4) : expression;
  let source = "";
  let position = 0;
  while (position < text.length) {
    const rest = text.slice(position);
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    let piece: Piece | undefined;
    if (character === "\\") {
      piece = escapeSequence(rest, false);
    } else if (character === "[") {
      piece = characterClass(rest);
    } else if (character === "(") {
      piece = groupOpening(rest);
    } else if (character === ".") {
      piece = { source: "[^\\n]", length: 1 };
    } else if (character === "{") {
      const repeat = /^\{\d{1,4}(?:,\d{0,4})?\}/.exec(rest);
      piece = repeat === null ? undefined : { source: repeat[0], length: repeat[0].length };
    } else if (character === "}" || character === "]") {
      piece = { source: `\\${character}`, length: 1 };
    } else {
      piece = { source: character, length: character.length };
    }
    if (piece === undefined) {
      return undefined;
    }
    source += piece.source;
    position += piece.length;
  }
  try {
    return new RegExp(`^(?:${source})$`, foldsCase ? "ui" : "u");
  } catch {
    return undefined;
  }
}

/**
 * Some strings that a Go regular expression may match, made from its own text: each alternative with its special
 * characters resolved in the simplest way. Candidates only: the caller tries them.
 *
 * @param fillers what stands for `.*`
 */
export function sampleStrings(expression: string, fillers: readonly string[] = ["", "x", "1"]): string[] {
  const plain = expression.replace(/^\(\?i\)/, "");
  const samples = new Set<string>();
  for (const alternative of alternatives(stripGroup(plain))) {
    const text = stripGroup(alternative);
    // A group with alternatives inside a longer expression: each branch is tried in place.
    for (const expanded of [text, ...expandFirstGroup(text)]) {
      for (const filler of fillers) {
        samples.add(resolve(expanded, filler));
      }
    }
  }
  return [...samples];
}

function resolve(text: string, filler: string): string {
  return text
    .replace(/\\[dD]/g, "1")
    .replace(/\\[wWsS]/g, "x")
    .replace(/\[\^?([^\]\\-])[^\]]*\]/g, "$1")
    .replace(/\.[*]\??/g, filler)
    .replace(/\.\+\??/g, filler === "" ? "x" : filler)
    .replace(/\\(.)/g, "$1")
    .replace(/\(\?:|\(\?P?<\w+>|[()^$]/g, "")
    .replace(/\{\d+(?:,\d*)?\}|[*+?]/g, "")
    .replaceAll(".", filler === "" ? "x" : filler);
}

function stripGroup(text: string): string {
  const inner = /^\((?:\?:)?([^()]*)\)$/.exec(text);
  return inner?.[1] ?? text;
}

/** Splits at `|` outside of groups and classes. */
function alternatives(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "\\") {
      current += character + text.charAt(index + 1);
      index += 1;
      continue;
    }
    depth += character === "(" || character === "[" ? 1 : character === ")" || character === "]" ? -1 : 0;
    if (character === "|" && depth === 0) {
      parts.push(current);
      current = "";
    } else {
      current += character;
    }
  }
  return [...parts, current];
}

function expandFirstGroup(text: string): string[] {
  const group = /\((?:\?:)?([^()]*)\)/.exec(text);
  if (group === null) {
    return [text];
  }
  const before = text.slice(0, group.index);
  const after = text.slice(group.index + group[0].length);
  return alternatives(group[1] ?? "").map((branch) => before + branch + after);
}
