/** Slack's text format, as far as alerts use it: https://docs.slack.dev/messaging/formatting-message-text */
import { isWebAddress } from "./characters.ts";

/** A piece of a Slack text. Texts are decoded: `&lt;` is `<`. */
export type Piece =
  | { readonly type: "text" | "code" | "block"; readonly text: string }
  /** Something that would notify people, like `<!channel>`. */
  | { readonly type: "mention"; readonly text: string }
  /** Only http and https. */
  | { readonly type: "link"; readonly url: string; readonly label: string }
  | { readonly type: "bold" | "italic" | "strike"; readonly pieces: readonly Piece[] };

const marks = { "*": "bold", _: "italic", "~": "strike" } as const;

/** Code block, code, what stands between angle brackets, and the three emphases, whichever comes first. */
const pattern = new RegExp(
  ["```(?<block>[^]+?)```", "`(?<code>[^`\\n]+)`", "<(?<angle>[^<>\\n]+)>", ...Object.keys(marks).map(emphasis)].join(
    "|",
  ),
  "gu",
);

/** Between two marks that stand at the edges of words, with no space inside next to them. */
function emphasis(mark: string): string {
  const edge = `[\\p{L}\\p{N}${mark}]`;
  return `(?<!${edge})[${mark}][^\\s${mark}](?:[^\\n${mark}]*[^\\s${mark}])?[${mark}](?!${edge})`;
}

/** Never fails: what is not a known form is text. */
export function parseMrkdwn(source: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of source.matchAll(pattern)) {
    if (match.index > end) pieces.push({ type: "text", text: decodeEntities(source.slice(end, match.index)) });
    pieces.push(matched(match[0], match.groups ?? {}));
    end = match.index + match[0].length;
  }
  if (end < source.length) pieces.push({ type: "text", text: decodeEntities(source.slice(end)) });
  return pieces;
}

/** The text as a reader sees it, links as `label (address)`. */
export function mrkdwnToText(source: string): string {
  return parseMrkdwn(source).map(pieceToText).join("");
}

/** Slack escapes exactly these three. */
export function decodeEntities(text: string): string {
  const characters = { "&amp;": "&", "&lt;": "<", "&gt;": ">" } as const;
  return text.replace(/&(?:amp|lt|gt);/gu, (entity) => characters[entity as keyof typeof characters]);
}

function matched(source: string, groups: Readonly<Record<string, string | undefined>>): Piece {
  const { block, code, angle } = groups;
  if (block !== undefined) return { type: "block", text: decodeEntities(block.replace(/^\n|\n$/gu, "")) };
  if (code !== undefined) return { type: "code", text: decodeEntities(code) };
  if (angle !== undefined) return angleBrackets(angle);
  const type = marks[source.charAt(0) as keyof typeof marks];
  return { type, pieces: parseMrkdwn(source.slice(1, -1)) };
}

function angleBrackets(source: string): Piece {
  const bar = source.indexOf("|");
  const target = decodeEntities(bar < 0 ? source : source.slice(0, bar));
  const label = decodeEntities(bar < 0 ? "" : source.slice(bar + 1));
  const sign = target.charAt(0);
  if (sign === "!" && target.startsWith("!date^")) return { type: "text", text: label };
  if (sign === "!") return { type: "mention", text: `@${label === "" ? target.slice(1) : label.replace(/^@/u, "")}` };
  if (sign === "@" || sign === "#") return { type: "mention", text: label === "" ? target : `${sign}${label}` };
  if (isWebAddress(target)) return { type: "link", url: target, label: label === "" ? target : label };
  return { type: "text", text: label === "" ? `<${target}>` : `${label} (${target})` };
}

function pieceToText(piece: Piece): string {
  switch (piece.type) {
    case "bold":
    case "italic":
    case "strike":
      return piece.pieces.map(pieceToText).join("");
    case "link":
      return piece.label === piece.url ? piece.url : `${piece.label} (${piece.url})`;
    default:
      return piece.text;
  }
}
