/**
 * The rehearsal of a scenario: its whole history as blocks, the recording rules of the deployed files calculated over them as
 * Prometheus would have done, and then the alert's own expression. It says when the deployed rule would tell of the cause,
 * and with that where the second Prometheus has to start.
 */
import type { AlertRule, RuleFile } from "./rules.ts";
import { recordingLevels } from "./rules.ts";
import type { Healthy, ReplayedScenario } from "./scenario.ts";
import type { SecondPrometheus } from "./second-prometheus.ts";
import { recorded, type Sampled, shifted } from "./series.ts";
import { type Episode, episodes, firstFiring } from "./timeline.ts";

/** Seconds between two scrapes of the written history. */
export const scrapeStep = 30;

export interface Rehearsal {
  /** Unix seconds, of the rehearsal's own time. */
  readonly cause: number;
  readonly firing: number;
  readonly episodes: readonly (Episode & { readonly rule: AlertRule })[];
  /** What the recording rules made of it. */
  readonly recorded: readonly Sampled[];
}

const noRules = "global: {}\n";
/** Seconds before the cause in which the alert must not fire. */
const calm = 1800;

/**
 * @param files the deployed rule files that the alert needs
 * @param interval seconds between two evaluations, as deployed
 * @returns a reason why the alert does not tell of the cause, or when it does
 */
export async function rehearse(
  scenario: ReplayedScenario,
  healthy: Healthy,
  files: readonly RuleFile[],
  second: SecondPrometheus,
  interval: number,
): Promise<Rehearsal | { readonly reason: string }> {
  const end = Math.floor(Date.now() / 1000 / scrapeStep) * scrapeStep;
  const cause = end - Math.ceil(scenario.patience / scrapeStep) * scrapeStep;
  const from = cause - scenario.history;
  await second.addBlocks([{ series: scenario.series(healthy, cause), span: { from, to: end, step: scrapeStep } }]);

  const made: Sampled[] = [];
  for (const level of recordingLevels(files)) {
    const api = await second.start(noRules);
    const parts: Sampled[] = [];
    for (const rule of level) {
      const step = rule.interval ?? interval;
      const span = { from: Math.ceil(from / step) * step, to: end, step };
      const results = await api.range(rule.expr, span);
      const series = results.map(({ labels, times, values }) =>
        recorded(
          { ...labels, ...rule.labels, __name__: rule.record },
          times.map((time, index) => [time, values[index] ?? NaN] as const),
        ),
      );
      parts.push({ series, span });
    }
    await second.stop();
    await second.addBlocks(parts);
    made.push(...parts);
  }

  const api = await second.start(noRules);
  const span = { from: Math.max(from, cause - calm), to: end, step: interval };
  const rules = files.flatMap(({ alerts }) => alerts).filter(({ alert }) => alert === scenario.alert);
  const all: (Episode & { rule: AlertRule })[] = [];
  for (const rule of rules) {
    all.push(...episodes(rule, await api.range(rule.expr, span), interval).map((one) => ({ ...one, rule })));
  }
  await second.stop();
  const early = all.find(({ firing, last }) => firing !== undefined && firing < cause && last >= cause);
  if (early !== undefined) return { reason: `${scenario.alert} fires before its cause: the sandbox is not healthy` };
  const first = firstFiring(all, cause);
  if (first === undefined) {
    return { reason: `${scenario.alert} as deployed does not fire within ${scenario.patience / 60} minutes after the cause` };
  }
  return { cause, firing: first.firing, episodes: all, recorded: made };
}

/** What was recorded, moved to the time of the replay and cut where it starts. */
export function recordedAt({ recorded: parts }: Rehearsal, delta: number, now: number): Sampled[] {
  return parts.map(({ series, span: { from, to, step } }) => ({
    series: series.map((one) => shifted(one, delta)),
    span: { from: from + delta, to: Math.min(to + delta, now), step },
  }));
}
