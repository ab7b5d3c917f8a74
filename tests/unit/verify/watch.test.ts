import assert from "node:assert/strict";
import type { AlertGroup } from "../../../automation/verify/alertmanager.ts";
import { noCounts } from "../../../automation/verify/metrics.ts";
import { planVerification } from "../../../automation/verify/plan.ts";
import { readConfig } from "../../../automation/verify/tree.ts";
import { beginWatch, evidence, isSettled, observe } from "../../../automation/verify/watch.ts";
import type { Plan, Watched } from "../../../automation/verify/watch.ts";

const config = readConfig(`
route:
  receiver: slack
  group_wait: 10s
  group_interval: 5m
  routes:
  - {receiver: beat, match: {alertname: Watchdog}, group_interval: 30s, repeat_interval: 1m}
receivers:
- {name: slack, slack_configs: [{channel: a}]}
- {name: beat, webhook_configs: [{url: <secret>}]}
`);
const plans = planVerification(config, "run").filter((plan): plan is Plan => plan.kind !== "impossible");
const start = 1_000_000;
const begin = (index: number, pods = 1, limit = Infinity): Watched => {
  const plan = plans[index];
  const [watched] = plan === undefined ? [] : beginWatch(config, plan, pods, start, limit);
  assert.ok(watched);
  return watched;
};
const groupOf = (receiver: string, alertname: string, labels: Record<string, string>, marked = true): AlertGroup => ({
  receiver: { name: receiver },
  labels,
  alerts: [
    {
      fingerprint: "f",
      labels: marked ? { alertname, belfry_verify: "run" } : { alertname },
      startsAt: "",
      status: { silencedBy: [], inhibitedBy: [], mutedBy: [] },
    },
  ],
});
const ours = groupOf("slack", "BelfryVerifySlack_run_1", { alertname: "BelfryVerifySlack_run_1" });
const look = (watched: Watched, second: number, sent: number, groups: AlertGroup[], before: AlertGroup[] = []) =>
  observe(config, before, watched, {
    now: start + second * 1000,
    counts: () => ({ ...noCounts, requests: sent, notifications: sent }),
    groups,
  });
const seconds = (watched: Watched) => (watched.deadline - start) / 1000;

describe("the watch", () => {
  it("waits for the group's wait and an answer, longer where further Alertmanagers stand in", () => {
    assert.equal(seconds(begin(0)), 25);
    assert.equal(seconds(begin(0, 3)), 55);
    const watched = look(begin(0), 3, 0, [ours]);
    assert.deepEqual(
      [isSettled(watched, start + 24_000, false), isSettled(watched, start + 25_000, false)],
      [false, true],
    );
  });
  it("is settled by the rise, and says when", () => {
    const watched = look(begin(0), 11, 1, [ours]);
    assert.deepEqual([watched.seconds, watched.early, isSettled(watched, start + 11_000, false)], [11, false, true]);
    assert.equal(isSettled(watched, start + 11_000, true), false);
  });
  it("takes a rise before the group's wait was over for other traffic", () => {
    const watched = look(begin(0), 4, 1, [ours]);
    assert.equal(watched.early, true);
    assert.equal(evidence(watched, undefined, false, false).ambiguous, "it rose before the test alert was due");
  });
  it("waits for the next turn of a group that was there before, or may have been", () => {
    const shared = groupOf("slack", "BelfryVerifySlack_run_1", { namespace: "n" });
    assert.equal(seconds(look(begin(0), 1, 0, [shared])), 315);
    assert.equal(seconds(look(begin(0), 1, 0, [ours], [ours])), 315);
    assert.equal(look(begin(0), 4, 1, [shared]).early, false);
  });
  it("expects a message of each group of test alerts that is told here", () => {
    const second = groupOf("slack", "BelfryVerifyMail_run_2", { alertname: "BelfryVerifyMail_run_2" });
    assert.equal(look(begin(0), 11, 1, [ours, second]).notifications, 2);
    const silenced = {
      ...second,
      alerts: second.alerts.map((one) => ({ ...one, status: { silencedBy: ["s"], inhibitedBy: [] } })),
    };
    assert.equal(look(begin(0), 11, 1, [ours, silenced]).notifications, 1);
  });
  it("waits for the live alert to appear, then for its next turn", () => {
    const watchdog = groupOf("beat", "Watchdog", {}, false);
    assert.equal(seconds(begin(1)), 120);
    const seen = look(begin(1), 0, 0, [watchdog]);
    assert.deepEqual([seen.seen, seconds(seen)], [true, 105]);
    assert.equal(look(begin(1), 1, 1, [watchdog]).early, false);
  });
  it("is ended by the time limit, and says so", () => {
    const watched = begin(0, 1, start + 5000);
    assert.equal(isSettled(watched, start + 5000, false), true);
    const { waitedLongEnough, waitedSeconds } = evidence(watched, undefined, false, false);
    assert.deepEqual([waitedLongEnough, waitedSeconds], [false, 5]);
  });
});
