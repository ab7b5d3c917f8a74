import assert from "node:assert/strict";

import { parseValueKeys } from "../../../../config/upstream/value-keys.ts";
import { defaultValues, mergeValues, valuesSchema } from "../../../../sandbox/standins/charts/schema.ts";

const keys = parseValueKeys(
  [
    "enabled\tbool\ttrue",
    'image.tag\tstring\t"v1"',
    "image.pullSecrets\tlist\t",
    "resources\tmap\t",
    "clusterIP\tnull\tnull",
    "text\tstring\t",
    'grafana.ini.log.mode\tstring\t"console"',
  ].join("\n"),
);

describe("the values of a stand-in chart", () => {
  it("have a schema that closes maps of known keys and leaves the others open", () => {
    const scalar = { type: ["boolean", "number", "string", "null"] };
    assert.deepEqual(valuesSchema(keys), {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: ["object", "null"],
      properties: {
        enabled: scalar,
        image: { type: ["object", "null"], properties: { tag: scalar, pullSecrets: {} }, additionalProperties: false },
        resources: {},
        clusterIP: {},
        text: scalar,
        "grafana.ini": {},
      },
      additionalProperties: false,
    });
  });

  it("have the defaults that the list holds, also below open keys", () => {
    assert.deepEqual(defaultValues(keys), {
      enabled: true,
      image: { tag: "v1", pullSecrets: [] },
      resources: {},
      "grafana.ini": { log: { mode: "console" } },
    });
  });

  it("are laid over each other as Helm does", () => {
    const base = { a: { b: 1, c: [1, 2] }, d: "x" };
    const over = { a: { c: [3] }, e: { f: true } };
    assert.deepEqual(mergeValues(base, over), { a: { b: 1, c: [3] }, d: "x", e: { f: true } });
    assert.deepEqual(base, { a: { b: 1, c: [1, 2] }, d: "x" });
  });
});
