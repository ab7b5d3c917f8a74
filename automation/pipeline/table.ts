/** What a person reads: progress lines, the changes of a preview, the final table. Pure. */
import { plannedText } from "../start/planned-changes.ts";
import { duration } from "../start/summary.ts";
import type { PipelineEvent } from "./operations.ts";
import type { PipelineResult, StackResult } from "./result.ts";

/** Names come from files and clusters: nothing in them may steer a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, "?");
}

/** A line for an event; undefined where a person needs none. */
export function progressLine(event: PipelineEvent): string | undefined {
  switch (event.type) {
    case "note":
      return plain(event.text);
    case "started":
      return line(event.stack, 0, `${event.operation} begins`);
    case "step":
      return line(event.stack, event.seconds, event.text);
    case "waiting": {
      const [first, second, third, ...more] = event.resources;
      const shown = [first, second, third].filter((one) => one !== undefined).join(", ");
      return line(event.stack, event.seconds, `waits: ${shown}${more.length > 0 ? ` and ${more.length} more` : ""}`);
    }
    case "finished":
      return line(event.stack, event.seconds, event.result);
  }
}

function line(stack: string, seconds: number, text: string): string {
  return `${duration(Math.round(seconds)).padStart(9)}  ${plain(stack)}  ${plain(text)}`;
}

/** `2 create, 1 update`; `-` where nothing is known. */
export function changesText({ changes }: Pick<StackResult, "changes">): string {
  if (changes === undefined) return "-";
  const told = (["create", "update", "replace", "delete"] as const).filter((kind) => changes[kind] > 0);
  return told.length === 0 ? "none" : told.map((kind) => `${changes[kind]} ${kind}`).join(", ");
}

/** stack, operation, result, changes, seconds; one line each below a heading. */
export function resultTable({ operation, stacks }: Pick<PipelineResult, "operation" | "stacks">): string {
  const rows = [
    ["stack", "operation", "result", "changes", "seconds"],
    ...stacks.map((one) => [one.stack, operation, one.result, changesText(one), one.result === "not run" ? "-" : one.seconds.toFixed(1)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const text = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ");
  return plain(rows.map((row) => `${text(row).trimEnd()}\n`).join(""));
}

/** What went wrong, each stack's message under its name; empty when nothing did. */
export function errorText({ stacks, error }: Pick<PipelineResult, "stacks" | "error">): string {
  if (error !== undefined) return plain(`${error.what}\n  ${error.fix}\n`);
  return stacks
    .flatMap(({ stack, error: one }) => (one === undefined ? [] : [plain(`${stack}: ${one.what}\n  ${one.fix}\n`)]))
    .join("\n");
}

/** The whole result for people, without what went wrong. */
export function resultText(result: PipelineResult): string {
  const { operation, stacks } = result;
  if (stacks.length === 0) return "";
  const parts = [
    ...(operation === "preview" ? stacks.map(previewText) : []),
    ...stacks.map(statusText),
    ...stacks.map(receiversText),
    resultTable(result),
    ...stacks.map(({ stack, plan, result: done }) =>
      operation === "preview" && plan !== undefined && done !== "failed"
        ? `The plan of ${stack} is in ${plain(plan.file)}; it can be used until ${plan.expiresAt}, with commit ${plan.commit.slice(0, 12)}.\n`
        : "",
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function previewText({ stack, planned }: StackResult): string {
  return planned === undefined ? "" : `What would be done to the stack ${plain(stack)}:\n${plain(plannedText(planned))}`;
}

function statusText({ stack, status }: StackResult): string {
  if (status === undefined) return "";
  const { lock, last, resources, backend, namespace, releases, receivers } = status;
  const lines = [
    `state:      ${backend}${resources === undefined ? "" : `, ${resources} resources`}`,
    `last:       ${last === undefined ? "never deployed" : `${last.operation} ${last.result}, ${last.startedAt}, ${duration(Math.round(last.seconds))}${last.commit === undefined ? "" : `, commit ${last.commit.slice(0, 12)}`}`}`,
    ...(lock === undefined ? [] : [`locked:     by ${lock.by ?? "somebody"}${lock.since === undefined ? "" : `, since ${lock.since}`}`]),
    ...(namespace === undefined ? [] : [`namespace:  ${namespace}`, `releases:   ${releases.join(", ")}`, `receivers:  ${receivers.join(", ")}`]),
  ];
  return plain(`${stack}\n${lines.map((one) => `  ${one}\n`).join("")}`);
}

function receiversText({ stack, receivers }: StackResult): string {
  if (receivers === undefined) return "";
  const lines = receivers.map(({ receiver, integration, outcome, happened }) => `  ${outcome.padEnd(11)}  ${receiver} (${integration})  ${happened}\n`);
  return plain(`${stack}\n${lines.join("")}`);
}
