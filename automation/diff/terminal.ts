/** The report for a terminal: everything, without a limit; nothing in it can move a cursor. Pure. */
import { columns } from "../drill/table.ts";
import { type Line, type Part, type Row, type Section, stackContent } from "./content.ts";
import type { DiffReport } from "./model.ts";
import { cut, oneLine } from "./text.ts";

export interface TerminalOptions {
  /** Whether the terminal knows bold letters. */
  readonly bold: boolean;
}

export function terminalReport(report: DiffReport, { bold }: TerminalOptions): string {
  const strong = (text: string) => (bold ? `\u001b[1m${text}\u001b[22m` : text);
  const stacks = report.stacks.flatMap((diff) => {
    const { stack, headline, notes, failures, sections } = stackContent(diff, report);
    return [
      "",
      strong(`Stack ${oneLine(stack)}`),
      `  ${lineText(headline, strong)}`,
      ...notes.map((note) => `  ${oneLine(note)}`),
      ...failures.flatMap(({ of, reason }) => [
        `  ${oneLine(of)} could not be rendered, so nothing is compared:`,
        ...reason.split(/\r?\n/).map((line) => `    ${oneLine(line)}`.trimEnd()),
      ]),
      ...sections.flatMap((section) => ["", `  ${strong(section.title)}`, ...sectionLines(section, strong).map((line) => `    ${line}`)]),
    ];
  });
  return `${[`From ${oneLine(report.before)} to ${oneLine(report.after)}`, ...stacks].join("\n")}\n`;
}

type Strong = (text: string) => string;

function sectionLines({ columns: titles, rows }: Section, strong: Strong): string[] {
  if (titles === undefined) return rows.flatMap((row) => listLines(row, strong));
  // Short cells stand in columns; where one is long, each stands on a line of its own.
  const cells = rows.map((row) => row.cells.map((cell) => lineText(cell, (text) => text)));
  if (cells.every((row) => row.join("  ").length <= 110)) return columns([titles, ...cells]);
  return rows.flatMap(({ cells: line }) => [
    lineText(line[0] ?? [], strong),
    ...line.slice(1).map((cell, index) => `  ${titles[index + 1] ?? ""}: ${lineText(cell, strong)}`),
  ]);
}

function listLines({ cells, below = [] }: Row, strong: Strong): string[] {
  return [cells.map((cell) => lineText(cell, strong)).join(" "), ...below.map((line) => `  ${lineText(line, strong)}`)];
}

function lineText(line: Line, strong: Strong): string {
  return line.map((part) => partText(part, strong)).join("");
}

function partText(part: Part, strong: Strong): string {
  if (typeof part === "string") return part;
  return "strong" in part ? strong(part.strong) : cut(oneLine(part.foreign), part.max ?? 160);
}
