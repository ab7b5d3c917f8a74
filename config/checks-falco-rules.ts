/** Whether Falco will take its rules: lists of equal length, rules that exist, names that are unique. Pure. */
import { listComps, stockRules } from "./falco-rules.ts";
import { nearest, settingKey, type Problem } from "./problems.ts";
import { isRecord, itemsOf } from "./secrets.ts";

type Path = readonly PropertyKey[];

/** @param rules the setting as it was written, not checked yet */
export function checkFalcoRules(rules: unknown): Problem[] {
  if (!isRecord(rules)) {
    return [];
  }
  const own = itemsOf(rules["custom"]).map((rule) => (isRecord(rule) ? rule["rule"] : undefined));
  const known = [...stockRules, ...own.filter((name) => typeof name === "string")];
  const exceptions = itemsOf(rules["exceptions"]);
  return [
    ...exceptions.flatMap((exception, index) =>
      isRecord(exception)
        ? [
            ...unknownRule(["exceptions", index, "rule"], exception["rule"], known),
            ...sameName(exceptions, index),
            ...lengths(exception, ["exceptions", index]),
          ]
        : [],
    ),
    ...own.flatMap((name, index) => ownName(own, index, name)),
    ...itemsOf(rules["disabled"]).flatMap((name, index) => unknownRule(["disabled", index], name, stockRules)),
  ];
}

function unknownRule(path: Path, name: unknown, known: readonly string[]): Problem[] {
  if (typeof name !== "string" || name === "" || known.includes(name)) {
    return [];
  }
  const proposal = nearest(name, known);
  return [
    problem(
      path,
      `${JSON.stringify(name)} is no rule of the pinned rules nor of rules.custom, and Falco would not start.${
        proposal === undefined ? "" : ` Did you mean ${proposal}?`
      }`,
      "Name a rule of config/falco-rules.ts, or add the rule to: rules: {custom: [...]}",
    ),
  ];
}

function ownName(own: readonly unknown[], index: number, name: unknown): Problem[] {
  if (typeof name !== "string") {
    return [];
  }
  const path = ["custom", index, "rule"];
  if (stockRules.includes(name)) {
    const fix = "Give it a name of its own, and switch Falco's rule off: rules: {disabled: [...]}";
    return [problem(path, `${JSON.stringify(name)} is already a rule of Falco's own.`, fix)];
  }
  const first = own.indexOf(name);
  return first < index
    ? [problem(path, `is the same as ${key(["custom", first, "rule"])}.`, "Give every rule a name of its own.")]
    : [];
}

function sameName(exceptions: readonly unknown[], index: number): Problem[] {
  const idOf = (exception: unknown) =>
    isRecord(exception) ? JSON.stringify([exception["rule"], exception["name"]]) : undefined;
  const ids = exceptions.map(idOf);
  const first = ids.indexOf(ids[index]);
  return first < index
    ? [
        problem(
          ["exceptions", index, "name"],
          `is already the name of ${key(["exceptions", first])} for the same rule.`,
          "Give every exception of a rule a name of its own, or put the values into one.",
        ),
      ]
    : [];
}

function lengths(exception: Readonly<Record<string, unknown>>, path: Path): Problem[] {
  const { fields, comps, values } = {
    fields: exception["fields"],
    comps: exception["comps"],
    values: exception["values"],
  };
  if (!Array.isArray(fields)) {
    return [];
  }
  const count = fields.length;
  const operators = comps === undefined ? fields.map(() => "=") : itemsOf(comps);
  const found: Problem[] = [];
  if (count === 0) {
    found.push(problem([...path, "fields"], "is an empty list.", "Write it like this: fields: [proc.name]"));
  }
  // Anything but a list is told of by the schema.
  if (operators.length !== count && (comps === undefined || Array.isArray(comps))) {
    found.push(
      problem(
        [...path, "comps"],
        `has ${items(operators.length)}, but fields has ${count}: each field needs one operator.`,
        `Write ${items(count)}, for example: comps: [${itemsOf(fields).map(() => '"="').join(", ")}]`,
      ),
    );
  }
  if (Array.isArray(values) && values.length === 0) {
    found.push(problem([...path, "values"], "is an empty list.", "Write it like this: values: [[wdavdaemon]]"));
  }
  for (const [row, value] of itemsOf(values).entries()) {
    if (!Array.isArray(value)) {
      continue;
    }
    if (value.length !== count) {
      found.push(
        problem(
          [...path, "values", row],
          `has ${items(value.length)}, but fields has ${count}: each field needs one value.`,
          `Write ${items(count)}, in the order of fields: ${itemsOf(fields).map(String).join(", ")}`,
        ),
      );
    } else if (operators.length === count) {
      found.push(...wrongShapes(value, operators, [...path, "values", row]));
    }
  }
  return found;
}

function wrongShapes(row: readonly unknown[], operators: readonly unknown[], path: Path): Problem[] {
  return row.flatMap((value, column) => {
    const operator = String(operators[column]);
    const wantsList = listComps.some((one) => one === operator);
    if (wantsList === Array.isArray(value)) {
      return [];
    }
    return [
      wantsList
        ? problem([...path, column], `is a single value, but ${operator} compares with a list.`, "Write it in brackets.")
        : problem([...path, column], `is a list, but ${operator} compares with one value.`, "Write one value, or: comps: [in]"),
    ];
  });
}

function items(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

function key(path: Path): string {
  return settingKey(["falco", "rules", ...path]);
}

function problem(path: Path, text: string, fix: string): Problem {
  return { key: key(path), problem: text, fix };
}
