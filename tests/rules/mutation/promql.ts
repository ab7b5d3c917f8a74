/** PromQL as Prometheus' own grammar sees it: positions in a text, so that a part of it can be exchanged and the rest stays. */
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

/**
 * @returns the root of the expression
 * @throws Error for what is no PromQL
 */
export function parseExpression(text: string): SyntaxNode {
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${text}`);
    },
  });
  return tree.topNode;
}

/** All nodes below one and itself, in the order of the text. */
export function nodesOf(root: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode): void => {
    found.push(node);
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };
  visit(root);
  return found;
}

export const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
};

export const textOf = (node: SyntaxNode, text: string): string => text.slice(node.from, node.to);

/** The text with something else in the place of a part of it. */
export const exchanged = (text: string, part: { readonly from: number; readonly to: number }, by: string): string =>
  text.slice(0, part.from) + by + text.slice(part.to);

/** Every series of this name gets another one. */
export function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return nodesOf(parseExpression(text))
    .filter(({ name, parent }) => name === "Identifier" && parent?.name === "VectorSelector")
    .reverse()
    .reduce((changed, node) => exchanged(changed, node, names.get(textOf(node, text)) ?? textOf(node, text)), text);
}

/** Names of the series that an expression looks at. */
export function seriesNames(text: string): Set<string> {
  return new Set(
    nodesOf(parseExpression(text))
      .filter(({ name, parent }) => name === "Identifier" && parent?.name === "VectorSelector")
      .map((node) => textOf(node, text)),
  );
}
