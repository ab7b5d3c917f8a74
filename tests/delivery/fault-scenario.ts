/**
 * One receiver misbehaves while alerts begin, go on and end. The configuration is the deployed one with every time of its
 * routes divided by ten: a group waits 1 s and has its next turn every 3 s. Alertmanager's own times stay: a turn may last 10 s,
 * and the pauses between its retries grow from half a second.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../sandbox/wait.ts";
import { type Arrival, type FaultyHook, type FaultyMail, startFaultyHook, startFaultyMail } from "./fault-sinks.ts";
import { mailReceiver, mailServerSettings, slackReceiver, stageConfiguration } from "./stage.ts";
import { type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

export const faster = 10;
/** Of the routes for people, here. */
export const groupIntervalMs = 3_000;

export interface FaultStage {
  readonly slack: FaultyHook;
  readonly mail: FaultyMail;
  readonly alertmanager: RunningAlertmanager;
  /** The content of its configuration file. */
  readonly configuration: string;
  readonly directory: string;
  close(): Promise<void>;
}

export async function startFaultStage(program: string): Promise<FaultStage> {
  const slack = await startFaultyHook();
  const mail = await startFaultyMail();
  const directory = await mkdtemp(join(tmpdir(), "belfry-faults-"));
  const smtp = mailServerSettings({ port: mail.port, username: "belfry", password: "right", certificate: mail.certificate });
  const settings = { receivers: [slackReceiver(slack.url), mailReceiver()], smtp };
  const configuration = await stageConfiguration(directory, settings, faster);
  const alertmanager = await startAlertmanager(program, configuration, { directory });
  return {
    slack,
    mail,
    alertmanager,
    configuration,
    directory,
    close: async () => {
      await alertmanager.close();
      await Promise.all([slack.close(), mail.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const critical = (alertname: string) => ({ alertname, namespace: "shop", severity: "critical" });

/** The first arrival whose title holds `words` and that is none of the first `skip`. */
export async function arrival(arrived: readonly Arrival[], words: string, o: { skip?: number; ms?: number } = {}): Promise<Arrival> {
  const found = await until(
    () => Promise.resolve(arrived.slice(o.skip ?? 0).find(({ title }) => title.includes(words))),
    { timeoutMs: o.ms ?? 75_000, intervalMs: 20 },
  );
  assert.ok(found, `no message with ${words} among ${JSON.stringify(arrived)}`);
  return found;
}

/** Notifications that Alertmanager gave up, by integration and reason, as `slack serverError`. */
export async function failures({ url }: RunningAlertmanager): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = [...text.matchAll(/^alertmanager_notifications_failed_total\{(.*)\} (\d+)$/gm)];
  return new Map(
    lines.flatMap(([, labels = "", count]) => {
      const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
      return Number(count) === 0 ? [] : [[`${label("integration")} ${label("receiver_name")} ${label("reason")}`, Number(count)]];
    }),
  );
}

export interface FaultResult {
  /** Milliseconds from the alert to the message of the receiver that works. */
  readonly otherAfter: number;
  /** Milliseconds from the end of the fault to the message of the alert that still fires. */
  readonly recoveredAfter: number;
  readonly failures: Map<string, number>;
  /** Titles that arrived at the receiver after the fault. */
  readonly titles: readonly string[];
  /** Titles that arrived at the other one. */
  readonly otherTitles: readonly string[];
}

/** Runs the whole scenario; `begin` and `end` are of the fault. */
export async function underFault(
  program: string,
  broken: "slack" | "mail",
  begin: (stage: FaultStage) => Promise<void> | void,
  end: (stage: FaultStage) => Promise<void> | void,
): Promise<FaultResult> {
  const stage = await startFaultStage(program);
  try {
    const { alertmanager } = stage;
    const [faulty, other] = broken === "slack" ? [stage.slack, stage.mail] : [stage.mail, stage.slack];
    await begin(stage);
    const startsAt = new Date().toISOString();
    await alertmanager.post([
      { labels: critical("Lasting"), startsAt },
      { labels: critical("Brief"), startsAt },
    ]);
    const began = Date.now();
    const first = await arrival(other.arrived, "FIRING: 1] Lasting");
    await arrival(other.arrived, "FIRING: 1] Brief");
    await alertmanager.post([{ labels: critical("Brief"), startsAt, endsAt: new Date().toISOString() }]);
    await arrival(other.arrived, "RESOLVED: 1] Brief");
    // A turn that began while the alert fired may last ten seconds.
    await sleep(10_500);
    assert.deepEqual(faulty.arrived, []);
    const failed = await failures(alertmanager);
    assert.ok(faulty.refused > 0 || failed.size > 0, "the fault was never met");
    await end(stage);
    const recovered = Date.now();
    const late = await arrival(faulty.arrived, "FIRING: 1] Lasting");
    await alertmanager.post([{ labels: critical("Lasting"), startsAt, endsAt: new Date().toISOString() }]);
    await arrival(faulty.arrived, "RESOLVED: 1] Lasting");
    await arrival(other.arrived, "RESOLVED: 1] Lasting");
    return {
      otherAfter: first.at - began,
      recoveredAfter: late.at - recovered,
      failures: failed,
      titles: faulty.arrived.map(({ title }) => title),
      otherTitles: other.arrived.map(({ title }) => title),
    };
  } finally {
    await stage.close();
  }
}
