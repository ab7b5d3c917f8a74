import assert from "node:assert/strict";
import { drillControl, DrillLease } from "../../../sandbox/daemon/exporter/drill-changes.ts";
import { MetricSource } from "../../../sandbox/daemon/exporter/metric-source.ts";
import { counter, gauge, sample, withSamples } from "../../../sandbox/daemon/exporter/metrics.ts";
import { emptyCluster } from "./objects.ts";

const family = { name: "events_total", type: "counter", help: "Events.", samples: [{ labels: { rule: "drill" }, value: 1 }] } as const;
const change = (seconds: number) => ({ seconds, changes: [{ key: "job/a", families: [{ ...family, samples: [...family.samples] }] }] });

describe("what a drill adds to the metrics", () => {
  it("stands beside the healthy samples, and takes the place of the same one only", () => {
    const healthy = [counter("events_total", "All.", sample(7, { rule: "other" }), sample(5, { rule: "drill" })), gauge("x", "X.", sample(1))];
    assert.deepEqual(withSamples(healthy, [family, gauge("new", "New.", sample(2))]), [
      counter("events_total", "All.", sample(7, { rule: "other" }), sample(1, { rule: "drill" })),
      gauge("x", "X.", sample(1)),
      gauge("new", "New.", sample(2)),
    ]);
  });

  it("ends by itself when its time is over, so that a drill that was killed leaves nothing", () => {
    let now = 0;
    const lease = new DrillLease(() => now);
    lease.put(change(10));
    now = 9_999;
    assert.equal(lease.families(["job/a"]).length, 1);
    assert.equal(lease.families(["job/b"]).length, 0);
    now = 10_000;
    assert.equal(lease.families(["job/a"]).length, 0);
  });

  it("is scraped from the target it names, and gone after the end", () => {
    const source = new MetricSource();
    const world = { cluster: emptyCluster, now: 1, startedAt: 0, reloaded: { prometheus: true, alertmanager: true } };
    const scrape = { job: "job/a", host: "h", port: 1, path: "/metrics" };
    assert.equal(drillControl(source.drill).put(change(10)), true);
    assert.deepEqual(source.metrics(scrape, world), [family]);
    drillControl(source.drill).end();
    assert.deepEqual(source.metrics(scrape, world), []);
  });

  it("is refused when it cannot be understood, or would last too long", () => {
    const control = drillControl(new DrillLease());
    const bad = [undefined, {}, change(901), change(0), { ...change(1), more: 1 }, { seconds: 1, changes: [{ key: "a", families: [{ ...family, name: "a b" }] }] }];
    for (const one of bad) assert.equal(control.put(one), false, JSON.stringify(one));
  });
});
