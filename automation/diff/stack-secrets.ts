/** Which secrets of a stack file are set, told apart by their ciphertexts. Pure. */
import { parse } from "yaml";
import { isRecord, secretKindOf } from "../../config/secrets.ts";
import type { SecretChange } from "./model.ts";
import { same } from "./paths.ts";
import { Hidden } from "./secret.ts";

/** What a stack file says of its secrets; no value can be read from it. */
export interface StackSecrets {
  readonly byKey: ReadonlyMap<string, Hidden>;
  /** What they are encrypted with. */
  readonly encryption: Hidden;
}

/** Where Pulumi keeps the way to the key of a stack's secrets. */
const encryptionKeys = ["secretsprovider", "encryptedkey", "encryptionsalt"];

/** @returns undefined when the file cannot be read as a stack file; its rendering says why */
export function stackSecrets(text: string): StackSecrets | undefined {
  let file: unknown;
  try {
    file = parse(text, { logLevel: "error" });
  } catch {
    return undefined;
  }
  if (!isRecord(file)) return undefined;
  const byKey = new Map<string, Hidden>();
  for (const [key, value] of Object.entries(isRecord(file["config"]) ? file["config"] : {})) {
    const setting = key.replace(/^([^:]+):config:/, "$1:");
    collect(setting, value, byKey);
    // In plain text it is refused by the program, and is one all the same.
    if (secretKindOf(setting) !== undefined && typeof value === "string") byKey.set(setting, new Hidden(value));
  }
  return { byKey, encryption: new Hidden(JSON.stringify(encryptionKeys.map((key) => file[key] ?? null))) };
}

function collect(key: string, value: unknown, found: Map<string, Hidden>): void {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) collect(`${key}[${String(index)}]`, item, found);
  if (!isRecord(value)) return;
  const { secure } = value;
  if (typeof secure === "string" && Object.keys(value).length === 1) found.set(key, new Hidden(secure));
  else for (const [name, member] of Object.entries(value)) collect(`${key}.${name}`, member, found);
}

const setAnew = "encrypted anew: whether the value differs cannot be seen without the stack's key";

/** A ciphertext is new each time a value is set, so a changed one says that somebody set it. */
export function secretChanges(before: StackSecrets, after: StackSecrets): SecretChange[] {
  const rekeyed = !same(before.encryption, after.encryption) && before.byKey.size > 0;
  const keys = [...new Set([...before.byKey.keys(), ...after.byKey.keys()])].sort();
  const changes = keys.flatMap((key): SecretChange[] => {
    const [old, now] = [before.byKey.get(key), after.byKey.get(key)];
    if (same(old, now)) return [];
    const note = elsewhere(key);
    if (old === undefined) return [{ key, change: "added", ...(note === undefined ? {} : { note }) }];
    if (now === undefined) return [{ key, change: "removed" }];
    return rekeyed ? [] : [{ key, change: "changed", note: note === undefined ? setAnew : `${setAnew}; ${note}` }];
  });
  if (!rekeyed) return changes;
  return [{ key: "all secrets", change: "changed", note: "the key changes with which the stack's secrets are encrypted, so which values differ cannot be seen" }, ...changes];
}

function elsewhere(key: string): string | undefined {
  const kind = secretKindOf(key)?.receiver;
  return kind === undefined ? undefined : "it is where this receiver's messages go";
}
