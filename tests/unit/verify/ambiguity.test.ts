import assert from "node:assert/strict";
import type { AlertGroup } from "../../../automation/verify/alertmanager.ts";
import { otherTraffic } from "../../../automation/verify/ambiguity.ts";
import { readConfig } from "../../../automation/verify/tree.ts";

const config = (repeat = "4h") =>
  readConfig(
    `route: {receiver: slack, group_wait: 30s, group_interval: 5m, repeat_interval: ${repeat}}\n` +
      "receivers: [{name: slack}]",
  );
const now = Date.parse("2026-01-01T12:00:00Z");
const before = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

function group(
  alertname: string,
  minutesOld: number,
  more: Partial<AlertGroup["alerts"][number]> = {},
  receiver = "slack",
): AlertGroup {
  const status = { silencedBy: [], inhibitedBy: [], mutedBy: [] };
  const alert = { fingerprint: alertname, labels: { alertname }, startsAt: before(minutesOld), status, ...more };
  return { receiver: { name: receiver }, labels: {}, alerts: [alert] };
}
const reason = (then: AlertGroup[], later: AlertGroup[], repeat?: string, startedMinutesAgo = 600) =>
  otherTraffic(config(repeat), "slack", {
    before: then,
    after: later,
    startedAt: now,
    alertmanagerStartedAt: now - startedMinutesAgo * 60_000,
  });

describe("other traffic", () => {
  const old = group("Old", 60);
  const test = group("BelfryVerifySlack", 0, { labels: { alertname: "BelfryVerifySlack", belfry_verify: "x" } });
  it("is none where nothing else is there, or only what stands unchanged", () => {
    assert.equal(reason([], [test]), undefined);
    assert.equal(reason([old], [old, test]), undefined);
  });
  it("is an alert that began, came or ended", () => {
    assert.equal(reason([group("New", 3)], [group("New", 3)]), "the alert New began a short time ago");
    assert.equal(reason([], [old]), "the alert Old came meanwhile");
    assert.equal(reason([old], []), "the alert Old ended meanwhile");
  });
  it("is a standing alert after a start of Alertmanager, or where it is repeated quickly", () => {
    assert.equal(reason([old], [old], "4h", 2), "Alertmanager started a short time ago and may tell of Old again");
    assert.equal(reason([old], [old], "5m"), "the alert Old is repeated every 300 s");
    assert.equal(reason([], [test], "5m", 2), undefined);
  });
  it("is no alert that is muted, told elsewhere, or in the test alert's own group", () => {
    const silenced = group("Silenced", 1, { status: { silencedBy: ["s"], inhibitedBy: [] } });
    const elsewhere = group("Elsewhere", 1, {}, "mail");
    const together = { ...test, alerts: [...test.alerts, ...group("New", 1).alerts] };
    assert.equal(reason([silenced, elsewhere], [silenced, elsewhere, together]), undefined);
  });
});
