/** An Alertmanager that is restarted while alerts fire, and two of them. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loopback } from "../../sandbox/layout.ts";
import { until } from "../../sandbox/wait.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { startFaultyHook } from "./fault-sinks.ts";
import { arrival, critical, faster, groupIntervalMs } from "./fault-scenario.ts";
import { slackReceiver, stageConfiguration } from "./stage.ts";
import { freePort, type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

const firing = "[FIRING: 1] Open in shop, critical";
const resolved = "[RESOLVED: 1] Open in shop, critical";
/** Longer than any turn of a group that would tell something twice: three of them, and the wait for another member. */
const quiet = 3 * groupIntervalMs + 3_000;

async function titlesOf(scenario: (o: { program: string; directory: string; url: string; arrived: { at: number; title: string }[]; setMood: (mood: number) => void }) => Promise<void>): Promise<string[]> {
  const { alertmanager: program } = await sandboxTools(["alertmanager"]);
  const slack = await startFaultyHook();
  const directory = await mkdtemp(join(tmpdir(), "belfry-restart-"));
  try {
    const { url, arrived } = slack;
    await scenario({ program, directory, url, arrived, setMood: (mood) => (slack.mood = mood) });
    return arrived.map(({ title }) => title);
  } finally {
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** @param during what happens between the two runs of Alertmanager */
function restarted(signal: NodeJS.Signals, o: { readonly slackBefore?: number } = {}): Promise<string[]> {
  return titlesOf(async ({ program, directory, url, arrived, setMood }) => {
    const configuration = await stageConfiguration(directory, { receivers: [slackReceiver(url)] }, faster);
    const start = () => startAlertmanager(program, configuration, { directory });
    const alert = { labels: critical("Open"), startsAt: new Date().toISOString() };
    setMood(o.slackBefore ?? 200);
    let alertmanager = await start();
    try {
      await alertmanager.post([alert]);
      if (o.slackBefore === undefined) await arrival(arrived, firing);
      else await sleep(2_000);
      await alertmanager.close(signal);
      alertmanager = await start();
      setMood(200);
      // Prometheus sends it again at least once a minute.
      await alertmanager.post([alert]);
      await sleep(quiet);
      await alertmanager.post([{ ...alert, endsAt: new Date().toISOString() }]);
      await arrival(arrived, resolved);
    } finally {
      await alertmanager.close();
    }
  });
}

/** Two Alertmanagers that both get each alert, as Prometheus sends it. */
function two(connected: boolean): Promise<string[]> {
  return titlesOf(async ({ program, directory, url, arrived }) => {
    const ports = [await freePort(), await freePort()];
    const configuration = await stageConfiguration(directory, { receivers: [slackReceiver(url)] }, faster);
    const members = await Promise.all(
      ports.map((port, index) =>
        startAlertmanager(program, configuration, {
          cluster: connected
            ? [
                `--cluster.listen-address=${loopback}:${String(port)}`,
                `--cluster.peer=${loopback}:${String(ports[1 - index])}`,
                // Times of a cluster, divided like those of the routes.
                "--cluster.peer-timeout=1500ms",
                "--cluster.gossip-interval=20ms",
              ]
            : ["--cluster.listen-address="],
        }),
      ),
    );
    try {
      if (connected) await joined(members);
      const alert = { labels: critical("Open"), startsAt: new Date().toISOString() };
      const postAll = (alerts: Parameters<RunningAlertmanager["post"]>[0]) => Promise.all(members.map((one) => one.post(alerts)));
      await postAll([alert]);
      await arrival(arrived, firing);
      await sleep(quiet);
      await postAll([{ ...alert, endsAt: new Date().toISOString() }]);
      await arrival(arrived, resolved);
      await sleep(quiet);
      if (!connected) return;
      // The one that is left tells what comes next, whichever it is.
      await members[0]?.close("SIGKILL");
      await members[1]?.post([{ labels: critical("Later"), startsAt: new Date().toISOString() }]);
      await arrival(arrived, "Later");
    } finally {
      await Promise.all(members.slice(connected ? 1 : 0).map((one) => one.close()));
    }
  });
}

async function joined(members: readonly RunningAlertmanager[]): Promise<void> {
  for (const { url } of members) {
    const ready = await until(
      async () => {
        const { cluster } = (await (await fetch(`${url}/api/v2/status`)).json()) as { cluster: { status: string; peers: unknown[] } };
        return cluster.status === "ready" && cluster.peers.length === members.length ? true : undefined;
      },
      { timeoutMs: 30_000, intervalMs: 100 },
    );
    assert.ok(ready, "the members never found each other");
  }
}

describe("delivery when Alertmanager itself ends", function () {
  this.timeout(120_000);
  let after: Record<"restart" | "crash" | "faulty" | "connected" | "apart", Promise<string[]>>;

  before(async function () {
    this.timeout(20 * 60_000);
    await sandboxTools(["alertmanager"]);
    after = {
      restart: restarted("SIGTERM"),
      crash: restarted("SIGKILL"),
      faulty: restarted("SIGTERM", { slackBefore: 500 }),
      connected: two(true),
      apart: two(false),
    };
    await Promise.allSettled(Object.values(after));
  });

  it("a restart with an alert open tells it once, and its end", async () => {
    assert.deepEqual(await after.restart, [firing, resolved]);
  });

  it("a crash may tell it again, and tells its end", async () => {
    const titles = await after.crash;
    assert.deepEqual(titles.slice(0, 1), [firing]);
    assert.deepEqual(titles.slice(-1), [resolved]);
    assert.deepEqual([...new Set(titles)], [firing, resolved]);
  });

  it("what was not delivered before a restart is delivered after it", async () => {
    assert.deepEqual(await after.faulty, [firing, resolved]);
  });

  it("two connected ones send one message, and one of them is enough", async () => {
    assert.deepEqual(await after.connected, [firing, resolved, "[FIRING: 1] Later in shop, critical"]);
  });

  it("two that do not know of each other send at least one each", async () => {
    assert.deepEqual(await after.apart, [firing, firing, resolved, resolved]);
  });
});
