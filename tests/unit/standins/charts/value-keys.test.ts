import assert from "node:assert/strict";

import { charts } from "../../../../config/versions.ts";
import {
  chartValueKeys,
  mergeValueKeys,
  parseValueKeys,
  splitKeyPath,
  subchartPins,
  unknownValueKeys,
} from "../../../../config/upstream/value-keys.ts";

const list = [
  "enabled\tbool\ttrue",
  'image.tag\tstring\t"v1"',
  "image.pullPolicy\tstring\t",
  "replicas\tnumber\t2",
  "extra\tlist\t",
  "resources\tmap\t",
  "timeout\tnull\tnull",
  'grafana.ini.log.mode\tstring\t"console"',
  'service.annotations.prometheus.io/scrape\tstring\t"true"',
  "service.port",
  "",
].join("\n");

describe("the keys of a chart's values", () => {
  it("are split at dots, but not inside of names that hold dots", () => {
    assert.deepEqual(splitKeyPath("a.b-c.d"), ["a", "b-c", "d"]);
    assert.deepEqual(splitKeyPath("grafana.ini.log.mode"), ["grafana.ini", "log", "mode"]);
    assert.deepEqual(splitKeyPath("grafana.inigo"), ["grafana", "inigo"]);
    assert.deepEqual(splitKeyPath("nodeSelector.kubernetes.io/os"), ["nodeSelector", "kubernetes.io/os"]);
  });

  it("that are unknown are found, also nested ones", () => {
    const image = { tag: "v2", tga: "v2" };
    const values = { enabled: false, imgae: {}, image, grafana: {}, service: { port: 1, prot: 1 } };
    assert.deepEqual(unknownValueKeys(parseValueKeys(list), values), ["imgae", "image.tga", "grafana", "service.prot"]);
  });

  it("are free below maps, lists, labels and what only has a name", () => {
    const values = {
      extra: [{ any: 1 }],
      resources: { limits: { memory: "1Gi" } },
      timeout: { seconds: 1 },
      "grafana.ini": { smtp: { host: "h" } },
      service: { annotations: { mine: "x" }, port: { any: 1 } },
    };
    assert.deepEqual(unknownValueKeys(parseValueKeys(list), values), []);
  });

  it("do not exist below a single value", () => {
    const values = { enabled: { now: true }, replicas: { min: 1, max: 2 } };
    assert.deepEqual(unknownValueKeys(parseValueKeys(list), values), ["enabled.now", "replicas.min", "replicas.max"]);
  });

  it("are refused with a type that nobody knows", () => {
    assert.throws(() => parseValueKeys("a\ttext\t"), {
      message: 'unknown type in the line "a\ttext\t" of a list of value keys',
    });
  });

  it("are merged: both have their keys, the defaults of the second win", () => {
    const base = parseValueKeys("a.b\tnumber\t1\na.c\tmap\t");
    const merged = mergeValueKeys(base, parseValueKeys("a.b\tnumber\t2\nd\tbool\ttrue"));
    assert.equal(merged.children.get("a")?.children.get("b")?.value, 2);
    assert.deepEqual([...merged.children.keys()], ["a", "d"]);
    assert.deepEqual(unknownValueKeys(merged, { a: { b: 1, c: { x: 1 }, e: 1 }, d: false }), ["a.e"]);
  });
});

describe("the keys of the pinned kube-prometheus-stack", () => {
  it("have those of its subcharts below their names", async () => {
    assert.deepEqual(
      (await subchartPins("kube-prometheus-stack")).map(({ name }) => name),
      ["grafana", "kube-state-metrics", "prometheus-node-exporter"],
    );
    const keys = await chartValueKeys(charts.kubePrometheusStack);
    const values = {
      alertmanager: { enableFeatures: ["receiver-name-in-metrics"], config: { route: { receiver: "slack" } } },
      grafana: {
        "grafana.ini": { smtp: { enabled: true } },
        persistence: { storageClassName: "fast" },
        smtp: { userKey: "u" },
      },
      "kube-state-metrics": { metricLabelsAllowlist: [], resources: { requests: {} } },
      "prometheus-node-exporter": { hostNetwork: false },
    };
    assert.deepEqual(unknownValueKeys(keys, values), []);
  });

  it("lack what the chart would ignore", async () => {
    const keys = await chartValueKeys(charts.kubePrometheusStack);
    const values = {
      alertmanager: { alertmanagerSpec: { enableFeatures: ["receiver-name-in-metrics"], storageSpec: {} } },
      grafana: { adminPasword: "x", ini: {} },
      prometheus: { prometheusSpec: { retention: { time: "10d" } } },
    };
    assert.deepEqual(unknownValueKeys(keys, values), [
      "alertmanager.alertmanagerSpec.enableFeatures",
      "alertmanager.alertmanagerSpec.storageSpec",
      "grafana.adminPasword",
      "grafana.ini",
      "prometheus.prometheusSpec.retention.time",
    ]);
  });

  it("cannot be had for another version", async () => {
    const file = "config/upstream/value-keys/kube-prometheus-stack-1.0.0.tsv";
    await assert.rejects(chartValueKeys({ name: "kube-prometheus-stack", version: "1.0.0" }), {
      message: `${file} is missing: every version of a chart needs its list of keys`,
    });
  });
});
