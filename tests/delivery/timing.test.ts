/** The contract's two limits for critical alerts, with the deployed times as they are. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandboxTools } from "../sandbox/tools.ts";
import { type FaultyHook, startFaultyHook } from "./fault-sinks.ts";
import { arrival } from "./fault-scenario.ts";
import { slackReceiver, stageConfiguration } from "./stage.ts";
import { type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

describe("a critical alert", function () {
  this.timeout(120_000);
  let alertmanager: RunningAlertmanager;
  let slack: FaultyHook;
  let directory: string;

  before(async function () {
    this.timeout(20 * 60_000);
    const { alertmanager: program } = await sandboxTools(["alertmanager"]);
    slack = await startFaultyHook();
    directory = await mkdtemp(join(tmpdir(), "belfry-timing-"));
    alertmanager = await startAlertmanager(program, await stageConfiguration(directory, { receivers: [slackReceiver(slack.url)] }));
  });
  after(async () => {
    await alertmanager.close();
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  });

  const alert = (instance: string, severity: string) => ({
    labels: { alertname: "Late", namespace: "shop", severity, instance },
    startsAt: new Date().toISOString(),
  });
  /** Seconds until a message with these words comes, after the alert was posted. */
  async function secondsUntil(words: string, posted: ReturnType<typeof alert>): Promise<number> {
    const began = Date.now();
    const skip = slack.arrived.length;
    await alertmanager.post([posted]);
    return ((await arrival(slack.arrived, words, { skip })).at - began) / 1000;
  }

  it("leaves within 30 s when it opens a group, and within 60 s when it joins one", async () => {
    const warned = await secondsUntil("[FIRING: 1] Late in shop, warning", alert("a", "warning"));
    // The warning's group was told already; the critical alert has one of its own.
    const opened = await secondsUntil("[FIRING: 1] Late in shop, critical", alert("b", "critical"));
    const joined = await secondsUntil("[FIRING: 2] Late in shop, critical", alert("c", "critical"));
    if (process.env["BELFRY_SHOW_DELIVERY"] !== undefined) {
      process.stdout.write(`      warning ${warned.toFixed(1)} s, opened ${opened.toFixed(1)} s, joined ${joined.toFixed(1)} s\n`);
    }
    assert.ok(opened <= 30, `${opened} s`);
    assert.ok(joined <= 60, `${joined} s`);
    assert.equal(slack.arrived.length, 3);
  });
});
