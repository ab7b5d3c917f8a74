import assert from "node:assert/strict";
import { constant, exposition, openMetrics, overlaid, recorded, shifted } from "../../../automation/drill/series.ts";

const up = { __name__: "up", job: "a" };

describe("series of a drill", () => {
  it("are written as promtool reads them, series of one name together", () => {
    const span = { from: 60, to: 120, step: 30 };
    const text = openMetrics([
      { series: [constant(up, 1), constant({ __name__: "other" }, 2)], span },
      { series: [{ labels: { ...up, job: 'b"\\\n' }, at: (time) => (time < 120 ? undefined : Number.NaN) }], span },
    ]);
    assert.deepEqual(text.split("\n"), [
      'up{job="a"} 1 60',
      'up{job="a"} 1 90',
      'up{job="a"} 1 120',
      'up{job="b\\"\\\\\\n"} NaN 120',
      "other 2 60",
      "other 2 90",
      "other 2 120",
      "# EOF",
      "",
    ]);
  });

  it("keep a later layer of the same labels, in any order of the labels", () => {
    const layers = overlaid([constant({ a: "1", b: "2" }, 1), constant(up, 1)], [constant({ b: "2", a: "1" }, 5)]);
    assert.deepEqual(layers.map(({ labels, at }) => [labels, at(0)]), [
      [{ b: "2", a: "1" }, 5],
      [up, 1],
    ]);
  });

  it("can be moved in time, and have values at their own times only", () => {
    const moved = shifted(recorded(up, [[100, 7]]), 30);
    assert.deepEqual([100, 130, 131].map(moved.at), [undefined, 7, undefined]);
  });

  it("are scraped without labels of the drill's own exporter", () => {
    const series = [constant({ __name__: "x" }, Infinity), constant(up, 0), { labels: up, at: () => undefined }];
    assert.equal(exposition(series, 0), 'x{job="",instance=""} +Inf\nup{job="a",instance=""} 0\n');
  });
});
