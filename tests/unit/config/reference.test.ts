import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { configurationReference, referenceFile } from "../../../config/reference.ts";
import { settingsSchema } from "../../../config/schema.ts";
import { aboutSchema, itemOf, membersOf, unwrap, type Schema } from "../../../config/schema-walk.ts";

interface Setting {
  readonly path: string;
  readonly schema: Schema;
}

/** Every setting and every member of one, with lists' items as `[]`. */
function everySetting(path: string, schema: Schema): Setting[] {
  const bare = unwrap(schema);
  const item = itemOf(schema);
  const inside = [
    ...Object.entries(membersOf(schema, undefined)).map(([name, member]) => ({
      path: `${path}.${name}`,
      schema: member,
    })),
    ...(item === undefined ? [] : [{ path: `${path}[]`, schema: item }]),
    ...(bare instanceof z.ZodDiscriminatedUnion
      ? bare.options.map((option, index) => ({ path: `${path}(${index})`, schema: option }))
      : []),
  ];
  return [{ path, schema }, ...inside.flatMap((next) => everySetting(next.path, next.schema))];
}

const settings = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => everySetting(name, schema));
const documented = settings.filter(({ schema }) => !(unwrap(schema) instanceof z.ZodLiteral));

describe("the reference", () => {
  it("is up to date (if not: npm run docs)", async () => {
    const file = join(import.meta.dirname, "..", "..", "..", referenceFile);
    assert.equal(await readFile(file, "utf8"), configurationReference(), `${referenceFile} is stale: run npm run docs`);
  });

  it("knows every setting with description, form and example", () => {
    assert.equal(settings.length, 290);
    assert.deepEqual(
      documented.filter(({ schema }) => aboutSchema(schema) === undefined).map(({ path }) => path),
      [],
    );
  });

  it("has examples that the schema accepts", () => {
    const refused = documented.filter(({ path, schema }) => {
      // A real certificate would fill the page.
      const shortened = path.endsWith(".caCertificate");
      const example = parse(`value: ${aboutSchema(schema)?.example ?? ""}`) as { value: unknown };
      return !shortened && !z.safeParse(schema, example.value).success;
    });
    assert.deepEqual(
      refused.map(({ path }) => path),
      [],
    );
  });

  it("names every setting, and no platform that cannot be set", () => {
    const text = configurationReference();
    for (const { path } of documented) {
      const name = path.split(/[.[(]/)[0] ?? "";
      assert.ok(text.includes(`### \`belfry:${name}\``), path);
    }
    for (const key of ["belfry:slackWebhookUrl", "belfry:smtpPassword", "belfry:heartbeatUrl", "belfry:lokiPassword"]) {
      assert.ok(text.includes(`### \`${key}\``) && text.includes(`pulumi config set --secret ${key} --stack dev`), key);
    }
    assert.equal(/\bsandbox\b/.test(text), false);
  });
});
