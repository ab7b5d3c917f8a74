/**
 * Secrets in what is compared: taken out of reach when it is read, so that nothing that is printed later can hold one. They can
 * still be told apart. Pure.
 */
import { isRecord } from "../../config/secrets.ts";

/** A value that is compared and never shown. */
export class Hidden {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  equals(other: Hidden): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return "<secret>";
  }

  toJSON(): string {
    return "<secret>";
  }
}

/** What `belfry render` writes in the place of a secret: it says which one, and nothing of it. */
const mark = /^<secret( [^<>]*)?>$/;

const secretName = /(?:^|[a-z_.-])(?:password|passwd|passphrase|token|secret|secretkey|api_?key|private_?key|webhook_?url)$/i;
/** Names of Secrets, not secrets. */
const reference = /^(?:existing|tls|image|auth|cert)_?secret$|secret_?name$/i;
/** How Grafana's settings name a variable or a file that holds the secret. */
const indirect = /^\$(?:__env|__file)?\{[^{}]*\}$/;

/** Replaces every secret in an object: all contents of a Secret, and elsewhere what stands under the name of a credential. */
export function hideSecrets(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole = body["kind"] === "Secret" ? ["data", "stringData"] : [];
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, whole.includes(key) ? hideAll(value) : hideNamed(key, value)]),
  );
}

function hideAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideAll);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hideAll(member)]));
  return hide(value);
}

/** @param name under which the value stands */
export function hideNamed(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => hideNamed("", member));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hideNamed(key, member)]));
  if (typeof value !== "string") return value;
  if (value !== "" && secretName.test(name) && !reference.test(name) && !indirect.test(value)) return hide(value);
  return withoutLogins(value);
}

function hide(value: unknown): unknown {
  if (typeof value === "string" && mark.test(value)) return value;
  return value === null || value === undefined || value === "" ? value : new Hidden(typeof value === "string" ? value : JSON.stringify(value));
}

/** Addresses with a login in them, and Slack's webhooks, which are secrets wherever they stand. */
function withoutLogins(text: string): unknown {
  return /:\/\/[^\s/"'@:]+:[^\s/"'@]+@|hooks\.slack\.com\/(?:services|workflows|triggers)\/\w/.test(text) ? new Hidden(text) : text;
}
