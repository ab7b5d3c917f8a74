/** The rules that a stack deploys: the files in `alerts/rules/` with its parameters, without what it does not have. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { isDeployed, type RuleFile, ruleFiles, scrapedJobs } from "./groups.ts";
import { ruleParameters, type RuleSettings, withParameters } from "./parameters.ts";

/** A rule of a Prometheus rule file: an alert or a recording rule. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  /** Prometheus durations. */
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  /** Prometheus duration; the evaluation interval of Prometheus when absent. */
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** Rules of one file, ready for a PrometheusRule object of this name. */
export interface RuleSet {
  readonly file: RuleFile;
  /** Name of the object in the cluster. */
  readonly name: string;
  readonly groups: readonly RuleGroup[];
}

const directory = join(import.meta.dirname, "..", "..", "alerts", "rules");

/** Text of every file in `alerts/rules/`, by its name without `.yaml`. */
export function ruleTexts(): Readonly<Record<RuleFile, string>> {
  return Object.fromEntries(
    ruleFiles.map((file) => [file, readFileSync(join(directory, `${file}.yaml`), "utf8")]),
  ) as Record<RuleFile, string>;
}

/** The rules of a stack, in the order of the files; a file of which nothing is left is left out. Pure. */
export function ruleSets(settings: RuleSettings, texts: Readonly<Record<RuleFile, string>>): RuleSet[] {
  const parameters = ruleParameters(settings, scrapedJobs(settings));
  return ruleFiles
    .map((file): RuleSet => {
      const { groups } = parse(withParameters(texts[file], parameters)) as { groups: RuleGroup[] };
      return { file, name: `belfry-${file}`, groups: groups.filter(({ name }) => isDeployed(file, name, settings)) };
    })
    .filter(({ groups }) => groups.length > 0);
}
