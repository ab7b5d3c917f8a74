/** The rule files that the sandbox's Prometheus runs, and which of them an alert needs. Pure. */
import { parse } from "yaml";
import { z } from "zod";

import { durationSeconds } from "../verify/tree.ts";

const duration = z.string().transform((text) => durationSeconds(text));
const texts = z.record(z.string(), z.string()).default({});
const ruleSchema = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.union([z.string(), z.number()]).transform(String),
  for: duration.default(0),
  keep_firing_for: duration.default(0),
  labels: texts,
  annotations: texts,
});
const fileSchema = z.object({
  groups: z.array(z.object({ name: z.string(), interval: duration.optional(), rules: z.array(ruleSchema).default([]) })),
});

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** Seconds. */
  readonly for: number;
  readonly keepFiringFor: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Name of its group. */
  readonly group: string;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds between two evaluations; undefined: the server's. */
  readonly interval: number | undefined;
}

export interface RuleFile {
  /** File name, for people. */
  readonly name: string;
  /** Exactly as it is deployed. */
  readonly text: string;
  readonly alerts: readonly AlertRule[];
  readonly records: readonly RecordingRule[];
}

/** @throws Error when the text is no rule file */
export function readRuleFile(name: string, text: string): RuleFile {
  const { groups } = fileSchema.parse(parse(text));
  const rules = groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, group: group.name, interval: group.interval })));
  return {
    name,
    text,
    alerts: rules.flatMap(({ alert, expr, for: holds, keep_firing_for, labels, annotations, group }) =>
      alert === undefined ? [] : [{ alert, expr, for: holds, keepFiringFor: keep_firing_for, labels, annotations, group }],
    ),
    records: rules.flatMap(({ record, expr, labels, interval }) => (record === undefined ? [] : [{ record, expr, labels, interval }])),
  };
}

/** Words of an expression that may be names of metrics; strings are left out. */
export function wordsOf(expression: string): Set<string> {
  return new Set(expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, " ").match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? []);
}

/** The file with the alert and, as often as needed, those that record what a file names. @returns none: no such alert */
export function filesFor(alert: string, files: readonly RuleFile[]): RuleFile[] {
  const first = files.filter(({ alerts }) => alerts.some((rule) => rule.alert === alert));
  const found = new Set(first);
  for (const file of found) {
    const words = new Set([...file.alerts, ...file.records].flatMap(({ expr }) => [...wordsOf(expr)]));
    for (const other of files) {
      if (other.records.some(({ record }) => words.has(record))) found.add(other);
    }
  }
  return [...found];
}

/** Names of everything that the rules of these files read. */
export function namesRead(files: readonly RuleFile[]): Set<string> {
  return new Set(files.flatMap((file) => [...file.alerts, ...file.records].flatMap(({ expr }) => [...wordsOf(expr)])));
}

/**
 * Recording rules in the order in which they can be calculated: a level reads only metrics and the levels before it. What a
 * rule reads of its own past does not count.
 */
export function recordingLevels(files: readonly RuleFile[]): RecordingRule[][] {
  let left = files.flatMap(({ records }) => records);
  const levels: RecordingRule[][] = [];
  while (left.length > 0) {
    const names = new Set(left.map(({ record }) => record));
    const free = left.filter(({ record, expr }) => [...wordsOf(expr)].every((word) => word === record || !names.has(word)));
    // Rules that read each other: as many as can be had in one go.
    const level = free.length > 0 ? free : left;
    levels.push(level);
    left = left.filter((rule) => !level.includes(rule));
  }
  return levels;
}
