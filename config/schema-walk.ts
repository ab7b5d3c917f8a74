/** Finds the schema of a setting by its path, for messages and for the reference. */
import { z } from "zod";

import { about, type About } from "./schema-kit.ts";
import { isRecord } from "./secrets.ts";

export type Schema = z.core.$ZodType;

/** The schema without what makes it optional. */
export function unwrap(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema;
}

export function aboutSchema(schema: Schema): About | undefined {
  return about.get(unwrap(schema));
}

/** The members of an object schema; of a choice by `type`, those of the member that `value` chose. */
export function membersOf(schema: Schema, value: unknown): Readonly<Record<string, Schema>> {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) {
    return bare.shape;
  }
  if (bare instanceof z.ZodDiscriminatedUnion) {
    const type = isRecord(value) ? value["type"] : undefined;
    const chosen = bare.options.find((option) => typeOf(option) === type);
    return chosen === undefined ? {} : membersOf(chosen, value);
  }
  return {};
}

/** The fixed value of a member's `type`, for example `slack`. */
export function typeOf(schema: Schema): unknown {
  const bare = unwrap(schema);
  const type = bare instanceof z.ZodObject ? membersOf(bare, undefined)["type"] : undefined;
  return type instanceof z.ZodLiteral ? type.value : undefined;
}

/** The schema of a list's items; of a choice, that of its list. */
export function itemOf(schema: Schema): Schema | undefined {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodArray) {
    return bare.element;
  }
  if (bare instanceof z.ZodUnion && !(bare instanceof z.ZodDiscriminatedUnion)) {
    return bare.options.map((option) => itemOf(option)).find((item) => item !== undefined);
  }
  return undefined;
}

/** What stands at a path in a value that was not checked yet. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((current, step) => {
    if (Array.isArray(current)) {
      return (current as readonly unknown[])[Number(step)];
    }
    return isRecord(current) ? current[String(step)] : undefined;
  }, value);
}

/** The schema at a path, or undefined where there is none. `value` decides which member of a choice is meant. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[], value: unknown): Schema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) {
    return schema;
  }
  const bare = unwrap(schema);
  if (bare instanceof z.ZodRecord) {
    return rest.length === 0 ? bare.valueType : undefined;
  }
  const members = membersOf(schema, value);
  const next =
    typeof step === "number" ? itemOf(schema) : Object.hasOwn(members, step) ? members[String(step)] : undefined;
  return next === undefined ? undefined : schemaAt(next, rest, valueAt(value, [step]));
}
