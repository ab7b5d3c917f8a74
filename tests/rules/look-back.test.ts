import assert from "node:assert/strict";

import { rulesLookBackHours } from "../../config/defaults.ts";
import { parseDuration } from "../../config/formats.ts";
import { testedRules } from "./alerts/promtool.ts";
import { lookBackSeconds } from "./mutation/look-back.ts";

describe("how far an expression looks back", () => {
  for (const [expr, wanted] of [
    ["up == 0", "5m"],
    ["max_over_time(up[2h])", "2h5m"],
    ["max_over_time(up[2h] offset 30m)", "2h35m"],
    ["up offset 1d or max_over_time(up[1h])", "1d5m"],
    ["max_over_time(timestamp(sum_over_time(up[10m]) > 0)[45m:1m])", "1h"],
    ["vector(1)", "0s"],
  ] as const) {
    it(`${expr}: ${wanted}`, () => {
      assert.equal(lookBackSeconds(expr), parseDuration(wanted));
    });
  }

  it("is in no rule more than Prometheus must keep, and in one nearly as much", () => {
    const hours = Object.values(testedRules()).flatMap((groups) =>
      groups.flatMap(({ rules }) => rules.map(({ expr }) => lookBackSeconds(expr) / 3_600)),
    );
    assert.ok(Math.max(...hours) <= rulesLookBackHours, `a rule looks back ${Math.max(...hours)} h`);
    assert.ok(Math.max(...hours) > rulesLookBackHours - 2, "the settings ask for more than the rules need");
  });
});
