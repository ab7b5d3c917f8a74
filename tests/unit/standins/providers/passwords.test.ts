import assert from "node:assert/strict";
import { password, passwordProvider } from "../../../../sandbox/standins/providers/passwords.ts";
import { isSecret, type WireObject } from "../../../../sandbox/standins/providers/wire.ts";

const urn = "urn:pulumi:dev::belfry::a:b:C$random:index/randomPassword:RandomPassword::grafana";
const signal = new AbortController().signal;

describe("a random password", () => {
  it("has the length, and characters of the classes that are on", () => {
    for (let round = 0; round < 50; round++) {
      assert.match(password({ length: 40, special: false }), /^[A-Za-z0-9]{40}$/);
      assert.match(
        password({ length: 10, lower: false, upper: false, numeric: false, overrideSpecial: "._" }),
        /^[._]{10}$/,
      );
      assert.match(password({ length: 8, number: false, special: false }), /^[A-Za-z]{8}$/);
    }
  });

  it("has the least number of each class", () => {
    for (let round = 0; round < 50; round++) {
      const made = password({ length: 8, minUpper: 2, minNumeric: 3, minSpecial: 3, overrideSpecial: "!" });
      assert.deepEqual(
        [made.match(/[A-Z]/g)?.length, made.match(/[0-9]/g)?.length, made.match(/!/g)?.length],
        [2, 3, 3],
      );
    }
  });

  it("is refused where its inputs contradict each other", () => {
    assert.throws(() => password({ length: 0 }), { message: "length must be at least 1" });
    assert.throws(() => password({ length: 2, minLower: 3 }), {
      message: "length must be at least the sum of the minimums, 3",
    });
    const off = { lower: false, upper: false, numeric: false, special: false };
    assert.throws(() => password({ length: 2, ...off }), { message: "every class of characters is switched off" });
  });

  it("is a secret in the state, unknown in a preview and made anew for every changed input", async () => {
    const provider = passwordProvider("1.0.0");
    const request = { urn, news: { length: 12 }, timeoutSeconds: 0, signal };
    const { id, state } = await provider.create({ ...request, preview: false });
    assert.equal(id, "none");
    assert.equal(isSecret(state["result"]), true);
    const preview: WireObject = (await provider.create({ ...request, preview: true })).state;
    assert.equal("result" in preview, false);
    const oldInputs = { length: 12, keepers: { a: "1" } };
    const { changes } = await provider.diff({ urn, id, oldInputs, news: { length: 12, keepers: { a: "2" } } });
    assert.deepEqual(changes, [{ path: ["keepers", "a"], kind: "update", before: "1", after: "2", replaces: true }]);
  });

  it("is all that the stand-in makes", () => {
    const provider = passwordProvider("1.0.0");
    const other = "urn:pulumi:dev::belfry::random:index/randomPet:RandomPet::name";
    assert.throws(() => provider.check({ urn: other, olds: {}, news: {}, randomSeed: new Uint8Array() }), {
      message: "the stand-in for Pulumi's random provider makes passwords and strings only, not random:index/randomPet:RandomPet",
    });
  });
});
