/** Which stacks, and in which order. Pure. */
import { nearest } from "../../config/problems.ts";
import { UsageError } from "../usage-error.ts";

/** The order of the environments unless another one is given. */
export const defaultOrder = ["dev", "staging", "prod"] as const;

/** A stack's name as Pulumi takes it, also with its organisation and its project before it. */
const stackName = /^(?:[\w.-]{1,100}\/){0,2}[\w.-]{1,100}$/;

const usage = "Name them like this: --stack dev,prod, or take every one there is: --all";

/**
 * `--stack` and `--all` as a selection.
 *
 * @param stack comma-separated names
 * @throws UsageError when both or none are given, and for a name that is none or stands there twice
 */
export function parseSelection({ stack, all }: { readonly stack?: string | undefined; readonly all?: boolean | undefined }): readonly string[] | "all" {
  if (all === true && stack !== undefined) throw new UsageError("--stack and --all are both given: either some stacks are meant or all.", usage);
  if (all === true) return "all";
  if (stack === undefined) throw new UsageError("No stack is named.", usage);
  return checkNames(splitNames(stack));
}

/** `a, b` as its names; empty ones stay, so that they are told. */
export function splitNames(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

/** @throws UsageError for a name that is none, for one that stands there twice, and for none at all */
export function checkNames(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw new UsageError("No stack is named.", usage);
  const wrong = names.find((name) => !stackName.test(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `${JSON.stringify(wrong)} is not the name of a stack: letters, digits, dots, hyphens and underscores make one.`,
      usage,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`The stack ${twice} is named twice.`, "Name each once.");
  return names;
}

/** The last part of a name with organisation and project: what its file is called after. */
export function shortName(stack: string): string {
  return stack.split("/").at(-1) ?? stack;
}

/** Names in the order of the environments; those that `order` does not have come last, by name. */
export function inOrder(names: readonly string[], order: readonly string[] = defaultOrder): string[] {
  const rank = (name: string) => {
    const index = order.indexOf(shortName(name));
    return index < 0 ? order.length : index;
  };
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * The selected stacks, all of which exist.
 *
 * @param existing names of the backend's stacks
 * @throws UsageError that names every unknown one with the nearest that exists
 */
export function existingStacks(selection: readonly string[] | "all", existing: readonly string[], order?: readonly string[]): string[] {
  if (selection === "all") {
    if (existing.length === 0) {
      throw new UsageError("There is no stack in this backend.", "Make one: npm run belfry -- init --stack dev");
    }
    return inOrder(existing, order);
  }
  const unknown = selection.filter((name) => !existing.includes(name));
  if (unknown.length > 0) throw unknownStacks(unknown, existing);
  return inOrder(selection, order);
}

function unknownStacks(unknown: readonly string[], existing: readonly string[]): UsageError {
  const told = unknown.map((name) => {
    const near = nearest(name, existing);
    return `There is no stack ${name} in this backend.${near === undefined ? "" : ` Did you mean ${near}?`}`;
  });
  const there = existing.length === 0 ? "It has none yet." : `It has: ${inOrder(existing).join(", ")}.`;
  return new UsageError(told.join("\n"), `${there} To make a new one: npm run belfry -- init --stack ${unknown.join(",")}`);
}

/**
 * The stacks that are to be made, none of which exists.
 *
 * @throws UsageError that names every one that exists
 */
export function newStacks(selection: readonly string[], existing: readonly string[], order?: readonly string[]): string[] {
  const there = selection.filter((name) => existing.includes(name));
  if (there.length > 0) {
    throw new UsageError(
      there.map((name) => `The stack ${name} exists already.`).join("\n"),
      `Look at it: npm run belfry -- status --stack ${there.join(",")}`,
    );
  }
  return inOrder(selection, order);
}
