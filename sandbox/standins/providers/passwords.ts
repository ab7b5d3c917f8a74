/** `random.RandomString`, and `random.RandomPassword` without its bcrypt hash, which Node.js cannot make. */
import { randomInt } from "node:crypto";
import { changesBetween } from "./diff.ts";
import { typeOf } from "./naming.ts";
import type { Provider } from "./provider.ts";
import { markSecrets, plainObject, secret, textAt, type WireObject } from "./wire.ts";

const classes = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

type CharacterClass = keyof typeof classes;

const minimumOf = { lower: "minLower", upper: "minUpper", numeric: "minNumeric", special: "minSpecial" } as const;

/**
 * @param inputs of a RandomPassword, without marks of secrets
 * @param random a number from 0 up to and without its argument
 * @throws Error when the inputs contradict each other
 */
export function password(inputs: WireObject, random: (below: number) => number = randomInt): string {
  const length = inputs["length"];
  if (typeof length !== "number" || length < 1) throw new Error("length must be at least 1");
  const characters = (name: CharacterClass) =>
    (name === "special" ? textAt(inputs, "overrideSpecial") : undefined) ?? classes[name];
  const isOn = (name: CharacterClass) =>
    (inputs[name] ?? (name === "numeric" ? inputs["number"] : undefined) ?? true) === true;
  const names = Object.keys(classes) as CharacterClass[];
  const pool = names.filter(isOn).map(characters).join("");
  const required = names.flatMap((name) => {
    const minimum = inputs[minimumOf[name]];
    return Array.from({ length: typeof minimum === "number" ? minimum : 0 }, () => characters(name));
  });
  if (required.length > length) throw new Error(`length must be at least the sum of the minimums, ${required.length}`);
  if (pool === "" && required.length < length) throw new Error("every class of characters is switched off");
  const sets = [...required, ...Array.from({ length: length - required.length }, () => pool)];
  const chosen = sets.map((set) => set.charAt(random(set.length)));
  for (let index = chosen.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [chosen[index], chosen[other]] = [chosen[other] ?? "", chosen[index] ?? ""];
  }
  return chosen.join("");
}

const passwordType = "random:index/randomPassword:RandomPassword";
const stringType = "random:index/randomString:RandomString";

/** Every changed input makes a new password, as with the real provider. */
export function passwordProvider(version: string): Provider {
  const known = (urn: string) => {
    if (typeOf(urn) !== passwordType && typeOf(urn) !== stringType) {
      throw new Error(`the stand-in for Pulumi's random provider makes passwords and strings only, not ${typeOf(urn)}`);
    }
  };
  return {
    version,
    configure: () => Promise.resolve(),
    check: ({ urn, news }) => {
      known(urn);
      return Promise.resolve({ inputs: news });
    },
    diff: ({ oldInputs, news }) => {
      const changes = changesBetween(plainObject(oldInputs), plainObject(news));
      return Promise.resolve({
        changes: changes.map((change) => ({ ...change, replaces: true })),
        deleteBeforeReplace: false,
      });
    },
    create: ({ urn, news, preview }) => {
      const inputs = plainObject(news);
      const defaults = { lower: true, upper: true, number: true, numeric: true, special: true };
      const minimums = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
      const state = markSecrets({ ...defaults, ...minimums, ...inputs }, news);
      if (preview) return Promise.resolve({ id: "none", state });
      const result = password(inputs);
      // The result of a RandomString is no secret, and its id.
      return typeOf(urn) === stringType
        ? Promise.resolve({ id: result, state: { ...state, result } })
        : Promise.resolve({ id: "none", state: { ...state, result: secret(result) } });
    },
    update: () => Promise.reject(new Error("a password is never changed in place")),
    read: ({ id, state, inputs }) => Promise.resolve({ id, state, inputs }),
    delete: () => Promise.resolve(),
  };
}
