/**
 * `npm run mutate`: changes each rule in `alerts/rules/` in one thing after the other and plays every such mutant in the
 * scenarios of its file with promtool of the deployed version. Prints how many are caught, by rule and kind, and who survives
 * with the reason from tests/rules/survivors.yaml. Fails below 95 %, and for a survivor without a reason.
 *
 *   npm run mutate                     everything, some minutes on two processors
 *   npm run mutate -- falco probes     rule files, or rules by their name
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { out } from "../automation/lines.ts";
import { obtainTools } from "../sandbox/tools/index.ts";
import { areaScenarios } from "../tests/rules/alerts/all.ts";
import { testedRules } from "../tests/rules/alerts/promtool.ts";
import { mutantsOf } from "../tests/rules/mutation/mutants.ts";
import { playMutants } from "../tests/rules/mutation/play.ts";
import { judge, readSurvivors } from "../tests/rules/mutation/survivors.ts";
import { mutationTable } from "../tests/rules/mutation/table.ts";

const survivorsFile = join(import.meta.dirname, "..", "tests", "rules", "survivors.yaml");

async function main(wanted: readonly string[], signal: AbortSignal): Promise<number> {
  const rules = testedRules();
  const all = mutantsOf(rules);
  const played = all.filter(({ file, rule }) => wanted.length === 0 || wanted.includes(file) || wanted.includes(rule));
  if (played.length === 0) {
    out(`No rule and no file of rules is called ${wanted.join(" or ")}.`);
    return 2;
  }
  const explanations = readSurvivors(await readFile(survivorsFile, "utf8"));
  const promtool = await obtainTools(["promtool"], { signal, report: out }).promtool;
  const directory = await mkdtemp(join(tmpdir(), "belfry-mutate-"));
  const startedAt = performance.now();
  try {
    const report = (done: number, whole: number) => {
      if (done % 20 === 0) out(`${done} of ${whole} scenarios, ${seconds(startedAt)} s`);
    };
    const caught = await playMutants(played, { promtool, directory, rules, scenarios: areaScenarios, workers: availableParallelism(), signal, report });
    const judgement = judge(played, caught, explanations, all);
    out(`\n${mutationTable(played, caught, judgement).join("\n")}\n`);
    for (const problem of judgement.problems) out(problem);
    out(`${played.length} mutants, ${caught.size} caught, ${judgement.survivors.length} survive, ${seconds(startedAt)} s`);
    return judgement.problems.length === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0);

const interrupted = new AbortController();
process.once("SIGINT", () => {
  interrupted.abort(new Error("interrupted"));
});
process.exitCode = await main(process.argv.slice(2), interrupted.signal);
