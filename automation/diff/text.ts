/**
 * Foreign text (names, labels, annotations, messages) where a person reads it: on one line, bounded, and without any meaning of
 * its own to a terminal or to Markdown. Pure.
 */

/** Controls, direction overrides, invisible characters and halves of pairs; what is between lines becomes a sign. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Everything on one line, each invisible character as its number. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/\r\n|\n/g, " ⏎ ")
    .replaceAll("\t", " ")
    .replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** At most `length` characters, the last one `…` where some were cut; never half a character. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const characters = Array.from(text.slice(0, length * 2));
  let kept = "";
  for (const character of characters) {
    if (kept.length + character.length > length - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Foreign text as a code span, in which Markdown knows neither mentions, links, HTML nor emphasis; its fence is longer than any
 * row of backticks in it. Fit for a table: bars are escaped as tables want it.
 */
export function code(text: string, length = 160): string {
  const line = cut(oneLine(text).trim(), length);
  if (line === "") return "` `";
  // A backslash right before an escaped bar would undo the escape.
  const content = line.replaceAll(/\\+(?=\|)/g, "$& ").replaceAll("|", "\\|");
  const longest = Math.max(0, ...Array.from(content.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = content.startsWith("`") || content.endsWith("`") ? " " : "";
  return `${fence}${space}${content}${space}${fence}`;
}

/** Foreign lines as a block of code that nothing in them can end. */
export function codeBlock(text: string, length: number): string {
  const lines = text.split(/\r?\n/).map((line) => oneLine(line).trimEnd());
  const content = cut(lines.join("\n").trim(), length);
  const longest = Math.max(2, ...Array.from(content.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${content}\n${fence}`;
}

/** `1 alert`, `2 alerts`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/**
 * Takes out of a message what looks like a credential: logins in addresses, Slack's webhooks, values after `password:` and the like,
 * Pulumi's tokens and private keys.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/(:\/\/)[^\s/"'@]+@/g, "$1***@")
    .replaceAll(/(hooks\.slack\.com\/)[^\s"'<>]+/g, "$1***")
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, "***")
    .replaceAll(/\b(pul-|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abps]-|AKIA)[A-Za-z0-9_-]{8,}/g, "***")
    .replaceAll(/((?:password|passwd|passphrase|token|secret|api[_-]?key)["']?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;}<]+)/gi, "$1***");
}
