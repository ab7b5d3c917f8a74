/** What a person reads before saying yes: every resource that would change. Pure. */
import type { PlannedChange } from "../events.ts";

const marks = { create: "+", update: "~", replace: "+-", delete: "-" } as const satisfies Record<PlannedChange["operation"], string>;

/** One line for each resource with its operation and, where it changes, the properties that differ; then how many there are. */
export function plannedText(planned: readonly PlannedChange[]): string {
  if (planned.length === 0) return "Nothing has to be changed.\n";
  const lines = planned.map(({ operation, resource, properties }) => {
    const what = properties.length === 0 ? "" : ` (${properties.join(", ")})`;
    return `  ${marks[operation].padEnd(3)}${operation.padEnd(8)}${resource}${what}\n`;
  });
  const counts = (Object.keys(marks) as PlannedChange["operation"][]).map(
    (operation) => `${planned.filter((change) => change.operation === operation).length} to ${operation}`,
  );
  return `${lines.join("")}${counts.join(", ")}.\n`;
}
