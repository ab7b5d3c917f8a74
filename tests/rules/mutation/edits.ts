/**
 * What can be done to an expression so that it means something else. What would mean the same for every cluster is left out:
 * a count is never 0, and where no value is below 0, a sum is 0 where the largest is. Pure.
 */
import type { SyntaxNode } from "@lezer/common";
import { childrenOf, exchanged, nodesOf, parseExpression, textOf } from "./promql.ts";

/**
 * - `guard`: a condition is dropped (`and`, `unless`, a comparison)
 * - `case`: one side of an `or` is dropped
 * - `aggregate`: another aggregation
 * - `label`: another label in `by`, `on` or a matcher
 * - `memory`: the last sample instead of those of a while, or now instead of then
 * - `threshold`: another number
 */
export type EditKind = "guard" | "case" | "aggregate" | "label" | "memory" | "threshold";

export interface Edit {
  readonly kind: EditKind;
  /** What was done, in one line. */
  readonly what: string;
  /** The whole expression after it. */
  readonly expr: string;
}

const comparisons: Readonly<Record<string, string>> = { Gtr: ">=", Gte: ">", Lss: "<=", Lte: "<", Eql: "!=", Neq: "==" };
const otherAggregates: Readonly<Record<string, string>> = { sum: "max", max: "sum", min: "max", count: "group", avg: "max" };
const otherMatch: Readonly<Record<string, string>> = { "=": "!=", "!=": "=", "=~": "!~", "!~": "=~" };
/** What makes one value of the samples of a while. */
const overTime = /^(?:\w+_over_time|increase|rate|irate|changes|delta)$/;

/** Every edit of an expression, in the order of its text. */
export function editsOf(expr: string): Edit[] {
  return nodesOf(parseExpression(expr)).flatMap((node) => (editors[node.name]?.(node, expr) ?? []).map(oneLine));
}

type Editor = (node: SyntaxNode, expr: string) => Edit[];

const editors: Readonly<Record<string, Editor>> = {
  BinaryExpr: binary,
  AggregateExpr: aggregate,
  MatchingModifierClause: matching,
  UnquotedLabelMatcher: matcher,
  FunctionCall: call,
  OffsetExpr: offset,
};

/** Long parts of an expression are told by their beginning and end. */
function oneLine({ kind, what, expr }: Edit): Edit {
  const flat = what.replace(/\s+/g, " ");
  return { kind, what: flat.length <= 100 ? flat : `${flat.slice(0, 60)} ... ${flat.slice(-30)}`, expr };
}

function binary(node: SyntaxNode, expr: string): Edit[] {
  const [left, operator] = childrenOf(node);
  const right = node.lastChild;
  if (left === undefined || operator === undefined || right === null) return [];
  const only = (side: SyntaxNode) => exchanged(expr, node, textOf(side, expr));
  const without = (side: { readonly from: number; readonly to: number }) => `without ${expr.slice(side.from, side.to)}`;
  switch (operator.name) {
    case "And":
    case "Unless":
      return [{ kind: "guard", what: without({ from: operator.from, to: node.to }), expr: only(left) }];
    case "Or":
      return [
        { kind: "case", what: without({ from: operator.from, to: node.to }), expr: only(left) },
        { kind: "case", what: without({ from: node.from, to: operator.to }), expr: only(right) },
      ];
    default:
      return comparison(node, expr, { left, operator, right });
  }
}

interface Sides {
  readonly left: SyntaxNode;
  readonly operator: SyntaxNode;
  readonly right: SyntaxNode;
}

function comparison(node: SyntaxNode, expr: string, { left, operator, right }: Sides): Edit[] {
  const other = comparisons[operator.name];
  if (other === undefined) return [];
  const shown = expr.slice(operator.from, node.to);
  if (right.name === "NumberDurationLiteral" && isAnyAtAll(left, shown, expr)) {
    return [{ kind: "threshold", what: `1 in ${shown} behind ${textOf(left, expr)}`, expr: exchanged(expr, right, "1") }];
  }
  const dropped: Edit = {
    kind: "guard",
    what: `without ${shown} behind ${textOf(left, expr)}`,
    expr: exchanged(expr, node, textOf(left, expr)),
  };
  if (right.name !== "NumberDurationLiteral") {
    return [dropped, { kind: "threshold", what: `${other} for ${shown}`, expr: exchanged(expr, operator, other) }];
  }
  return [dropped, ...otherNumbers(Number(textOf(right, expr))).map((by): Edit => ({
    kind: "threshold",
    what: `${by} in ${shown} behind ${textOf(left, expr)}`,
    expr: exchanged(expr, right, String(by)),
  }))];
}

/** `count(...) > 0`: true wherever there is a count. */
function isAnyAtAll(left: SyntaxNode, shown: string, expr: string): boolean {
  return left.name === "AggregateExpr" && textOf(left, expr).startsWith("count") && /^>\s*0$/.test(shown);
}

/** What an aggregate is compared with, such as `== 0`; empty where it is not. */
function comparedWith(node: SyntaxNode, expr: string): string {
  const { parent } = node;
  return parent?.name === "BinaryExpr" && parent.firstChild?.from === node.from ? expr.slice(node.to, parent.to).replace(/\s+/g, "") : "";
}

/** A number that a rule compares with, made larger and smaller. */
function otherNumbers(value: number): number[] {
  if (value === 0) return [1];
  return value === 1 ? [0, 2] : [value * 2, value / 2];
}

function aggregate(node: SyntaxNode, expr: string): Edit[] {
  const operator = node.getChild("AggregateOp");
  const labels = node.getChild("AggregateModifier")?.getChild("GroupingLabels");
  const found: Edit[] = [];
  if (operator !== null) {
    const name = textOf(operator, expr);
    const other = otherAggregates[name];
    const compared = comparedWith(node, expr);
    const same = compared === "==0" ? ["sum", "max"] : compared === ">0" ? ["count", "sum", "max"] : [];
    if (other !== undefined && !same.includes(name)) {
      found.push({ kind: "aggregate", what: `${other} for ${textOf(node, expr)}`, expr: exchanged(expr, operator, other) });
    }
  }
  if (labels !== null && labels !== undefined) {
    const names = labels.getChildren("LabelName").map((label) => textOf(label, expr));
    const as = (list: readonly string[]) => exchanged(expr, labels, `(${list.join(", ")})`);
    for (const name of names) {
      found.push({ kind: "label", what: `without ${name} in ${textOf(node, expr)}`, expr: as(names.filter((one) => one !== name)) });
    }
    const more = names.includes("pod") ? "container" : "pod";
    found.push({ kind: "label", what: `${more} too in ${textOf(node, expr)}`, expr: as([...names, more]) });
  }
  return found;
}

function matching(node: SyntaxNode, expr: string): Edit[] {
  const labels = node.getChild("GroupingLabels");
  if (labels === null) return [];
  const names = labels.getChildren("LabelName").map((label) => textOf(label, expr));
  const behind = expr.slice(node.parent?.from ?? node.from, node.to).slice(-60);
  if (names.length === 0) {
    return node.getChild("GroupLeft") === null
      ? [{ kind: "label", what: `by all labels: ${behind}`, expr: exchanged(expr, node, "") }]
      : [];
  }
  return names.map((name): Edit => ({
    kind: "label",
    what: `without ${name} in ${behind}`,
    expr: exchanged(expr, labels, `(${names.filter((one) => one !== name).join(", ")})`),
  }));
}

function matcher(node: SyntaxNode, expr: string): Edit[] {
  const all = node.parent?.getChildren("UnquotedLabelMatcher") ?? [];
  const operator = node.getChild("MatchOp");
  if (node.parent === null || operator === null) return [];
  const rest = all.filter(({ from }) => from !== node.from).map((one) => textOf(one, expr));
  const selector = textOf(node.parent.parent ?? node.parent, expr);
  const other = otherMatch[textOf(operator, expr)] ?? "!=";
  return [
    { kind: "label", what: `without ${textOf(node, expr)} in ${selector}`, expr: exchanged(expr, node.parent, rest.length === 0 ? "" : `{${rest.join(", ")}}`) },
    { kind: "label", what: `${other} for ${textOf(node, expr)} in ${selector}`, expr: exchanged(expr, operator, other) },
  ];
}

function call(node: SyntaxNode, expr: string): Edit[] {
  const name = textOf(node.getChild("FunctionIdentifier") ?? node, expr);
  const all = childrenOf(node.getChild("FunctionCallBody") ?? node).filter(({ name: kind }) => /^[A-Z]/.test(kind));
  const argument = all.at(name.startsWith("quantile") ? -1 : 0);
  if (argument === undefined) return [];
  if (name === "label_replace") {
    return [{ kind: "label", what: `without label_replace(..., ${all.slice(1).map((one) => textOf(one, expr)).join(", ")})`, expr: exchanged(expr, node, textOf(argument, expr)) }];
  }
  if (!overTime.test(name)) return [];
  const last = `(${lastOnly(argument, expr)})`;
  return [
    {
      kind: "memory",
      what: `the last sample for ${textOf(node, expr)}`,
      expr: exchanged(expr, node, name === "absent_over_time" ? `absent${last}` : last),
    },
  ];
}

/** `metric[5m] offset 1h` without its range. */
function lastOnly(node: SyntaxNode, expr: string): string {
  const [inner, ...rest] = childrenOf(node);
  if (inner === undefined) return textOf(node, expr);
  if (node.name === "MatrixSelector" || node.name === "SubqueryExpr") return textOf(inner, expr);
  return node.name === "OffsetExpr" || node.name === "ParenExpr"
    ? expr.slice(node.from, inner.from) + lastOnly(inner, expr) + expr.slice(inner.to, rest.at(-1)?.to ?? inner.to)
    : textOf(node, expr);
}

function offset(node: SyntaxNode, expr: string): Edit[] {
  const inner = node.firstChild;
  return inner === null ? [] : [{ kind: "memory", what: `now for ${textOf(node, expr)}`, expr: exchanged(expr, node, textOf(inner, expr)) }];
}
