/**
 * Every single setting of the parts beside the stack itself, once written wrong: what is refused, with the whole message. What
 * several settings must agree on, and further wrong values, stand in the tests of each part.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import type { RawConfig } from "../../../config/load.ts";
import { settingsSchema } from "../../../config/schema.ts";
import { itemOf, membersOf, unwrap, type Schema } from "../../../config/schema-walk.ts";
import { isRecord } from "../../../config/secrets.ts";
import { stackFileConfig } from "../../../config/stack-file.ts";
import { configError } from "./helpers.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");

/** File with the cases, and the settings that they are about. */
const parts = {
  trivy: ["trivy", "demo"],
  falco: ["falco"],
  probes: ["probes", "scrapeTargets"],
  grafana: ["grafana"],
  exposure: ["prometheus", "alertmanager"],
  logs: ["logs"],
} as const;

interface Case {
  /** By path; null takes a setting away. The last one is the wrong one. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Paths of a setting and everything in it, with `[0]` for the items of lists and `team` for the members of open maps. */
function pathsOf(path: string, schema: Schema): string[] {
  const bare = unwrap(schema);
  const item = itemOf(schema);
  return [
    path,
    ...Object.entries(membersOf(schema, undefined)).flatMap(([name, member]) => pathsOf(`${path}.${name}`, member)),
    ...(bare instanceof z.ZodRecord ? pathsOf(`${path}.team`, bare.valueType) : []),
    ...(item === undefined ? [] : pathsOf(`${path}[0]`, item)),
  ];
}

/** The same settings with one changed. */
function changed(settings: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(settings)) {
    return (settings as readonly unknown[]).map((item, index) => (String(index) === step ? changed(item, rest, value) : item));
  }
  const before = isRecord(settings) ? settings : {};
  return { ...before, [step]: changed(before[step], rest, value) };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withChanges(base: RawConfig, set: Case["set"]): RawConfig {
  const values = { ...base.values };
  for (const [path, value] of Object.entries(set)) {
    const [name = "", ...steps] = path.replaceAll("[", ".").replaceAll("]", "").split(".");
    const key = `belfry:${name}`;
    const next = changed(decoded(values[key] ?? "{}"), steps, value ?? undefined);
    values[key] = typeof next === "string" ? next : JSON.stringify(next);
  }
  return { ...base, values };
}

describe("a setting that is written wrong", () => {
  for (const [part, settings] of Object.entries(parts)) {
    describe(`of ${part}`, () => {
      let base: RawConfig;
      let cases: readonly Case[];
      before(async () => {
        const everything = await readFile(join(checkout, "docs/examples/Pulumi.everything.yaml"), "utf8");
        base = stackFileConfig(everything, "Pulumi.dev.yaml");
        cases = parse(await readFile(join(import.meta.dirname, "constraints", `${part}.yaml`), "utf8")) as Case[];
      });

      it("is refused with the whole message", () => {
        for (const { set, message } of cases) {
          const count = message.split("\n\n").length;
          const head = `${count === 1 ? "1 problem" : `${count} problems`} in the settings of stack dev:`;
          const whole = `${head}\n\n${message}\n\n  Nothing was created or changed.`;
          assert.equal(configError(withChanges(base, set)).message, whole, JSON.stringify(set));
        }
      });

      it("is each of those that the schema has, and is what the message is about", () => {
        const tried = cases.map(({ set }) => Object.keys(set).at(-1) ?? "");
        assert.deepEqual(tried, settings.flatMap((name) => pathsOf(name, settingsSchema.shape[name])));
        for (const [index, { message }] of cases.entries()) {
          assert.ok(message.split("\n").some((line) => line.startsWith(`belfry:${tried[index] ?? ""}: `)), message);
        }
      });
    });
  }
});
