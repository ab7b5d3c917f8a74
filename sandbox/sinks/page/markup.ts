/** HTML that is put together safely: every value that is not markup already is escaped. */
import { withVisibleControls } from "../characters.ts";

/** A piece of HTML; made by {@link html} only. */
export class Markup {
  constructor(readonly source: string) {}
}

export type MarkupValue = string | number | Markup | readonly MarkupValue[] | undefined;

/**
 * Template tag. Strings are escaped, lists are joined, `undefined` is nothing. Attribute values must stand in double
 * quotes.
 */
export function html(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + render(values[index - 1]) + part));
}

/** For text and for attribute values in double quotes; control characters become visible signs. */
export function escapeHtml(text: string): string {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" } as const;
  return withVisibleControls(text).replace(/[&<>"']/gu, (character) => entities[character as keyof typeof entities]);
}

function render(value: MarkupValue): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.source;
  if (typeof value === "string") return escapeHtml(value);
  return typeof value === "number" ? String(value) : value.map(render).join("");
}
