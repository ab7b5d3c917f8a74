/** The beat that leaves the cluster, measured where it arrives. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../sandbox/wait.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { type FaultyHook, startFaultyHook } from "./fault-sinks.ts";
import { heartbeatReceiver, slackReceiver, stageConfiguration } from "./stage.ts";
import { type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

/** Shorter than a setting may be (30 s), so that ten beats take less than a minute; the tree is built the same way. */
const intervalSeconds = 4;
const watchdog = { labels: { alertname: "Watchdog", severity: "none" } };

describe("heartbeat", function () {
  this.timeout(120_000);
  let alertmanager: RunningAlertmanager | undefined;
  let beats: FaultyHook;
  let slack: FaultyHook;
  let directory: string;

  before(async function () {
    this.timeout(20 * 60_000);
    const { alertmanager: program } = await sandboxTools(["alertmanager"]);
    [beats, slack] = await Promise.all([startFaultyHook(), startFaultyHook()]);
    directory = await mkdtemp(join(tmpdir(), "belfry-heartbeat-"));
    const receivers = [heartbeatReceiver(beats.url, intervalSeconds), slackReceiver(slack.url)];
    alertmanager = await startAlertmanager(program, await stageConfiguration(directory, { receivers }));
    await alertmanager.post([watchdog]);
  });
  after(async () => {
    await alertmanager?.close();
    await Promise.all([beats.close(), slack.close()]);
    await rm(directory, { recursive: true, force: true });
  });

  it("beats at the interval that was asked for, ten times", async () => {
    await until(() => Promise.resolve(beats.arrived.at(9)), { timeoutMs: 90_000, intervalMs: 100 });
    const times = beats.arrived.map(({ at }) => at / 1000);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    if (process.env["BELFRY_SHOW_DELIVERY"] !== undefined) {
      process.stdout.write(`      gaps: ${gaps.map((gap) => gap.toFixed(3)).join(", ")} s\n`);
    }
    assert.equal(gaps.length, 9);
    // A beat that was skipped would leave a gap of two intervals; one at half the rate all of them.
    assert.deepEqual(gaps.map((gap) => Math.round(gap / intervalSeconds)), Array(9).fill(1));
    assert.deepEqual(slack.arrived, []);
  });

  it("stops with Alertmanager: the missing beat tells", async () => {
    await alertmanager?.close();
    alertmanager = undefined;
    const before = beats.arrived.length;
    await sleep(2 * intervalSeconds * 1000);
    assert.equal(beats.arrived.length, before);
  });
});
