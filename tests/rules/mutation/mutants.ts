/** Rules that mean something else than the deployed ones: each differs from its original in one thing. Pure. */
import type { RuleFile } from "../../../components/alerting/groups.ts";
import type { Rule } from "../../../components/alerting/rules.ts";
import type { RulesByFile } from "../alerts/promtool.ts";
import { type EditKind, editsOf } from "./edits.ts";

/** What an expression's edits do not reach: how long a rule waits and holds, and its labels. */
export type MutationKind = EditKind | "for" | "severity";

export interface Mutant {
  /** Counted through all files; part of the names under which its rules run. */
  readonly number: number;
  readonly file: RuleFile;
  /** Index of the group in its file, and of the rule in its group. */
  readonly group: number;
  readonly index: number;
  /** Name of the alert or record. */
  readonly rule: string;
  readonly kind: MutationKind;
  /** What was done; with `rule` it names the mutant, whatever is added elsewhere. */
  readonly what: string;
  readonly mutated: Rule;
}

/** Every mutant of every rule, in the order of the files. */
export function mutantsOf(rules: RulesByFile): Mutant[] {
  const found: Omit<Mutant, "number">[] = [];
  const seen = new Map<string, number>();
  for (const [file, groups] of Object.entries(rules) as [RuleFile, RulesByFile[RuleFile]][]) {
    for (const [group, { rules: all }] of groups.entries()) {
      for (const [index, original] of all.entries()) {
        const rule = nameOf(original);
        for (const change of changesOf(original)) {
          const key = `${file} ${rule} ${change.what}`;
          const times = (seen.get(key) ?? 0) + 1;
          seen.set(key, times);
          found.push({ file, group, index, rule, ...change, what: times === 1 ? change.what : `${change.what} (${times})` });
        }
      }
    }
  }
  return found.map((mutant, number) => ({ number, ...mutant }));
}

export function nameOf({ alert, record }: Rule): string {
  return alert ?? record ?? "";
}

type Change = Pick<Mutant, "kind" | "what" | "mutated">;

function changesOf(rule: Rule): Change[] {
  const edits = editsOf(rule.expr).map(({ kind, what, expr }): Change => ({ kind, what, mutated: { ...rule, expr } }));
  return rule.alert === undefined ? edits : [...edits, ...times(rule), ...labels(rule)];
}

/** The rule without one of its keys. */
function less(rule: Rule, key: "for" | "keep_firing_for"): Rule {
  return Object.fromEntries(Object.entries(rule).filter(([name]) => name !== key)) as unknown as Rule;
}

const twice = (duration: string): string => duration.replace(/^\d+/, (number) => String(2 * Number(number)));

function times(rule: Rule): Change[] {
  const { for: waits, keep_firing_for: holds } = rule;
  return [
    ...(waits === undefined
      ? [{ kind: "for" as const, what: "for: 5m", mutated: { ...rule, for: "5m" } }]
      : [
          { kind: "for" as const, what: `without for: ${waits}`, mutated: less(rule, "for") },
          { kind: "for" as const, what: `for: ${twice(waits)}`, mutated: { ...rule, for: twice(waits) } },
        ]),
    ...(holds === undefined
      ? []
      : [
          { kind: "memory" as const, what: `without keep_firing_for: ${holds}`, mutated: less(rule, "keep_firing_for") },
          { kind: "for" as const, what: `keep_firing_for: ${twice(holds)}`, mutated: { ...rule, keep_firing_for: twice(holds) } },
        ]),
  ];
}

function labels(rule: Rule): Change[] {
  const all = rule.labels ?? {};
  const severity = all["severity"] === "critical" ? "warning" : "critical";
  return [
    { kind: "severity", what: `severity: ${severity}`, mutated: { ...rule, labels: { ...all, severity } } },
    ...Object.keys(all)
      .filter((name) => name !== "severity" && !isGivenByAbsent(rule, name))
      .map((name): Change => ({
        kind: "label",
        what: `without the label ${name}`,
        mutated: { ...rule, labels: Object.fromEntries(Object.entries(all).filter(([one]) => one !== name)) },
      })),
  ];
}

/** `absent` gives the labels that its selector has with `=`: a label of the rule with the same value adds nothing. */
function isGivenByAbsent({ expr, labels: all = {} }: Rule, name: string): boolean {
  const [, matchers = ""] = /^absent\(\w+\{([^{}]*)\}\)$/.exec(expr.trim()) ?? [];
  return matchers.split(/,\s*/).includes(`${name}=${JSON.stringify(all[name])}`);
}
