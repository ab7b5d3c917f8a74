/** `belfry drill`. */
import { UserError } from "../../config/user-error.ts";
import { sandboxLayout } from "../../sandbox/layout.ts";
import { readState } from "../../sandbox/sandbox.ts";
import { obtainTools } from "../../sandbox/tools/index.ts";
import { bounded } from "../../sandbox/wait.ts";
import { UsageError } from "../usage-error.ts";
import { writeDrillReport } from "../report/files.ts";
import { runDrill } from "./run.ts";
import { scenarios } from "./scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { formatDrill, scenarioList } from "./table.ts";

export interface DrillCommandOptions {
  readonly checkout: string;
  readonly namespace: string;
  /** Names of scenarios; all when empty. */
  readonly names: readonly string[];
  /** Where the report is written; below `.belfry/` when absent. */
  readonly reportFile: string | undefined;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/** @throws UsageError that names the known ones */
export function chosenScenarios(names: readonly string[]): Scenario[] {
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no scenario ${unknown}.`,
      `Name one of these: ${scenarios.map(({ name }) => name).join(", ")}`,
    );
  }
  return scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** @returns whether every scenario that can be played here was told */
export async function drillCommand(o: DrillCommandOptions): Promise<boolean> {
  const chosen = chosenScenarios(o.names);
  const state = await readState(o.checkout);
  if (state === undefined) {
    throw new UserError("there is no sandbox in this checkout, and a drill is played in the sandbox only.", "Make one: npm start");
  }
  const report = (line: string) => {
    o.write(`${line}\n`);
  };
  const tools = obtainTools(["prometheus", "promtool"], { report, signal: o.signal });
  const programs = { prometheus: await bounded(tools.prometheus, o.signal), promtool: await bounded(tools.promtool, o.signal) };
  const layout = sandboxLayout(o.checkout);
  const { signal, namespace } = o;
  const result = await runDrill({ layout, state, programs, namespace, scenarios: chosen, awaitResolved: true, report, signal });
  o.write(formatDrill(result));
  o.write(`  Report: ${await writeDrillReport(result, state, o.checkout, o.reportFile)}\n`);
  return result.passed;
}

/** What `--list` prints. */
export function drillList(): string {
  return `${scenarioList(scenarios).join("\n")}\n`;
}
