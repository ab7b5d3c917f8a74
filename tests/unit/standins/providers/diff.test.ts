import assert from "node:assert/strict";
import fc from "fast-check";
import {
  changesBetween,
  driftedInputs,
  needsReplacement,
  pathText,
} from "../../../../sandbox/standins/providers/diff.ts";
import { immutableFields } from "../../../../sandbox/standins/providers/immutable.ts";
import { unknown, type Wire } from "../../../../sandbox/standins/providers/wire.ts";

const named = (before: Wire, after: Wire) =>
  changesBetween(before, after).map(({ path, kind }) => `${kind} ${pathText(path)}`);

describe("the difference between two inputs", () => {
  it("names every changed path in the engine's notation", () => {
    const before = {
      spec: { receivers: [{ name: "a" }, { name: "b" }], gone: { x: 1 } },
      metadata: { annotations: { "a.b/c": "1" } },
    };
    const after = { spec: { receivers: [{ name: "z" }], come: [1] }, metadata: { annotations: { "a.b/c": "2" } } };
    assert.deepEqual(named(before, after), [
      'update metadata.annotations["a.b/c"]',
      "add spec.come",
      "delete spec.gone",
      "update spec.receivers[0].name",
      "delete spec.receivers[1]",
    ]);
  });

  it("takes another type, null and a value that is not known yet for a change", () => {
    const before = { a: { b: 1 }, c: null, d: "x", f: 1 };
    assert.deepEqual(named(before, { a: [1], c: 0, d: unknown, e: unknown, f: 1 }), [
      "update a",
      "update c",
      "update d",
      "add e",
    ]);
    assert.deepEqual(named({ a: 1 }, { a: null }), ["update a"]);
  });

  it("is empty exactly for equal values", () => {
    const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes(unknown)) as fc.Arbitrary<Wire>;
    fc.assert(fc.property(json, (value) => changesBetween(value, structuredClone(value)).length === 0));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { minKeys: 1 }), (value) => {
        const [key = ""] = Object.keys(value);
        return changesBetween(value, { ...value, [key]: "another" }).length === 1;
      }),
    );
  });

  const replacing = (before: Wire, after: Wire, fields: readonly string[]) =>
    changesBetween(before, after)
      .filter((change) => needsReplacement(change, fields))
      .map(({ path }) => pathText(path));

  it("needs a new object for a change at, below or above a fixed field", () => {
    const fields = ["spec.selector", "metadata.name"];
    assert.deepEqual(replacing({ spec: { selector: { a: "1" } } }, { spec: { selector: { a: "2" } } }, fields), [
      "spec.selector.a",
    ]);
    assert.deepEqual(replacing({}, { spec: { selector: {} } }, fields), ["spec"]);
    assert.deepEqual(replacing({}, { spec: { other: {} } }, fields), []);
    assert.deepEqual(replacing({ spec: { selectors: 1 } }, { spec: { selectors: 2 } }, fields), []);
    assert.deepEqual(replacing({ metadata: { name: "a", labels: { x: "1" } } }, { metadata: { name: "b" } }, fields), [
      "metadata.name",
    ]);
  });

  it("knows the fields that the real provider does not change in place", () => {
    const closed = { secrets: false, configMaps: false };
    const open = { secrets: true, configMaps: true };
    const identity = ["metadata.name", "metadata.namespace", "apiVersion", "kind"];
    const secret = { apiVersion: "v1", kind: "Secret" };
    assert.deepEqual(immutableFields(secret, closed), [...identity, "type", "data", "stringData"]);
    assert.deepEqual(immutableFields(secret, open), [...identity, "type"]);
    assert.deepEqual(immutableFields({ ...secret, immutable: true }, open), [
      ...identity,
      "type",
      "data",
      "stringData",
    ]);
    assert.deepEqual(immutableFields({ apiVersion: "v1", kind: "ConfigMap" }, closed), [
      ...identity,
      "data",
      "binaryData",
    ]);
    assert.deepEqual(immutableFields({ apiVersion: "apps/v1", kind: "Deployment" }, closed), [
      ...identity,
      "spec.selector",
    ]);
    assert.deepEqual(immutableFields({ apiVersion: "monitoring.coreos.com/v1", kind: "Probe" }, closed), identity);
    assert.equal(
      immutableFields({ apiVersion: "v1", kind: "PersistentVolume" }, closed).includes("spec.hostPath"),
      true,
    );
  });
});

describe("inputs after a refresh", () => {
  it("stay as they were given where the cluster only writes them in another way", () => {
    const given = { spec: { storage: "1024Mi", list: [{ a: 1 }] }, stringData: { a: "x" } };
    const live = { spec: { storage: "1Gi", list: [{ a: 1, added: true }], default: 1 }, status: "x" };
    assert.deepEqual(driftedInputs(given, live, { ...live, status: "y" }), given);
  });

  it("become the cluster's where somebody changed it", () => {
    const given = { spec: { a: "1", b: "2", gone: "3", list: [{ x: 1 }, { x: 2 }], short: [1, 2] } };
    const then = { spec: { a: "1", b: "two", gone: "3", list: [{ x: 1 }, { x: 2 }], short: [1, 2] } };
    const now = { spec: { a: "9", b: "two", list: [{ x: 1 }, { x: 7 }], short: [1] } };
    assert.deepEqual(driftedInputs(given, then, now), {
      spec: { a: "9", b: "2", list: [{ x: 1 }, { x: 7 }], short: [1] },
    });
  });
});
