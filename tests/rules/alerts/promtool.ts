/** Runs scenarios with the promtool of the deployed Prometheus version. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
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
 * Runs all scenarios, the longest first.
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
  const longest = (batch: readonly Scenario[]) => Math.max(...batch.map(({ minutes, interval = 1 }) => minutes / interval));
  const tests = await Promise.all(
    [...batches.values()].sort((a, b) => longest(b) - longest(a)).map(async (batch, index) => {
      const path = join(directory, `test-${index}.yaml`);
      await writeFile(path, stringify(testFile(batch, rules), { lineWidth: 0 }));
      return path;
    }),
  );
  const reports: { readonly report: string; readonly output: string }[] = [];
  await inParallel(tests, availableParallelism(), async (path) => {
    reports.push(await runOne(promtool, path));
  });
  return resultsOf(reports.map(({ report }) => report).join("\n"), reports.map(({ output }) => output).join("\n"), scenarios);
}

/** Garbage of a few dozen megabytes is not worth collecting. */
export const promtoolEnvironment: NodeJS.ProcessEnv = { PATH: "", HOME: tmpdir(), GOGC: "400" };

/** @param work gets the number of the worker that does it, from 0 on */
export async function inParallel<T>(items: readonly T[], workers: number, work: (item: T, slot: number) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: workers }, async (_, slot) => {
      for (const item of queue) await work(item, slot);
    }),
  );
}

async function runOne(promtool: string, path: string): Promise<{ readonly report: string; readonly output: string }> {
  const junit = `${path}.xml`;
  const output = await run(promtool, ["test", "rules", `--junit=${junit}`, path]);
  return { report: await readFile(junit, "utf8").catch(() => ""), output };
}

/** Groups run in the order of the files: promtool would take any order, and another one each time. */
function testFile(batch: readonly Scenario[], rules: RulesByFile): Record<string, unknown> {
  const [first] = batch;
  return {
    rule_files: first?.rules.map((file) => `${file}.yaml`),
    group_eval_order: first?.rules.flatMap((file) => rules[file].map(({ name }) => name)),
    evaluation_interval: `${60 * (first?.interval ?? 1)}s`,
    tests: batch.map(promtoolTest),
  };
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 256 * 1024 ** 2, env: promtoolEnvironment }, (_error, stdout, stderr) => {
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
