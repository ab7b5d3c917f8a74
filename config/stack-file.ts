/**
 * Reads `Pulumi.<stack>.yaml` without Pulumi and without its passphrase, for what needs the settings but no secret:
 * every encrypted secret, and every one that is missing, becomes a well-formed placeholder. Pure.
 */
import { basename } from "node:path";

import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { ErrorCode } from "yaml";

import type { RawConfig } from "./load.ts";
import { isRecord, neededSecrets, secretKindOf } from "./secrets.ts";
import { UserError } from "./user-error.ts";

/** Stands for an encrypted value inside a list or map. */
const masked = "masked";

/** The stack's name from the name of its file, `Pulumi.<stack>.yaml`. */
export function stackOfFile(file: string): string {
  const match = /^Pulumi\.(.+)\.ya?ml$/.exec(basename(file));
  if (match?.[1] === undefined) {
    throw new UserError(`${file} is not a stack file.`, "A stack file is called Pulumi.<stack>.yaml.");
  }
  return match[1];
}

/**
 * @param text content of the stack file
 * @param file its name, for the stack's name and for messages
 * @throws UserError with file and line when the file cannot be read as a stack file
 */
export function stackFileConfig(text: string, file: string): RawConfig {
  const stack = stackOfFile(file);
  const entries = readEntries(text, file);
  const values: Record<string, string> = {};
  const secretKeys = new Set<string>();
  for (const { key, value } of entries) {
    const { plain, encrypted } = mask(value);
    const kind = secretKindOf(key);
    if (encrypted) {
      secretKeys.add(key);
    }
    if (isEncrypted(value) && kind === undefined && key.startsWith("belfry:")) {
      throw new UserError(
        `${key} in ${file} is encrypted, but it is not a secret; without the passphrase it cannot be read.`,
        `Set it in plain text: pulumi config set ${key} VALUE --stack ${stack}`,
      );
    }
    values[key] = isEncrypted(value) && kind !== undefined ? kind.placeholder : asText(plain);
  }
  const needed = neededSecrets(
    Object.fromEntries(
      ["receivers", "smtp", "logs", "probes", "falco", "grafana", "prometheus", "alertmanager"].map((name) => [
        name,
        json(values[`belfry:${name}`]),
      ]),
    ),
  );
  for (const { key, kind } of needed.filter((secret) => !Object.hasOwn(values, secret.key))) {
    values[key] = kind.placeholder;
    secretKeys.add(key);
  }
  return { stack, values, secretKeys, sandbox: false };
}

const mend = "Mend the line and run the command again.";

interface Entry {
  readonly key: string;
  readonly value: unknown;
}

function readEntries(text: string, file: string): Entry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => `${file}, line ${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error !== undefined) {
    throw new UserError(`${lineOf(error.pos[0])}: ${reason(error.code)}.`, mend);
  }
  if (document.contents === null) {
    return [];
  }
  if (!isMap(document.contents)) {
    throw new UserError(`${file} is not a stack file: it holds no map.`, "Its settings stand below the key config.");
  }
  const config = document.get("config", true);
  if (config === undefined || config === null || (isScalar(config) && config.value === null)) {
    return [];
  }
  if (!isMap(config)) {
    throw new UserError(`${file}: config is not a map.`, "Write one setting per line below it: belfry:platform: eks");
  }
  return config.items.map((pair): Entry => {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    const offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    // Pulumi takes `belfry:config:key`, the form of its old files, for `belfry:key`.
    const [, namespace, key] = /^([^:]+):(?:config:)?([^:]+)$/.exec(name) ?? [];
    if (namespace === undefined || key === undefined) {
      throw new UserError(
        `${lineOf(offset)}: ${JSON.stringify(name)} is not the key of a setting.`,
        "Put the project's name before it: belfry:platform",
      );
    }
    try {
      const value: unknown = isNode(pair.value) ? pair.value.toJS(document) : pair.value;
      return { key: `${namespace}:${key}`, value };
    } catch (error) {
      // Aliases are followed only now: one may lead nowhere, or to itself.
      throw new UserError(`${lineOf(offset)}: an alias (*name) in ${namespace}:${key} leads nowhere.`, mend, {
        cause: error,
      });
    }
  });
}

/** What an error of the YAML reader means. Its own texts quote the file, which may hold a secret. */
function reason(code: ErrorCode): string {
  const reasons: Partial<Record<ErrorCode, string>> = {
    BAD_INDENT: "the indentation is wrong",
    DUPLICATE_KEY: "the key is there twice",
    MISSING_CHAR: "a quote, colon or bracket is missing",
    TAB_AS_INDENT: "the indentation holds a tab",
  };
  return reasons[code] ?? `not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`;
}

/** `{secure: ...}`: how Pulumi writes an encrypted value. */
function isEncrypted(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

/** The value with everything encrypted in it masked, and whether there was any. */
function mask(value: unknown): { readonly plain: unknown; readonly encrypted: boolean } {
  if (isEncrypted(value)) {
    return { plain: masked, encrypted: true };
  }
  if (Array.isArray(value)) {
    const items = value.map(mask);
    return { plain: items.map(({ plain }) => plain), encrypted: items.some(({ encrypted }) => encrypted) };
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(([name, member]) => [name, mask(member)] as const);
    return {
      plain: Object.fromEntries(members.map(([name, { plain }]) => [name, plain])),
      encrypted: members.some(([, { encrypted }]) => encrypted),
    };
  }
  return { plain: value, encrypted: false };
}

/** A value as Pulumi hands it to a program. */
function asText(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null") as unknown;
  } catch {
    return undefined;
  }
}
