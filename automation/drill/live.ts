/** Plays what nothing has to be compressed for: a pushed event, and a metric that the sandbox's own Prometheus scrapes. */
import type { SandboxState } from "../../sandbox/layout.ts";
import { until } from "../../sandbox/wait.ts";
import type { Labels } from "../verify/matchers.ts";
import { type Bell, destinations } from "./bell.ts";
import { failed, judged, skipped } from "./judge.ts";
import { PrometheusApi } from "./prometheus-api.ts";
import { drillLabel, drillWord, type LiveScenario, type PushedScenario, type ScenarioResult, type TimelineEntry } from "./scenario.ts";

export interface LiveOptions {
  readonly state: SandboxState;
  readonly bell: Bell;
  readonly token: string;
  /** Labels that every alert of the stack has. */
  readonly labels: Labels;
  readonly signal: AbortSignal;
}

/** A group that an earlier drill has left lets a message wait for its interval; beyond it, what a busy machine takes. */
const messageSeconds = 120;
/** A scrape, the evaluation of what is recorded, and the alert's own. */
const firingSeconds = 180;
const cleanUpMs = 5_000;
const readyMs = 60_000;
/** Of an alert that is pushed, as falcosidekick gives one: then it ends by itself. */
const pushedMs = 5 * 60_000;

/** Posts what falcosidekick would post. */
export async function playPushed(scenario: PushedScenario, options: LiveOptions): Promise<ScenarioResult> {
  const { bell, token, labels: common } = options;
  const mark = `${token}-${scenario.name}`;
  const labels: Labels = { ...common, ...scenario.post.labels, [drillLabel]: mark };
  const wanted = destinations(await bell.config(), labels);
  const cause = Date.now();
  try {
    const times = { startsAt: new Date(cause).toISOString(), endsAt: new Date(cause + pushedMs).toISOString() };
    await bell.post([{ labels, annotations: scenario.post.annotations, ...times }]);
    const timeline: TimelineEntry[] = [{ at: Date.now(), what: "firing", text: "Alertmanager has the event, as falcosidekick posts it" }];
    const deliveries = await bell.deliveries(wanted, scenario.alert, cause, messageSeconds);
    return judged({ scenario, method: "pushed: in real time, past Prometheus", cause, timeline, deliveries });
  } finally {
    await bell.end(`${drillLabel}=${JSON.stringify(mark)}`);
  }
}

/** Adds a metric to what a scraped target answers, until the alert has arrived. */
export async function playLive(scenario: LiveScenario, options: LiveOptions): Promise<ScenarioResult> {
  const { bell, state, signal } = options;
  const api = new PrometheusApi(state.ports.prometheus, signal);
  const target = (await api.targets()).find(({ labels }) => labels["job"] === scenario.job);
  if (target === undefined) return skipped(scenario, `Prometheus has no target of the job ${scenario.job}: this stack does not install it`);
  const { name, type, labels, value } = scenario.family;
  const cause = Date.now();
  const timeline: TimelineEntry[] = [];
  const played = { scenario, method: "live: in real time, scraped and evaluated by the sandbox's own Prometheus", cause, timeline };
  try {
    const family = { name, type, help: "Added by belfry drill.", samples: [{ labels, value }] };
    await bell.addMetrics(target.scrapePool, family, firingSeconds + messageSeconds);
    const waiting = { signal, timeoutMs: firingSeconds * 1000, intervalMs: 250 };
    // Relabelling may take labels away at the scrape: those that are left must be the played ones.
    const isPlayed = (present: Readonly<Record<string, string>>) =>
      Object.entries(labels).every(([key, text]) => present[key] === undefined || present[key] === text);
    const scraped = await until(
      async () => (await api.query(`timestamp(${name})`)).find((one) => isPlayed(one.labels)),
      waiting,
    );
    if (scraped === undefined) return failed(played, `Prometheus did not scrape the metric within ${firingSeconds} s`);
    timeline.push({ at: scraped.value * 1000, what: "metric", text: `Prometheus scraped it from ${scraped.labels["job"] ?? scenario.job}` });
    const firing = await until(
      async () =>
        (await api.alerts()).find(
          (one) => one.state === "firing" && one.labels["alertname"] === scenario.alert && isOurs(one.labels),
        ),
      waiting,
    );
    if (firing === undefined) return failed(played, `${scenario.alert} does not fire within ${firingSeconds} s`);
    timeline.push({ at: Date.parse(firing.activeAt), what: "firing", text: `${scenario.alert} fires` });
    const wanted = destinations(await bell.config(), { ...options.labels, ...firing.labels });
    const deliveries = await bell.deliveries(wanted, scenario.alert, cause, messageSeconds);
    return judged({ ...played, deliveries });
  } finally {
    await forget(options);
  }
}

function isOurs(labels: Labels): boolean {
  return Object.values(labels).includes(drillWord);
}

/**
 * Takes the metric back, and out of Prometheus's memory: rules look back for hours, and an alert that is kept firing is
 * forgotten by a restart only. Also after an interruption.
 */
async function forget({ state, bell, signal }: LiveOptions): Promise<void> {
  await bell.endMetrics();
  const api = new PrometheusApi(state.ports.prometheus, AbortSignal.timeout(cleanUpMs));
  await api.deleteSeries([`{k8s_ns_name="${drillWord}"}`, `{namespace="${drillWord}"}`]);
  await api.quit();
  await bell.end(`namespace=${JSON.stringify(drillWord)}`);
  if (signal.aborted) return;
  // The daemon starts it again; nobody is to find it away.
  const after = new PrometheusApi(state.ports.prometheus, signal);
  await until(async () => ((await after.isReady()) ? true : undefined), { signal, timeoutMs: readyMs });
  await bell.end(`namespace=${JSON.stringify(drillWord)}`);
}
