import { distance } from "fastest-levenshtein";

import { UserError } from "./user-error.ts";

/** One thing that is wrong with the settings. */
export interface Problem {
  /** The setting with its path, for example `belfry:receivers[1].interval`. */
  readonly key: string;
  /** A sentence that says what is wrong; never a secret value. */
  readonly problem: string;
  /** A sentence with the line or command that mends it. */
  readonly fix: string;
}

/** All problems of one stack's settings at once; nothing has been changed when it is thrown. */
export class ConfigError extends UserError {
  /**
   * @param stack name of the Pulumi stack
   * @param problems at least one, in the order in which they are told
   */
  constructor(
    stack: string,
    readonly problems: readonly Problem[],
  ) {
    super(describe(stack, problems), "Nothing was created or changed.");
  }
}

function describe(stack: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const entries = problems.map(({ key, problem, fix }) => `${key}: ${problem}\n  ${fix.replaceAll("\n", "\n  ")}\n`);
  // Names come from a file: no escape sequence in one may reach a terminal.
  return [`${count} in the settings of stack ${stack}:\n`, ...entries].join("\n").replaceAll(/[^\P{Cc}\n]/gu, "?");
}

/** How many letters two words have in common at their beginning. */
function commonStart(a: string, b: string): number {
  const left = a.toLowerCase();
  let end = 0;
  while (end < left.length && left[end] === b[end]) {
    end += 1;
  }
  return end;
}

/**
 * The candidate that someone who wrote `word` most likely meant, or undefined when none is near. Upper and lower case
 * count as equal; of equally near ones the one that begins alike is taken, then the first.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const written = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(written, candidate.toLowerCase()) }))
    // Two letters in the wrong order are two edits. Beyond two fifths of the letters a proposal would be a guess.
    .filter(({ candidate, edits }) => {
      const longer = Math.max(word.length, candidate.length);
      const shorter = Math.min(word.length, candidate.length);
      return edits < shorter && edits <= Math.max(longer < 4 ? 1 : 2, Math.floor(longer * 0.4));
    })
    .sort((a, b) => a.edits - b.edits || commonStart(b.candidate, written) - commonStart(a.candidate, written));
  return ranked[0]?.candidate;
}

const plainKey = /^[A-Za-z0-9_-]+$/;

/** `["receivers", 1, "interval"]` as `belfry:receivers[1].interval`. */
export function settingKey(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  return rest.reduce<string>(
    (key, step) => {
      if (typeof step === "number") {
        return `${key}[${step}]`;
      }
      const name = String(step);
      return plainKey.test(name) ? `${key}.${name}` : `${key}[${JSON.stringify(name)}]`;
    },
    `belfry:${String(first)}`,
  );
}
