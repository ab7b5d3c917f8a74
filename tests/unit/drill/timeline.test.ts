import assert from "node:assert/strict";
import { alertLabels, episodes, firstFiring, forState } from "../../../automation/drill/timeline.ts";

const every = (from: number, to: number) => Array.from({ length: (to - from) / 30 + 1 }, (_, index) => from + index * 30);

describe("the time line of an alert", () => {
  it("fires once its expression has been true for as long as the rule asks", () => {
    const [one] = episodes({ for: 300 }, [{ labels: { a: "1" }, times: every(600, 1200) }], 30);
    assert.deepEqual(one, { labels: { a: "1" }, pending: 600, firing: 900, last: 1200 });
  });

  it("fires at once without a time, and at the next evaluation for one that is no multiple", () => {
    const times = every(600, 900);
    assert.equal(episodes({ for: 0 }, [{ labels: {}, times }], 30)[0]?.firing, 600);
    assert.equal(episodes({ for: 40 }, [{ labels: {}, times }], 30)[0]?.firing, 660);
  });

  it("begins anew after one missing evaluation, and does not fire when it ended before", () => {
    const times = [...every(600, 840), ...every(900, 1200)];
    assert.deepEqual(episodes({ for: 300 }, [{ labels: {}, times }], 30), [
      { labels: {}, pending: 600, last: 840 },
      { labels: {}, pending: 900, firing: 1200, last: 1200 },
    ]);
  });

  it("takes the first that fires after the cause", () => {
    const all = episodes(
      { for: 0 },
      [
        { labels: { a: "late" }, times: every(900, 960) },
        { labels: { a: "before" }, times: every(300, 330) },
        { labels: { a: "first" }, times: every(720, 780) },
      ],
      30,
    );
    assert.equal(firstFiring(all, 700)?.labels["a"], "first");
    assert.equal(firstFiring(all, 2000), undefined);
  });

  it("knows the labels of the alert, also where they are simple templates", () => {
    const rule = {
      alert: "Failed",
      labels: { severity: "critical", namespace: "{{ with $labels.namespace }}{{ . }}{{ else }}monitoring{{ end }}", host: "{{ $labels.instance }}" },
    };
    const labels = { __name__: "x", instance: "i" };
    assert.deepEqual(alertLabels(rule, labels), { instance: "i", severity: "critical", namespace: "monitoring", host: "i", alertname: "Failed" });
    assert.equal(alertLabels(rule, { namespace: "shop" })?.["namespace"], "shop");
    assert.equal(alertLabels({ alert: "A", labels: { x: "{{ $value }}" } }, {}), undefined);
  });

  it("keeps since when an alert is pending, as Prometheus does", () => {
    const state = forState({ alertname: "A", job: "b" }, { labels: {}, pending: 600, last: 900 });
    assert.deepEqual(state.labels, { alertname: "A", job: "b", __name__: "ALERTS_FOR_STATE" });
    assert.deepEqual([570, 600, 900, 930].map(state.at), [undefined, 600, 600, undefined]);
  });
});
