import assert from "node:assert/strict";
import {
  containsAsset,
  containsSecret,
  containsUnknown,
  markSecrets,
  plain,
  plainObject,
  secret,
  secretTexts,
  textAt,
  unknown,
  withoutSecrets,
} from "../../../../sandbox/standins/providers/wire.ts";

const assetSignature = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "x" };

describe("properties on the wire", () => {
  it("are unwrapped however deep a secret stands", () => {
    const given = { a: secret({ b: [secret("x"), 1] }), c: [{ d: secret(null) }], e: unknown };
    assert.deepEqual(plainObject(given), { a: { b: ["x", 1] }, c: [{ d: null }], e: unknown });
    assert.equal(plain(secret(secret("twice"))), "twice");
  });

  it("tell secrets, unknown values and files wherever they stand", () => {
    assert.equal(containsSecret({ a: [{ b: secret(1) }] }), true);
    assert.equal(containsSecret({ a: [{ b: 1 }] }), false);
    assert.equal(containsUnknown({ a: secret([unknown]) }), true);
    assert.equal(containsUnknown({ a: [""] }), false);
    assert.equal(containsAsset({ a: [assetSignature] }), true);
    assert.equal(containsAsset({ a: secret("x") }), false);
  });

  it("are marked where the inputs were, and nowhere else", () => {
    const ins = { spec: { a: secret("x"), b: "y", list: ["1", secret("2")] }, all: secret({ z: 1 }) };
    const outs = { spec: { a: "x", b: "y", list: ["2", "1"], c: "new" }, all: { z: 2 }, status: "s" };
    assert.deepEqual(markSecrets(outs, ins), {
      spec: { a: secret("x"), b: "y", list: secret(["2", "1"]), c: "new" },
      all: secret({ z: 2 }),
      status: "s",
    });
  });

  it("of a Kubernetes Secret are marked whatever the inputs were", () => {
    const object = { apiVersion: "v1", kind: "Secret", data: { a: "eA==" }, stringData: { b: "y" }, type: "Opaque" };
    assert.deepEqual(markSecrets(object, {}), {
      ...object,
      data: secret({ a: "eA==" }),
      stringData: secret({ b: "y" }),
    });
    const other = { apiVersion: "example.com/v1", kind: "Secret", data: { a: "x" } };
    assert.deepEqual(markSecrets(other, {}), other);
  });

  it("give the texts that a message must not hold, the longest first", () => {
    const texts = secretTexts({ url: secret('say "hello"'), pin: secret("123"), open: "visible" });
    assert.deepEqual(texts, ["c2F5ICJoZWxsbyI=", 'say \\"hello\\"', 'say "hello"', "MTIz"]);
    assert.equal(
      withoutSecrets(String.raw`Invalid value: "say \"hello\"" of visible`, texts),
      'Invalid value: "[secret]" of visible',
    );
  });

  it("of a Kubernetes Secret are taken out of a message encoded and decoded", () => {
    const texts = secretTexts({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: Buffer.from("hunter22").toString("base64") },
    });
    assert.equal(withoutSecrets("hunter22 aHVudGVyMjI= v1", texts), "[secret] [secret] v1");
  });

  it("are read by path; what is empty, unknown or no text is not there", () => {
    const value = { a: { b: "x", empty: "", later: unknown, number: 1 } };
    assert.equal(textAt(value, "a", "b"), "x");
    for (const key of ["empty", "later", "number", "missing"]) assert.equal(textAt(value, "a", key), undefined, key);
    assert.equal(textAt(value, "a", "b", "c"), undefined);
  });
});
