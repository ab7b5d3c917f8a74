import assert from "node:assert/strict";
import { judge } from "../../../bench/figures.ts";
import { alignColumns, amount, figureTable } from "../../../bench/table.ts";

describe("the table", () => {
  it("tells amounts with three or four digits", () => {
    assert.deepEqual(
      [amount(831.4, "ms"), amount(999.5, "ms"), amount(1314, "ms"), amount(20_140, "ms"), amount(12, "s"), amount(179.6, "MiB")],
      ["831 ms", "1.00 s", "1.31 s", "20.1 s", "12 s", "180 MiB"],
    );
  });

  it("aligns columns without spaces at the ends of lines", () => {
    assert.equal(alignColumns([["a", "bb"], ["ccc", ""], ["", "d"]]), "a    bb\n---  --\nccc\n     d\n");
  });

  it("has a line for each figure", () => {
    const sources = { providers: "published", charts: "published" } as const;
    const figures = [
      judge(
        {
          name: "up", unit: "ms", samples: [2000, 4000, 3000], against: { name: "helm", samples: [2500] },
          target: { of: "ratio", atMost: 1 },
        },
        sources,
      ),
      judge({ name: "start", unit: "ms", samples: [900], target: { of: "median", atMost: 60_000 } }, sources),
      judge({ name: "memory", unit: "MiB", samples: [] }, sources),
    ];
    assert.equal(
      figureTable(figures),
      [
        "figure  median        smallest to largest           against      ratio  target                taken with",
        "------  ------------  ----------------------------  -----------  -----  --------------------  -------------------------",
        "up      3.00 s        2.00 s to 4.00 s (3 samples)  helm 2.50 s  1.20   at most 1.00: missed  real providers and charts",
        "start   900 ms        1 sample                                          at most 60.0 s: met   real providers and charts",
        "memory  not measured                                                                          real providers and charts",
        "",
      ].join("\n"),
    );
  });
});
