/** The result of a drill for a terminal. Pure. */
import { withoutControls } from "../../sandbox/sinks/characters.ts";
import { type DrillResult, type Scenario, type ScenarioResult, secondsToMessage } from "./scenario.ts";

/** One line, whatever a name from the cluster holds. */
function plain(text: string): string {
  return withoutControls(text).replace(/\s+/gu, " ");
}

/** 73.4 becomes `73.4 s`, 1084 becomes `18 min 4 s`. */
export function timeText(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const marks = { passed: "told", failed: "FAILED", skipped: "left out" } as const;

/** Names of the receivers whose message arrived, with what each sends by. */
export function toldTo({ deliveries }: Pick<ScenarioResult, "deliveries">): string {
  const names = deliveries.flatMap(({ receiver, integration, message }) =>
    message === undefined ? [] : [`${receiver} (${integration})`],
  );
  return names.length === 0 ? "nobody" : names.join(", ");
}

/** Columns as wide as their widest cell, two spaces between them. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

/** Lines without their line feeds. */
export function drillTable({ results }: Pick<DrillResult, "results">): string[] {
  const rows = results.map((result) => {
    const seconds = secondsToMessage(result);
    return [
      result.scenario.name,
      marks[result.outcome],
      plain(result.scenario.alert),
      seconds === undefined ? "-" : timeText(seconds),
      plain(toldTo(result)),
      result.outcome === "skipped" ? "-" : result.scenario.how,
    ];
  });
  const table = columns([["scenario", "", "alert", "cause to message", "told to", "time"], ...rows]);
  const reasons = results.flatMap(({ scenario, reason }) => (reason === undefined ? [] : [`${scenario.name}: ${plain(reason)}`]));
  return [...table, ...reasons];
}

/** The result as `belfry drill` prints it. */
export function formatDrill(result: DrillResult): string {
  const { passed, results, notSilent, seconds } = result;
  const told = results.filter(({ outcome }) => outcome === "passed").length;
  const left = results.filter(({ outcome }) => outcome === "skipped").length;
  const verdict = passed
    ? `${told} of ${results.length} scenarios were told${left === 0 ? "" : `, ${left} left out`} (${seconds.toFixed(0)} s).`
    : `Not every scenario was told (${seconds.toFixed(0)} s).`;
  const replayed = results.some(({ scenario, outcome }) => scenario.how === "replayed" && outcome === "passed");
  return [
    verdict,
    ...drillTable(result).map((line) => `  ${line}`),
    ...(replayed
      ? [
          "  replayed: the time is in series that promtool wrote, not in the rules; a second Prometheus started right before the",
          "  deployed rules were due. pushed and live: in real time.",
        ]
      : []),
    notSilent === undefined ? "  The sandbox is silent again; nobody outside it was told anything." : `  The sandbox is not silent: ${plain(notSilent)}`,
    "",
  ].join("\n");
}

/** Lines of `belfry drill --list`. */
export function scenarioList(scenarios: readonly Scenario[]): string[] {
  return columns(scenarios.map(({ name, how, alert, title }) => [name, how, alert, title]));
}
