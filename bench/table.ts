/** The figures as a table of plain text. Pure. */
import type { JudgedFigure, Unit } from "./figures.ts";

/** `831 ms`, `1.31 s`, `20.1 s`, `180 MiB`; seconds that were told whole stay whole. */
export function amount(value: number, unit: Unit): string {
  if (unit === "ms" && value >= 999.5) return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
  return `${Math.round(value)} ${unit}`;
}

/** Columns as wide as their widest cell, two spaces apart, a rule below the first row; no spaces at the ends of lines. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  const [head, ...body] = rows.map(line);
  return [head ?? "", line(widths.map((width) => "-".repeat(width))), ...body].map((text) => `${text}\n`).join("");
}

export function figureTable(figures: readonly JudgedFigure[]): string {
  const head = ["figure", "median", "smallest to largest", "against", "ratio", "target", "taken with"];
  return alignColumns([head, ...figures.map(row)]);
}

function row({ name, unit, median, samples, against, ratio, target, takenWith }: JudgedFigure): string[] {
  return [
    name,
    median === null ? "not measured" : amount(median, unit),
    spread(samples, unit),
    against === null ? "" : `${against.name} ${amount(against.median, unit)}`,
    ratio === null ? "" : ratio.toFixed(2),
    target === null ? "" : `${limit(target, unit)}: ${target.met ? "met" : "missed"}`,
    takenWith,
  ];
}

function spread(samples: readonly number[], unit: Unit): string {
  if (samples.length < 2) return samples.length === 1 ? "1 sample" : "";
  return `${amount(Math.min(...samples), unit)} to ${amount(Math.max(...samples), unit)} (${samples.length} samples)`;
}

function limit(target: { readonly of: "ratio" | "median"; readonly atMost: number }, unit: Unit): string {
  return `at most ${target.of === "ratio" ? target.atMost.toFixed(2) : amount(target.atMost, unit)}`;
}
