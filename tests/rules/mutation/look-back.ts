/** How far an expression looks back. Pure. */
import type { SyntaxNode } from "@lezer/common";

import { parseDuration } from "../../../config/formats.ts";
import { childrenOf, parseExpression, textOf } from "./promql.ts";

/** How old the last sample of a series may be that counts as now. */
const staleAfterSeconds = 300;

/** Seconds, offsets included: what is older than that cannot change the expression's value. */
export function lookBackSeconds(expr: string): number {
  const seconds = (node: SyntaxNode): number => {
    const below = Math.max(0, ...childrenOf(node).map(seconds));
    switch (node.name) {
      case "VectorSelector":
        return staleAfterSeconds;
      case "MatrixSelector":
      case "SubqueryExpr":
      case "OffsetExpr":
        return below + (parseDuration(firstDuration(node, expr)) ?? 0);
      default:
        return below;
    }
  };
  return seconds(parseExpression(expr));
}

/** Range or offset; behind the first, a subquery may have a step. */
function firstDuration(node: SyntaxNode, expr: string): string {
  const duration = childrenOf(node).find(({ name }) => durations.has(name));
  return duration === undefined ? "" : textOf(duration, expr);
}

const durations: ReadonlySet<string> = new Set(["DurationExpr", "OffsetDurationExpr", "NumberDurationLiteralInDurationContext"]);
