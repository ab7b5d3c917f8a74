/** A mark by which a pod is replaced when a secret that it got as a variable has changed. Pure. */
import { scryptSync } from "node:crypto";

import type { SecretValue } from "../../config/secret-value.ts";

/**
 * Four digits that change with the secrets. They stand in plain text, so they are too few to find a password by, and slow
 * to compute. One change in 65,536 goes unseen.
 */
export function secretStamp(secrets: readonly SecretValue[]): string {
  const text = secrets.map((secret) => secret.reveal()).join("\n");
  const salt = secrets.map(({ key }) => key).join("\n");
  return scryptSync(text, salt, 2).toString("hex");
}
