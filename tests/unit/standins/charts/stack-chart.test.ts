import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";

import { charts } from "../../../../config/versions.ts";
import { chartValueKeys, unknownValueKeys, upstreamDirectory } from "../../../../config/upstream/value-keys.ts";
import { stackChart } from "../../../../sandbox/standins/charts/sources.ts";

interface Alert {
  readonly alert: string;
  readonly severity: string;
  readonly for?: string | null;
}

const directory = join(import.meta.dirname, "../../../../sandbox/standins/charts/kube-prometheus-stack");
const text = (name: string) => readFile(join(directory, name), "utf8");

describe("the stand-in for kube-prometheus-stack", () => {
  it("has alerts of the real chart only, in the same group, with the same severity and duration", async () => {
    const file = join(upstreamDirectory, `kube-prometheus-stack-${charts.kubePrometheusStack.version}-alerts.json`);
    const real = JSON.parse(await readFile(file, "utf8")) as (Alert & { readonly group: string })[];
    const known = new Set(real.map((rule) => [rule.group, rule.alert, rule.severity, rule.for ?? "at once"].join(" ")));
    const { groups } = parse(await text("rules.yaml")) as { groups: { name: string; rules: Alert[] }[] };
    const own = groups.flatMap(({ name, rules }) =>
      rules.map((rule) => [name, rule.alert, rule.severity, rule.for ?? "at once"].join(" ")),
    );
    assert.deepEqual(own.filter((rule) => !known.has(rule)), []);
    assert.deepEqual(own.length, new Set(own).size);
    for (const name of ["Watchdog", "InfoInhibitor", "TargetDown"]) {
      assert.ok(groups.some(({ rules }) => rules.some(({ alert }) => alert === name)), name);
    }
  });

  it("has the switch of every group of its rules", async () => {
    const { groups } = parse(await text("rules.yaml")) as { groups: { key: string }[] };
    const keys = await chartValueKeys(charts.kubePrometheusStack);
    const switches = Object.fromEntries(groups.map(({ key }) => [key, true]));
    assert.deepEqual(unknownValueKeys(keys, { defaultRules: { rules: switches } }), []);
  });

  it("names no key in its defaults and its refusals that the real chart does not have", async () => {
    const keys = await chartValueKeys(charts.kubePrometheusStack);
    assert.deepEqual(unknownValueKeys(keys, parse(await text("defaults.yaml"))), []);
    const refused = (await text("unsupported.txt")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const nested = refused.map((path) =>
      path.split(".").reduceRight<unknown>((value, name) => ({ [name]: value }), true),
    );
    assert.deepEqual(nested.flatMap((values) => unknownValueKeys(keys, values)), []);
    assert.deepEqual(refused, [...new Set(refused)].sort());
  });

  it("has the pinned versions and knows those of its subcharts", async () => {
    const chart = await stackChart();
    assert.equal(chart.version, charts.kubePrometheusStack.version);
    assert.deepEqual(parse(chart.files.get("Chart.yaml") ?? ""), {
      apiVersion: "v2",
      name: "kube-prometheus-stack",
      version: "88.5.3",
      type: "application",
      annotations: { "belfry.dev/stand-in": "true" },
      description: "Stand-in for the chart kube-prometheus-stack in Belfry's sandbox",
      appVersion: "v0.93.1",
      kubeVersion: ">=1.25.0-0",
    });
    assert.deepEqual(parse(chart.files.get("subcharts.yaml") ?? ""), {
      grafana: { version: "12.11.1", appVersion: "13.2.0" },
      "kube-state-metrics": { version: "8.4.0", appVersion: "2.20.0" },
      "prometheus-node-exporter": { version: "4.56.1", appVersion: "1.12.1" },
    });
  });
});
