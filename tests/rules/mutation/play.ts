/** Plays mutants in the scenarios that concern them, until something is noticed about each or there is none left. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { inParallel, promtoolEnvironment, type RulesByFile } from "../alerts/promtool.ts";
import type { Scenario } from "../alerts/scenario.ts";
import type { Mutant } from "./mutants.ts";
import { mutantsIn, ringsBy, Stage, testOfMutants } from "./together.ts";

export interface Play {
  /** Absolute path. */
  readonly promtool: string;
  /** Existing; files are written there. */
  readonly directory: string;
  readonly rules: RulesByFile;
  readonly scenarios: readonly Scenario[];
  /** Processes at one time. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Told after every scenario. */
  readonly report: (done: number, all: number) => void;
}

/** Name of the first scenario that catches each mutant, by the mutant's number; survivors are not in it. */
export type Caught = Map<number, string>;

/** @throws Error when promtool fails without naming a mutant: it did not run */
export async function playMutants(mutants: readonly Mutant[], play: Play): Promise<Caught> {
  const caught: Caught = new Map();
  const stages = new Map<string, Stage>();
  const stageOf = ({ rules }: Scenario): Stage => {
    const key = rules.join(" ");
    const stage = stages.get(key) ?? new Stage(rules, play.rules);
    stages.set(key, stage);
    return stage;
  };
  const rounds = new Map(mutants.map((mutant) => [mutant.number, roundsOf(mutant, play.scenarios, stageOf)]));
  const all = roundCount * play.scenarios.length;
  let done = 0;
  for (let round = 0; round < roundCount; round += 1) {
    await inParallel(play.scenarios, play.workers, async (scenario, slot) => {
      const cast = mutants.filter(({ number }) => !caught.has(number) && rounds.get(number)?.get(scenario) === round);
      for (const number of await playScenario(scenario, stageOf(scenario), cast, play, slot)) {
        if (!caught.has(number)) caught.set(number, scenario.name);
      }
      done += 1;
      play.report(done, all);
    });
  }
  return caught;
}

const roundCount = 4;

/**
 * In which round each scenario that concerns a mutant is played. Nearly every mutant is found out where its alert must ring, most
 * of them in the shortest such scenario; only what is left is played in the others, and at last where nothing may ring.
 */
function roundsOf(mutant: Mutant, scenarios: readonly Scenario[], stageOf: (scenario: Scenario) => Stage): Map<Scenario, number> {
  const concerned = scenarios.filter(({ rules }) => rules.includes(mutant.file));
  const rings = (scenario: Scenario) => {
    const alerts = stageOf(scenario).alerts(mutant);
    return scenario.rings.some((ring) => alerts.some((rule) => ringsBy(ring, rule)));
  };
  const steps = ({ minutes, interval = 1 }: Scenario) => minutes / interval;
  const ringing = concerned.filter(rings).sort((a, b) => steps(a) - steps(b));
  return new Map(
    concerned.map((scenario) => {
      const rank = ringing.indexOf(scenario);
      return [scenario, rank < 0 ? roundCount - 1 : rank === 0 ? 0 : rank < 3 ? 1 : 2];
    }),
  );
}

/** @returns numbers of the mutants that behave differently from what the scenario says */
async function playScenario(scenario: Scenario, stage: Stage, cast: readonly Mutant[], play: Play, slot: number): Promise<Set<number>> {
  const caught = new Set<number>();
  for (;;) {
    const left = cast.filter(({ number }) => !caught.has(number));
    if (left.length === 0) return caught;
    const { failed, output } = await runPromtool(scenario, stage, left, play, slot);
    const found = mutantsIn(output);
    if (failed && found.size === 0) throw new Error(`promtool did not play "${scenario.name}":\n${output}`);
    for (const number of found) caught.add(number);
    // A rule that Prometheus cannot load or evaluate ends the scenario for all others, so they are played again.
    if (!refused(output)) return caught;
  }
}

function refused(output: string): boolean {
  return output.split("\n").some((line) => /__m\d+/.test(line) && !/^\s*(?:alertname: |expr: |\d*:?Labels:|exp:|got:)/.test(line) && /rule: |group |parse/.test(line));
}

async function runPromtool(
  scenario: Scenario,
  stage: Stage,
  cast: readonly Mutant[],
  { promtool, directory, signal }: Play,
  slot: number,
): Promise<{ readonly failed: boolean; readonly output: string }> {
  const [rulesPath, testPath] = [join(directory, `rules-${slot}.json`), join(directory, `test-${slot}.json`)];
  const groups = stage.groups(cast);
  // JSON is YAML, and written in no time.
  await writeFile(rulesPath, JSON.stringify({ groups }));
  await writeFile(
    testPath,
    JSON.stringify({
      rule_files: [rulesPath],
      group_eval_order: groups.map(({ name }) => name),
      evaluation_interval: `${60 * (scenario.interval ?? 1)}s`,
      tests: [testOfMutants(scenario, stage, cast)],
    }),
  );
  try {
    return await new Promise((resolve, reject) => {
      execFile(promtool, ["test", "rules", testPath], { maxBuffer: 512 * 1024 ** 2, signal, env: promtoolEnvironment }, (error, stdout, stderr) => {
        if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : new Error("interrupted"));
        else resolve({ failed: error !== null, output: stdout + stderr });
      });
    });
  } finally {
    await Promise.all([rm(rulesPath), rm(testPath)]);
  }
}
