/** Runs scenarios with the promtool of the deployed Prometheus version. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { stringify } from "yaml";

import { type RuleFile, ruleFiles } from "../../../components/alerting/groups.ts";
import { type RuleGroup, ruleSets, ruleTexts } from "../../../components/alerting/rules.ts";
import { fullSettings } from "../../harness.ts";
import { promtoolTest, runbooks, type Scenario } from "./scenario.ts";

export type RulesByFile = Readonly<Record<RuleFile, readonly RuleGroup[]>>;

/** The rules as they are deployed with the settings of the tests: two watched namespaces, otherwise defaults. */
export function testedRules(): RulesByFile {
  const settings = fullSettings();
  const alerts = { ...settings.alerts, runbooks, watchedNamespaces: ["shop", "payments"] };
  const sets = ruleSets({ ...settings, alerts }, ruleTexts());
  return Object.fromEntries(sets.map(({ file, groups }) => [file, groups])) as unknown as RulesByFile;
}

/** Result of every scenario: undefined where it holds, else what promtool says. */
export type Results = ReadonlyMap<string, string | undefined>;

/**
 * Runs all scenarios in one process.
 *
 * @param directory existing; files are written there
 */
export async function runScenarios(
  promtool: string,
  directory: string,
  scenarios: readonly Scenario[],
  rules: RulesByFile,
): Promise<Results> {
  for (const file of ruleFiles) {
    await writeFile(join(directory, `${file}.yaml`), stringify({ groups: rules[file] }, { lineWidth: 0 }));
  }
  const batches = new Map<string, Scenario[]>();
  for (const scenario of scenarios) {
    const key = `${scenario.interval ?? 1} ${scenario.rules.join(" ")}`;
    batches.set(key, [...(batches.get(key) ?? []), scenario]);
  }
  const tests = await Promise.all(
    [...batches.values()].map(async (batch, index) => {
      const path = join(directory, `test-${index}.yaml`);
      await writeFile(path, stringify(testFile(batch, rules), { lineWidth: 0 }));
      return path;
    }),
  );
  await mkdir(directory, { recursive: true });
  const report = join(directory, "report.xml");
  const output = await run(promtool, ["test", "rules", `--junit=${report}`, ...tests]);
  return resultsOf(await readFile(report, "utf8").catch(() => ""), output, scenarios);
}

/** Groups run in the order of the files: promtool would take any order, and another one each time. */
function testFile(batch: readonly Scenario[], rules: RulesByFile): Record<string, unknown> {
  const [first] = batch;
  return {
    rule_files: first?.rules.map((file) => `${file}.yaml`),
    group_eval_order: first?.rules.flatMap((file) => rules[file].map(({ name }) => name)),
    evaluation_interval: `${first?.interval ?? 1}m`,
    tests: batch.map(promtoolTest),
  };
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 256 * 1024 ** 2 }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

/** A scenario that the report does not know has failed, with all that promtool printed. */
function resultsOf(report: string, output: string, scenarios: readonly Scenario[]): Results {
  const cases = new Map<string, string | undefined>();
  for (const [, name = "", rest = ""] of report.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const failures = [...rest.matchAll(/<failure[^>]*>([\s\S]*?)<\/failure>/g)].map(([, text = ""]) => unescaped(text));
    cases.set(unescaped(name), failures.length === 0 ? undefined : failures.join("\n"));
  }
  return new Map(
    scenarios.map(({ name }) => [name, cases.has(name) ? cases.get(name) : `promtool did not run it:\n${output}`]),
  );
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return text
    .replace(/&#(x?)([0-9A-Fa-f]+);/g, (_, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex === "" ? 10 : 16)),
    )
    .replace(/&(\w+);/g, (entity, name: string) => entities[name] ?? entity);
}
