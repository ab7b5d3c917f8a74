/**
 * Properties as the engine and a provider send them to each other: JSON in which a secret is an object with a signature
 * and a value that is not known yet a reserved string. Pure.
 */

export type Wire = null | boolean | number | string | Wire[] | WireObject;
export interface WireObject {
  [key: string]: Wire;
}

/** Fixed by the engine's protocol (`specialSigKey`, `specialSecretSig`, `unknownValue` in the SDK's runtime/rpc). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignatures: readonly Wire[] = ["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"];

/** Stands for a value that is known only after something was created. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Texts shorter than this are not looked for when secrets are taken out of a message: they would match by chance. */
const shortestSecret = 4;

export function isObject(value: Wire | undefined): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Wire | undefined): value is WireObject {
  return isObject(value) && value[signatureKey] === secretSignature;
}

export function secret(value: Wire): WireObject {
  return { [signatureKey]: secretSignature, value };
}

/** A copy without the marks of secrets; what is unknown stays so. */
export function plain(value: Wire): Wire {
  if (isSecret(value)) return plain(value["value"] ?? null);
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? plainObject(value) : value;
}

/** {@link plain} for an object that is not a secret itself. */
export function plainObject(value: WireObject): WireObject {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

export function containsSecret(value: Wire): boolean {
  return isSecret(value) || children(value).some(containsSecret);
}

export function containsUnknown(value: Wire): boolean {
  return value === unknown || children(value).some(containsUnknown);
}

/** Files given as assets or archives. */
export function containsAsset(value: Wire): boolean {
  return (
    (isObject(value) && assetSignatures.includes(value[signatureKey] ?? null)) || children(value).some(containsAsset)
  );
}

/**
 * Marks in `outs` what is secret in `ins`. A list that holds a secret is a secret as a whole, because its elements may
 * have moved; the contents of a Kubernetes Secret always are.
 *
 * @param outs without marks
 */
export function markSecrets(outs: WireObject, ins: Wire): WireObject {
  const known = isObject(ins) ? ins : {};
  const kubernetesSecret = outs["kind"] === "Secret" && outs["apiVersion"] === "v1";
  return Object.fromEntries(
    Object.entries(outs).map(([key, out]): [string, Wire] => {
      if (kubernetesSecret && (key === "data" || key === "stringData")) return [key, secret(out)];
      const given = known[key];
      if (given === undefined || !containsSecret(given)) return [key, out];
      return [key, isObject(out) && isObject(given) && !isSecret(given) ? markSecrets(out, given) : secret(out)];
    }),
  );
}

/** Every text that must not be told: inside secrets, and inside the contents of a Kubernetes Secret, encoded or not. */
export function secretTexts(value: WireObject): string[] {
  const marked = markSecrets(plainObject(value), value);
  const texts = new Set<string>();
  const collect = (inner: Wire, inSecret: boolean): void => {
    if (typeof inner === "string" && inSecret) {
      for (const text of [inner, base64(inner), fromBase64(inner)]) {
        if (text === undefined) continue;
        texts.add(text);
        // A message may quote it.
        texts.add(JSON.stringify(text).slice(1, -1));
      }
    }
    const within = inSecret || isSecret(inner);
    for (const child of isSecret(inner) ? [inner["value"] ?? null] : children(inner)) collect(child, within);
  };
  collect(marked, false);
  return [...texts]
    .filter((text) => text.length >= shortestSecret && text !== unknown)
    .sort((a, b) => b.length - a.length);
}

/** @param texts what {@link secretTexts} gave: the longest first */
export function withoutSecrets(message: string, texts: readonly string[]): string {
  return texts.reduce((rest, text) => rest.replaceAll(text, "[secret]"), message);
}

/** The value at a path of keys, or undefined. */
export function at(value: Wire | undefined, ...path: string[]): Wire | undefined {
  let current: Wire | undefined = value;
  for (const key of path) current = isObject(current) ? current[key] : undefined;
  return current;
}

/** The text at a path of keys; undefined also for what is not a text, is empty or is not known yet. */
export function textAt(value: Wire | undefined, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" && found !== unknown ? found : undefined;
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** @returns undefined for what is not base64 of a text */
function fromBase64(text: string): string | undefined {
  const decoded = Buffer.from(text, "base64").toString("utf8");
  return base64(decoded) === text ? decoded : undefined;
}

function children(value: Wire): Wire[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}
