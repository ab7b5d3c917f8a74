/**
 * Many mutants in one world: each runs under names of its own beside the others, so a scenario is played once for all of
 * them. A mutant of a record brings along every rule that is made of it. Pure.
 */
import type { RuleFile } from "../../../components/alerting/groups.ts";
import type { Rule, RuleGroup } from "../../../components/alerting/rules.ts";
import type { RulesByFile } from "../alerts/promtool.ts";
import { checksOf, type Ring, type Scenario, worldOf } from "../alerts/scenario.ts";
import { type Mutant, nameOf } from "./mutants.ts";
import { renamed, seriesNames } from "./promql.ts";

/** Under which name a mutant's rule runs. */
const nameIn = (mutant: Mutant, name: string): string => `${name}__m${mutant.number}`;

/** Numbers of the mutants that a message of promtool is about. */
export function mutantsIn(message: string): Set<number> {
  return new Set([...message.matchAll(/__m(\d+)/g)].map(([, number]) => Number(number)));
}

/** A rule with its place. */
interface Placed {
  readonly group: number;
  readonly index: number;
  readonly file: RuleFile;
  readonly rule: Rule;
}

/** The rules of a scenario's files, in which mutants are played. */
export class Stage {
  readonly #files: readonly RuleFile[];
  readonly #rules: RulesByFile;
  readonly #placed: readonly Placed[];
  readonly #uses: ReadonlyMap<Rule, ReadonlySet<string>>;

  constructor(files: readonly RuleFile[], rules: RulesByFile) {
    this.#files = files;
    this.#rules = rules;
    this.#placed = files.flatMap((file) =>
      rules[file].flatMap((group, number) => group.rules.map((rule, index): Placed => ({ file, group: number, index, rule }))),
    );
    this.#uses = new Map(this.#placed.map(({ rule }) => [rule, seriesNames(rule.expr)]));
  }

  /** The records as they are, and behind each rule what the mutants make of it. */
  groups(mutants: readonly Mutant[]): RuleGroup[] {
    const copies = new Map<Rule, Rule[]>();
    for (const mutant of mutants) {
      for (const { original, rule } of this.#copies(mutant)) copies.set(original, [...(copies.get(original) ?? []), rule]);
    }
    return this.#files.flatMap((file) =>
      this.#rules[file].map((group) => ({
        ...group,
        rules: group.rules.flatMap((rule) => [...(rule.record === undefined ? [] : [rule]), ...(copies.get(rule) ?? [])]),
      })),
    );
  }

  /** Original alerts whose behaviour a mutant can change. */
  alerts(mutant: Mutant): Rule[] {
    return this.#affected(mutant).filter(({ alert }) => alert !== undefined);
  }

  #copies(mutant: Mutant): { readonly original: Rule; readonly rule: Rule }[] {
    const affected = this.#affected(mutant);
    const records = affected.flatMap(({ record }) => (record === undefined ? [] : [record]));
    const names = new Map(records.map((name) => [name, nameIn(mutant, name)]));
    return affected.map((original, index) => {
      const rule = index === 0 ? mutant.mutated : original;
      const expr = names.size === 0 ? rule.expr : renamed(rule.expr, names);
      const name = nameIn(mutant, nameOf(rule));
      return { original, rule: { ...rule, expr, ...(rule.alert === undefined ? { record: name } : { alert: name }) } };
    });
  }

  /** The rule itself first, then what is made of it, directly or not. */
  #affected(mutant: Mutant): Rule[] {
    const own = this.#placed.find(
      ({ file, group, index }) => file === mutant.file && group === mutant.group && index === mutant.index,
    );
    if (own === undefined) return [];
    const found = [own.rule];
    for (const { record } of found) {
      if (record === undefined) continue;
      for (const { rule } of this.#placed) {
        if (!found.includes(rule) && this.#uses.get(rule)?.has(record) === true) found.push(rule);
      }
    }
    return found;
  }
}

/** A test group of promtool that holds a scenario against every mutant: a message about one means that it is caught. */
export function testOfMutants(scenario: Scenario, stage: Stage, mutants: readonly Mutant[]): Record<string, unknown> {
  const parts = mutants.map((mutant) => {
    const alerts = stage.alerts(mutant);
    const rings = scenario.rings.filter((ring) => alerts.some((rule) => ringsBy(ring, rule)));
    return checksOf({ ...scenario, rings }, { of: (alert) => nameIn(mutant, alert), all: `.+__m${mutant.number}` });
  });
  return {
    ...worldOf(scenario),
    promql_expr_test: parts.flatMap((part) => part.promql_expr_test),
    alert_rule_test: parts.flatMap((part) => part.alert_rule_test),
  };
}

/** Several rules may have one alert; they differ in the labels that they set. */
export function ringsBy({ alert, labels }: Ring, rule: Rule): boolean {
  return (
    rule.alert === alert &&
    Object.entries(rule.labels ?? {}).every(([name, value]) => value.includes("{{") || labels[name] === value)
  );
}
