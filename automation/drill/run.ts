/** Plays scenarios against the deployed rules and the deployed Alertmanager of a sandbox, and leaves it silent. */
import { randomBytes } from "node:crypto";

import { UserError } from "../../config/user-error.ts";
import type { SandboxLayout, SandboxState } from "../../sandbox/layout.ts";
import { pause, until } from "../../sandbox/wait.ts";
import { Bell } from "./bell.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { failed } from "./judge.ts";
import { playLive, playPushed } from "./live.ts";
import { PrometheusApi } from "./prometheus-api.ts";
import { replay } from "./replay.ts";
import { filesFor, namesRead } from "./rules.ts";
import { drillLabel, type DrillResult, drillWord, type Healthy, type Scenario, type ScenarioResult } from "./scenario.ts";
import { endLeftOvers, type SecondPrograms } from "./second-prometheus.ts";

export interface DrillOptions {
  readonly layout: SandboxLayout;
  readonly state: SandboxState;
  readonly programs: SecondPrograms;
  /** Of the monitoring stack. */
  readonly namespace: string;
  readonly scenarios: readonly Scenario[];
  /** Whether to wait for the messages that tell the ends; they come within the group's interval. */
  readonly awaitResolved: boolean;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Scenarios at the same time: each replay keeps a core busy for some seconds. */
const sideBySide = 2;
const readyMs = 120_000;
/** Seconds for the messages that tell the ends, beyond the group's interval. */
const resolvedSeconds = 60;

/**
 * @throws UserError when the sandbox's Prometheus or Alertmanager cannot be asked; the signal's reason after an abort, with
 *   everything taken back
 */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { layout, state, signal, scenarios, report } = options;
  const startedAt = Date.now();
  const token = randomBytes(4).toString("hex");
  const bell = new Bell(state, signal);
  const api = new PrometheusApi(state.ports.prometheus, signal);
  await endLeftOvers(layout);
  const ready = await until(async () => ((await api.isReady()) ? true : undefined), { signal, timeoutMs: readyMs });
  if (ready === undefined) {
    throw new UserError("The sandbox's Prometheus does not run.", "Deploy a stack into the sandbox first: npm start");
  }
  await bell.endMetrics();
  await bell.end(`${drillLabel}=~".+"`);
  const deployed = await readDeployed(api);
  const healthy = await readHealthy(api, deployed, options);

  const results: ScenarioResult[] = [];
  const queue = [...scenarios];
  const play = async (scenario: Scenario): Promise<ScenarioResult> => {
    const { external_labels: labels } = deployed.config.global;
    const live = { state, bell, token, labels, signal };
    if (scenario.how === "pushed") return playPushed(scenario, live);
    if (scenario.how === "live") return playLive(scenario, live);
    return replay(scenario, { ...options, deployed, healthy, bell, token });
  };
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      report(`${next.name}: ${next.title}`);
      results.push(await play(next).catch((error: unknown) => broken(next, error, signal)));
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: sideBySide }, work));
  signal.throwIfAborted();
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;

  const ended = options.awaitResolved ? await withResolved(bell, results, options) : results;
  const order = scenarios.map(({ name }) => name);
  const sorted = [...ended].sort((a, b) => order.indexOf(a.scenario.name) - order.indexOf(b.scenario.name));
  const notSilent = await whyNotSilent(bell);
  return {
    passed: notSilent === undefined && sorted.every(({ outcome }) => outcome !== "failed"),
    token,
    startedAt: new Date(startedAt).toISOString(),
    seconds: (Date.now() - startedAt) / 1000,
    results: sorted,
    ...(notSilent === undefined ? {} : { notSilent }),
  };
}

/** One scenario that cannot be played does not end the others. @throws the signal's reason after an abort */
function broken(scenario: Scenario, error: unknown, signal: AbortSignal): ScenarioResult {
  signal.throwIfAborted();
  const reason = error instanceof Error ? error.message : String(error);
  return failed({ scenario, method: "ended by an error", cause: Date.now(), timeline: [] }, reason);
}

/** Everything that the rules of the scenarios read, as it is now. */
async function readHealthy(api: PrometheusApi, deployed: Deployed, { scenarios, namespace }: DrillOptions): Promise<Healthy> {
  const files = scenarios.flatMap(({ how, alert }) => (how === "replayed" ? filesFor(alert, deployed.files) : []));
  const recorded = new Set(files.flatMap(({ records }) => records.map(({ record }) => record)));
  const read = namesRead(files);
  const names = (await api.names()).filter((name) => read.has(name) && !recorded.has(name) && !name.startsWith("ALERTS"));
  const series = names.length === 0 ? [] : await api.query(`{__name__=~"${names.join("|")}"}`);
  return { series, namespace };
}

/** Adds the messages that told the end of each scenario's alert, as far as they come in time. */
async function withResolved(bell: Bell, results: readonly ScenarioResult[], { signal, report }: DrillOptions): Promise<ScenarioResult[]> {
  const told = results.filter(({ deliveries }) => deliveries.some(({ message }) => message !== undefined));
  if (told.length === 0) return [...results];
  report("Waiting for the messages that tell the ends.");
  const config = await bell.config();
  const longest = Math.max(...config.root.routes.map(({ groupInterval }) => groupInterval), config.root.groupInterval);
  const deadline = Date.now() + (longest + resolvedSeconds) * 1000;
  for (;;) {
    const found = await Promise.all(results.map(async (result) => ({ ...result, resolved: await endsOf(bell, result) })));
    const complete = found.every(
      ({ deliveries, resolved }) => resolved.length >= deliveries.filter(({ message }) => message !== undefined).length,
    );
    if (complete || Date.now() >= deadline) return found.map(withEnd);
    await pause(500, signal);
  }
}

async function endsOf(bell: Bell, { scenario, deliveries }: ScenarioResult): Promise<ScenarioResult["resolved"]> {
  const times = deliveries.flatMap(({ message }) => (message === undefined ? [] : [Date.parse(message.receivedAt)]));
  if (times.length === 0) return [];
  return (await bell.ends(scenario.alert, Math.min(...times))).filter(
    ({ id }) => !deliveries.some(({ message }) => message?.id === id),
  );
}

function withEnd(result: ScenarioResult): ScenarioResult {
  const [first] = result.resolved;
  if (first === undefined) return result;
  const entry = { at: Date.parse(first.receivedAt), what: "resolved" as const, text: "the end is told (the drill ended the alert)" };
  return { ...result, timeline: [...result.timeline, entry] };
}

async function whyNotSilent(bell: Bell): Promise<string | undefined> {
  const left = [...(await bell.firing(`${drillLabel}=~".+"`)), ...(await bell.firing(`namespace=${JSON.stringify(drillWord)}`))];
  return left.length === 0 ? undefined : `still firing: ${left.map(({ labels }) => labels["alertname"] ?? "").join(", ")}`;
}
