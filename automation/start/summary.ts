/** The last screen of `npm start`. Pure: everything it says is handed in. */
import type { ChangeCount } from "../events.ts";
import type { PhaseTime } from "../phases.ts";

export interface SandboxSummary {
  readonly stack: string;
  readonly changes: ChangeCount;
  /** Releases with chart version and namespace, as the program's outputs name them. */
  readonly installed: readonly string[];
  /** Lines of the Slack message and of the mail as they arrived; absent where none did. */
  readonly slack?: readonly string[];
  readonly mail?: readonly string[];
  readonly verified: readonly string[];
  readonly drill: readonly string[];
  readonly inboxPage: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly notices: readonly string[];
  readonly times: readonly PhaseTime[];
  readonly totalSeconds: number;
}

export function sandboxSummary(summary: SandboxSummary): string {
  const deployed = changeLine(summary.changes, "");
  return [
    section(`Stack ${summary.stack} is deployed in the embedded cluster`, [deployed, ...summary.installed, ...summary.notices]),
    section("The message that arrived in Slack (the sandbox's, nobody else saw it)", summary.slack ?? ["none"]),
    section("The mail that arrived (in the sandbox's mailbox)", summary.mail ?? ["none"]),
    section("Proof", summary.verified),
    section("Drill (what can go wrong, played in the sandbox)", summary.drill),
    section("Where to look", [
      `What arrived:   ${summary.inboxPage}`,
      `Prometheus:     ${summary.prometheus}  (API only: this build has no pages)`,
      `Alertmanager:   ${summary.alertmanager}  (API only: this build has no pages)`,
    ]),
    section("What next", [
      "Grafana's password:         npm run belfry -- password grafana",
      'Plain pulumi on this stack: eval "$(npm run --silent belfry -- env)" && pulumi preview',
      "Prove it again:             npm run belfry -- verify",
      "All scenarios of the drill: npm run belfry -- drill",
      "Stop it, keep the data:     npm run sandbox:stop",
      "Remove it:                  npm run sandbox:delete",
      "Your own cluster:           npm start -- --kube-context NAME",
    ]),
    section("How long it took", [
      ...summary.times.map(({ title, seconds }) => `${title}: ${duration(seconds)}`),
      `In all: ${duration(summary.totalSeconds)}`,
    ]),
  ].join("");
}

/** @param verb `would be ` before a preview's counts */
export function changeLine({ create, update, replace, delete: removed, same }: ChangeCount, verb: "" | "would be "): string {
  if (create + update + replace + removed === 0) return `Nothing ${verb === "" ? "had" : "has"} to be changed: all ${same} resources stand.`;
  return `${create} ${verb}created, ${update + replace} ${verb}changed, ${removed} ${verb}deleted, ${same} left as they are.`;
}

/** 75 becomes `1 min 15 s`. */
export function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function section(title: string, lines: readonly string[]): string {
  return `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
