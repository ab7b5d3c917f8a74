/** Names and types of resources. Pure but for random names. */
import { createHash, randomBytes } from "node:crypto";

/** `prefix-1a2b3c4d`; the same for the same seed, which the engine keeps from a preview to what follows it. */
export function autoName(prefix: string, seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return `${prefix}-${bytes.toString("hex").slice(0, 8)}`;
}

/** The resource's name in the program: the last part of its URN. */
export function logicalName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's own type, without those of its parents: `kubernetes:core/v1:Secret`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** apiVersion and kind of a type of the Kubernetes package. */
export function kubernetesType(urn: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = typeOf(urn).split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

/** `namespace/name`, or the name alone where there is no namespace. */
export function objectId(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function parseObjectId(id: string): { namespace?: string; name: string } {
  const [first = "", second] = id.split("/", 2);
  return second === undefined ? { name: first } : { namespace: first, name: second };
}
