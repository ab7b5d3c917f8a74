/** The report as Markdown for a comment in a pull request: bounded, the important first. Pure. */
import { type Line, type Part, type Row, type Section, stackContent, type StackContent } from "./content.ts";
import type { DiffReport } from "./model.ts";
import { code, codeBlock, cut } from "./text.ts";

/** What a comment may hold on the usual hosts is 65,536 characters. */
export const longestMarkdown = 60_000;
/** Of the reason why a side failed. */
const longestReason = 2_000;
/** Below this, a section is not worth its title. */
const leastRoom = 400;

interface Block {
  readonly stack: string;
  readonly section: Section;
  readonly rows: readonly string[];
}

/** @param limit characters at most; 2,000 at least are needed for a report of a few stacks */
export function markdownReport(report: DiffReport, limit = longestMarkdown): string {
  const contents = report.stacks.map((diff) => stackContent(diff, report));
  const title = `## What changes\n\nFrom ${code(report.before)} to ${code(report.after)}.`;
  const heads = new Map(contents.map((content) => [content.stack, head(content)]));
  const blocks = contents.flatMap(({ stack, sections }) =>
    sections.map((section): Block => ({ stack, section, rows: section.rows.map((one) => rowText(one, section)) })),
  );
  const fixed = [title, ...heads.values()].join("\n\n").length;
  // Hundreds of stacks, or a limit of a few lines: even what is said of each does not fit.
  if (fixed > limit - ending.length) return `${cut([title, ...heads.values()].join("\n\n"), limit - ending.length)}${ending}`;
  const chosen = choose(blocks, limit - fixed - ending.length);
  const texts = contents.map(({ stack }) =>
    [heads.get(stack) ?? "", ...blocks.flatMap((block) => (block.stack === stack ? [chosen.get(block) ?? ""] : []))].filter((text) => text !== "").join("\n\n"),
  );
  const whole = blocks.every((block) => (chosen.get(block) ?? "") === blockText(block, block.rows.length));
  return `${[title, ...texts].join("\n\n")}\n${whole ? "" : ending}`;
}

const ending = "\nNot everything has room here: `npm run belfry -- diff --json` has all of it.\n";

/** The most important ones of all stacks first; each takes at most half of what is left, so that none takes it all. */
function choose(blocks: readonly Block[], room: number): Map<Block, string> {
  const chosen = new Map<Block, string>();
  let left = room;
  const sorted = [...blocks].sort((a, b) => a.section.priority - b.section.priority);
  const all = sorted.reduce((sum, block) => sum + blockText(block, block.rows.length).length + 2, 0);
  for (const block of sorted) {
    const share = all <= room ? left : Math.max(left / 2, Math.min(left, leastRoom * 4));
    const text = fitting(block, share - 2);
    chosen.set(block, text);
    if (text !== "") left -= text.length + 2;
  }
  return chosen;
}

function fitting(block: Block, room: number): string {
  if (room < leastRoom && blockText(block, block.rows.length).length > room) return "";
  let count = block.rows.length;
  let text = blockText(block, count);
  while (text.length > room && count > 0) {
    // Rows are of like length: near the right number at once, then one by one.
    count = Math.min(count - 1, Math.ceil((count * room) / text.length));
    text = blockText(block, count);
  }
  return count === 0 ? "" : text;
}

function blockText({ section, rows }: Block, count: number): string {
  const { title, columns, folded } = section;
  const missing = rows.length - count;
  const shown = rows.slice(0, count);
  const table = columns === undefined ? [] : [`| ${columns.join(" | ")} |`, `|${columns.map(() => "---").join("|")}|`];
  const more = missing === 0 ? [] : columns === undefined ? [`- and ${String(missing)} more`] : ["", `And ${String(missing)} more.`];
  const body = [...table, ...shown, ...more].join("\n");
  if (folded !== true) return `**${title}**\n\n${body}`;
  return `<details><summary>${title} (${String(rows.length)})</summary>\n\n${body}\n\n</details>`;
}

function head({ stack, headline, notes, failures }: StackContent): string {
  return [
    `### Stack ${code(stack)}`,
    lineText(headline),
    ...failures.map(({ of, reason }) => `${code(of, 100)} could not be rendered, so nothing is compared:\n\n${codeBlock(reason, longestReason)}`),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${noteText(note)}`).join("\n")]),
  ].join("\n\n");
}

/** What stands behind the first colon may be foreign. */
function noteText(note: string): string {
  const colon = note.indexOf(": ");
  return colon < 0 ? note : `${note.slice(0, colon)}: ${code(note.slice(colon + 2).replace(/\.$/, ""), 400)}`;
}

function rowText({ cells, below = [] }: Row, { columns }: Section): string {
  if (columns !== undefined) return `| ${cells.map(lineText).join(" | ")} |`;
  return [`- ${cells.map(lineText).join(" ")}`, ...below.map((line) => `  - ${lineText(line)}`)].join("\n");
}

function lineText(line: Line): string {
  return line.map(partText).join("");
}

function partText(part: Part): string {
  if (typeof part === "string") return part;
  return "strong" in part ? `**${part.strong}**` : code(part.foreign, part.max);
}
