import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";

import { appVersions, chartValueKeys, unknownValueKeys } from "../../../../config/upstream/value-keys.ts";
import { charts } from "../../../../config/versions.ts";

const directory = join(import.meta.dirname, "..", "..", "..", "..", "sandbox", "standins", "charts");

describe("the stand-in charts of", () => {
  for (const chart of [charts.loki, charts.alloy, charts.falco]) {
    it(`${chart.name} name no key in defaults and refusals that the real chart does not have`, async () => {
      const text = (name: string) => readFile(join(directory, chart.name, name), "utf8");
      const keys = await chartValueKeys(chart);
      assert.deepEqual(unknownValueKeys(keys, parse(await text("defaults.yaml"))), []);
      const refused = (await text("unsupported.txt")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const nested = refused.map((path) =>
        path.split(".").reduceRight<unknown>((value, name) => ({ [name]: value }), true),
      );
      assert.deepEqual(nested.flatMap((values) => unknownValueKeys(keys, values)), []);
      assert.deepEqual(refused, [...new Set(refused)].sort());
    });

    it(`${chart.name} run the program's version that the pinned chart runs`, async () => {
      const rows = (await readFile(join(directory, "../../../config/upstream/app-versions.tsv"), "utf8")).split("\n");
      const row = rows.find((line) => line.startsWith(`${chart.name}\t`));
      assert.equal(row, `${chart.name}\t${chart.version}\t${(await appVersions()).get(chart.name) ?? ""}`);
    });
  }
});
