/** Turns what the schema finds into problems that a person can mend. Pure. */
import type { z } from "zod";

import { nearest, settingKey, type Problem } from "./problems.ts";
import { removedSetting } from "./removed-settings.ts";
import { receiverTypes } from "./schema-receivers.ts";
import { aboutSchema, membersOf, schemaAt, valueAt } from "./schema-walk.ts";
import { settingsSchema } from "./schema.ts";
import { isMisplacedSecret, isRecord, looksSecret } from "./secrets.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What the messages need to know about where the settings come from. */
export interface IssueContext {
  readonly stack: string;
  /** All settings, decoded but not checked, keyed without `belfry:`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether the setting with this name is encrypted; nothing of its value is ever shown. */
  readonly isSecret: (name: string) => boolean;
}

/** A value as the subject of a sentence: itself where that is short and harmless, else `the value`. */
export function show(value: unknown, secret: boolean): string {
  const harmless =
    typeof value === "string" && value.length <= 60 && !value.includes("://") && !/[^\P{C}]/u.test(value);
  if (!secret && (harmless || typeof value === "number" || typeof value === "boolean")) {
    return JSON.stringify(value);
  }
  return "the value";
}

function typeName(value: unknown): string {
  if (value === null) {
    return "empty";
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return "a map";
  }
}

/** The lines that show how a setting is written; list items stand for themselves. */
function example(path: Path, text: string): string {
  const last = path.at(-1);
  if (typeof last === "number") {
    return `- ${text}`;
  }
  const key = path.length === 1 ? settingKey(path) : String(last);
  return text.startsWith("\n") ? `${key}:${text}` : `${key}: ${text}`;
}

function fixFor(path: Path, context: IssueContext): string {
  const schema = schemaAt(settingsSchema, path, context.settings);
  const known = schema === undefined ? undefined : aboutSchema(schema);
  if (known === undefined) {
    return `See docs/configuration.md.`;
  }
  const hint = known.hint === undefined ? "" : `\n${known.hint}`;
  return `Write it like this: ${example(path, known.example)}${hint}`;
}

function formAt(path: Path, context: IssueContext): string {
  const schema = schemaAt(settingsSchema, path, context.settings);
  return (schema === undefined ? undefined : aboutSchema(schema)?.form) ?? "what belongs here";
}

/** Problems that the schema found, in its order. Misplaced secrets are left out: `checks.ts` tells them. */
export function problemsOfIssue(issue: Issue, context: IssueContext): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .filter((name) => issue.path.length === 0 || !isMisplacedSecret(issue.path, name))
      .map((name) => removedSetting([...issue.path, name]) ?? unknownKey([...issue.path, name], context));
  }
  const value = valueAt(context.settings, issue.path);
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") {
    return [wrongReceiverType(issue.path, value, context), ...unknownToEveryType(issue.path.slice(0, -1), context)];
  }
  if (issue.code === "invalid_union" && Array.isArray(value)) {
    // Only the branch that takes lists has anything to say about the items of one.
    const branch = issue.errors.find((errors) =>
      errors.every(({ code, path }) => path.length > 0 || code === "custom"),
    );
    return (branch ?? []).flatMap((inner) =>
      problemsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }, context),
    );
  }
  return [
    { key: settingKey(issue.path), problem: wrongValue(issue, value, context), fix: fixFor(issue.path, context) },
  ];
}

function wrongValue(issue: Issue, value: unknown, context: IssueContext): string {
  const secret = context.isSecret(String(issue.path[0]));
  const form = formAt(issue.path, context);
  if (value === undefined || value === null || value === "") {
    return `is ${value === undefined ? "missing" : "empty"}; it must be ${form}.`;
  }
  if (issue.code === "custom") {
    const problem: unknown = issue.params?.["problem"];
    return typeof problem === "string"
      ? `${show(value, secret)} ${problem}.`
      : `${show(value, secret)} is not ${form}.`;
  }
  if (issue.code === "invalid_type" && issue.path.length > 1) {
    return `is ${typeName(value)}, not ${form}.`;
  }
  if (isRecord(value) || Array.isArray(value)) {
    return `is ${typeName(value)}, not ${form}.`;
  }
  const proposal =
    issue.code === "invalid_value" && typeof value === "string" && !secret
      ? nearest(
          value,
          issue.values.map(String).filter((candidate) => candidate !== "sandbox"),
        )
      : undefined;
  const question = proposal === undefined ? "" : ` Did you mean ${proposal}?`;
  return `${show(value, secret)} is not ${form}.${question}`;
}

function wrongReceiverType(path: Path, value: unknown, context: IssueContext): Problem {
  const key = settingKey(path);
  const types = `${receiverTypes.slice(0, -1).join(", ")} or ${receiverTypes.at(-1) ?? ""}`;
  const fix = "Write it like this: type: slack";
  if (value === undefined || value === null || value === "") {
    return { key, problem: `is ${value === undefined ? "missing" : "empty"}: a receiver is ${types}.`, fix };
  }
  const secret = context.isSecret("receivers");
  const proposal = typeof value === "string" && !secret ? nearest(value, receiverTypes) : undefined;
  const question = proposal === undefined ? "" : ` Did you mean ${proposal}?`;
  return {
    key,
    problem: `${show(value, secret)} is not a kind of receiver (${types}).${question}`,
    fix: `Write it like this: type: ${proposal ?? "slack"}`,
  };
}

/** While the type of a receiver is not known, only a key that no type has can be told. */
function unknownToEveryType(path: Path, context: IssueContext): Problem[] {
  const schema = schemaAt(settingsSchema, path, context.settings);
  if (schema === undefined) {
    return [];
  }
  const known = [...new Set(receiverTypes.flatMap((type) => Object.keys(membersOf(schema, { type }))))];
  const receiver = valueAt(context.settings, path);
  return Object.keys(isRecord(receiver) ? receiver : {})
    .filter((name) => !known.includes(name) && !looksSecret(name))
    .map((name) => unknownKey([...path, name], context, known));
}

function knownAt(path: Path, context: IssueContext): string[] {
  const schema = schemaAt(settingsSchema, path, context.settings);
  return schema === undefined ? [] : Object.keys(membersOf(schema, valueAt(context.settings, path)));
}

/** A key inside a setting that Belfry does not know. */
function unknownKey(path: Path, context: IssueContext, known = knownAt(path.slice(0, -1), context)): Problem {
  const name = String(path.at(-1));
  const proposal = nearest(name, known);
  return {
    key: settingKey(path),
    problem: `is not a setting.${proposal === undefined ? "" : ` Did you mean ${proposal}?`}`,
    fix:
      proposal === undefined
        ? `Remove it. Known here: ${known.join(", ")}.`
        : `Rename it to ${proposal}, or remove it.`,
  };
}
