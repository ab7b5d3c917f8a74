/** Plays a scenario that takes hours: rehearsal, then a second Prometheus at the moment before the alert is due. */
import { stackPrograms } from "../../config/versions.ts";
import type { SandboxLayout, SandboxState } from "../../sandbox/layout.ts";
import { pause } from "../../sandbox/wait.ts";
import type { Labels } from "../verify/matchers.ts";
import { type Bell, destinations } from "./bell.ts";
import { type Deployed, replayConfig, replayInterval } from "./deployed.ts";
import type { PrometheusAlert, PrometheusApi } from "./prometheus-api.ts";
import { failed, judged, skipped } from "./judge.ts";
import { type Rehearsal, recordedAt, rehearse, scrapeStep } from "./rehearsal.ts";
import { type AlertRule, filesFor } from "./rules.ts";
import { drillLabel, type Healthy, type ReplayedScenario, type ScenarioResult, type TimelineEntry } from "./scenario.ts";
import { type SecondPrograms, SecondPrometheus, serveSeries } from "./second-prometheus.ts";
import { type Series, seriesKey } from "./series.ts";
import { alertLabels, type Episode, forState } from "./timeline.ts";

export interface ReplayOptions {
  readonly layout: SandboxLayout;
  readonly state: SandboxState;
  readonly programs: SecondPrograms;
  readonly deployed: Deployed;
  readonly healthy: Healthy;
  readonly bell: Bell;
  /** Of this run. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Seconds from the start of the second Prometheus to the evaluation at which an alert can fire: the third one. */
const lead = 3 * replayInterval + 1;
/** Seconds that firing and the message may take once the second Prometheus runs. */
const firingSeconds = 90;
const messageSeconds = 120;
const lookMs = 200;

export async function replay(scenario: ReplayedScenario, options: ReplayOptions): Promise<ScenarioResult> {
  const { deployed, healthy, layout, programs, signal, bell, token } = options;
  const files = filesFor(scenario.alert, deployed.files);
  if (files.length === 0) return skipped(scenario, `no deployed rule is called ${scenario.alert}`);
  const impossible = scenario.impossible(healthy);
  if (impossible !== undefined) return skipped(scenario, impossible);
  const second = new SecondPrometheus({ layout, name: scenario.name, programs, signal });
  const mark = `${token}-${scenario.name}`;
  try {
    await second.prepare(files);
    const rehearsal = await rehearse(scenario, healthy, files, second, deployed.evaluationInterval);
    if ("reason" in rehearsal) {
      return failed({ scenario, method: "rehearsed only", cause: Date.now(), timeline: [] }, rehearsal.reason);
    }
    return await play(scenario, options, second, rehearsal, mark);
  } finally {
    await second.remove();
    await bell.end(`${drillLabel}=${JSON.stringify(mark)}`);
  }
}

async function play(
  scenario: ReplayedScenario,
  options: ReplayOptions,
  second: SecondPrometheus,
  rehearsal: Rehearsal,
  mark: string,
): Promise<ScenarioResult> {
  const { deployed, healthy, state, bell, signal } = options;
  const now = Math.floor(Date.now() / 1000);
  const delta = now + lead - rehearsal.firing;
  const cause = rehearsal.cause + delta;
  const series = scenario.series(healthy, cause);
  // The last scrape stands right before the start.
  const from = now - Math.ceil((now - cause + scenario.history) / scrapeStep) * scrapeStep;
  await second.clearData();
  const pending = rehearsal.episodes.flatMap((episode) => {
    const labels = alertLabels(episode.rule, episode.labels);
    return labels === undefined ? [] : [forState(labels, { ...episode, pending: episode.pending + delta, last: Infinity })];
  });
  const span = { from, to: now, step: scrapeStep };
  await second.addBlocks([{ series: [...series, ...pending], span }, ...recordedAt(rehearsal, delta, now)]);

  // In the blocks, and while it runs: what was pending before a restart goes on from the last sample.
  const states: Series[] = [...pending];
  const exporter = await serveSeries(() => [...series, ...states]);
  const timeline: TimelineEntry[] = [
    { at: cause * 1000, what: "metric", text: `${scenario.title} (in the written series)` },
  ];
  const played = { scenario, method: method(rehearsal), cause: cause * 1000, timeline };
  try {
    const places = { rules: second.rules, alertmanagerPort: state.ports.alertmanager, exporterPort: exporter.port };
    const api = await second.start(replayConfig(deployed, scenario.alert, mark, places));
    const startedAt = Date.now();
    const fired = await untilFiring(api, scenario.alert, rehearsal, delta, states, signal);
    if (fired === undefined) {
      return failed(played, `${scenario.alert} does not fire in the second Prometheus`);
    }
    const { alert, episode } = fired;
    const firingAt = Date.now();
    if (episode.firing !== episode.pending) {
      timeline.push({ at: (episode.pending + delta) * 1000, what: "pending", text: `${scenario.alert} is pending` });
    }
    timeline.push({ at: firingAt, what: "firing", text: `${scenario.alert} fires in the second Prometheus` });
    const labels: Labels = { ...alert.labels, ...deployed.config.global.external_labels, [drillLabel]: mark };
    const wanted = destinations(await bell.config(), labels);
    const deliveries = await bell.deliveries(wanted, scenario.alert, startedAt, messageSeconds);
    return judged({ ...played, deliveries });
  } finally {
    await exporter.close();
  }
}

interface Fired {
  readonly alert: PrometheusAlert;
  readonly episode: Episode;
}

/** Meanwhile gives each alert the time for which it has been pending, as a Prometheus that was restarted finds it. */
async function untilFiring(
  api: PrometheusApi,
  name: string,
  rehearsal: Rehearsal,
  delta: number,
  states: Series[],
  signal: AbortSignal,
): Promise<Fired | undefined> {
  const deadline = Date.now() + firingSeconds * 1000;
  const known = new Set<string>();
  while (Date.now() < deadline) {
    // For labels that only Prometheus itself can expand.
    for (const alert of (await api.alerts()).filter(({ labels }) => labels["alertname"] === name)) {
      const episode = rehearsal.episodes.find((one) => isSame(one, alert));
      if (episode === undefined) continue;
      if (alert.state === "firing") return { alert, episode };
      const key = JSON.stringify(alert.labels);
      if (known.has(key)) continue;
      known.add(key);
      const state = forState(alert.labels, { ...episode, pending: episode.pending + delta, last: Infinity });
      if (!states.some(({ labels }) => seriesKey(labels) === seriesKey(state.labels))) states.push(state);
    }
    await pause(lookMs, signal);
  }
  return undefined;
}

/** Whether a live alert is the one that the rehearsal has seen: alike in all that the rule does not set itself. */
export function isSame({ labels, rule }: { labels: Labels; rule: Pick<AlertRule, "labels"> }, alert: Pick<PrometheusAlert, "labels">): boolean {
  return Object.entries(labels).every(([name, value]) => name === "__name__" || name in rule.labels || alert.labels[name] === value);
}

function method({ cause, firing }: Rehearsal): string {
  const minutes = Math.round((firing - cause) / 60);
  return (
    `replayed: ${minutes} min of it, and the hours before, are in series written by promtool; a second Prometheus ` +
    `${stackPrograms.prometheus.slice(1)} with the deployed rule files went on from there, evaluating every ${replayInterval} s`
  );
}
