import assert from "node:assert/strict";
import { beganAnew, countsKey, noCounts, readMetrics, risen } from "../../../automation/verify/metrics.ts";

const text = (slack: number, failed: number, reason: number, reload = 1) => `
# HELP alertmanager_notifications_total The total number of attempted notifications.
# TYPE alertmanager_notifications_total counter
alertmanager_notifications_total{integration="slack",receiver_name="slack"} ${slack}
alertmanager_notifications_total{integration="email",receiver_name="a/b \\"c\\" \\\\ }"} 7
alertmanager_notifications_failed_total{integration="slack",reason="clientError",receiver_name="slack"} ${reason}
alertmanager_notifications_failed_total{integration="slack",reason="other",receiver_name="slack"} 0
alertmanager_notification_requests_total{integration="slack",receiver_name="slack"} ${slack + failed}
alertmanager_notification_requests_failed_total{integration="slack",receiver_name="slack"} ${failed}
alertmanager_notification_latency_seconds_bucket{integration="slack",receiver_name="slack",le="1"} 3
alertmanager_notifications_suppressed_total{reason="silence"} 4
alertmanager_config_last_reload_success_timestamp_seconds 1.79e+0${reload}
process_start_time_seconds 1.79e+09
`;
const key = countsKey("slack", "slack");

describe("Alertmanager's counters", () => {
  it("are read by receiver and integration", () => {
    const metrics = readMetrics(text(2, 1, 1));
    assert.equal(metrics.namesReceivers, true);
    assert.deepEqual(
      [...metrics.counts],
      [
        [key, { requests: 3, failedRequests: 1, notifications: 2, failedByReason: { clientError: 1 } }],
        [countsKey('a/b "c" \\ }', "email"), { requests: 0, failedRequests: 0, notifications: 7, failedByReason: {} }],
      ],
    );
  });
  it("show when the feature that names receivers is off", () => {
    const off =
      'alertmanager_notifications_total{integration="slack"} 3\n' +
      'alertmanager_notification_requests_total{integration="slack"} 3';
    assert.deepEqual(readMetrics(off), { namesReceivers: false, counts: new Map(), epoch: "{}" });
    assert.equal(readMetrics("").namesReceivers, true);
  });
  it("rise over all Alertmanagers together", () => {
    const before = [readMetrics(text(2, 0, 0)), readMetrics(text(5, 0, 0))];
    const after = [readMetrics(text(3, 2, 1)), readMetrics(text(5, 0, 0))];
    assert.deepEqual(risen(before, after, key), {
      requests: 3,
      failedRequests: 2,
      notifications: 1,
      failedByReason: { clientError: 1 },
    });
    assert.deepEqual(risen(before, after, countsKey("other", "slack")), noCounts);
  });
  it("count from nothing where a series was not there before", () => {
    assert.equal(risen([readMetrics("")], [readMetrics(text(1, 0, 0))], key).requests, 1);
  });
  it("begin anew at a reload and at a start", () => {
    const before = [readMetrics(text(2, 0, 0, 1))];
    assert.equal(beganAnew(before, [readMetrics(text(2, 0, 0, 1))]), false);
    assert.equal(beganAnew(before, [readMetrics(text(0, 0, 0, 2))]), true);
    assert.equal(beganAnew(before, [readMetrics(text(2, 0, 0, 1).replace("1.79e+09", "1.80e+09"))]), true);
  });
});
