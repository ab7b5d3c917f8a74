/** What must be told to whom, whatever the environment's receivers are called: the cases of every routing test. */

/** Who is told: the words of the cases below. */
export type Audience = "critical" | "warning" | "unknown" | "beat" | "nobody";

export interface RoutingCase {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly audience: Audience;
}

const one = (title: string, labels: Readonly<Record<string, string>>, audience: Audience): RoutingCase => ({
  title,
  labels,
  audience,
});

export const contractRoutes: readonly RoutingCase[] = [
  one("critical", { alertname: "A", namespace: "n", severity: "critical" }, "critical"),
  one("warning", { alertname: "A", namespace: "n", severity: "warning" }, "warning"),
  one("info goes to no person", { alertname: "A", namespace: "n", severity: "info" }, "nobody"),
  one("none goes to no person", { alertname: "A", namespace: "n", severity: "none" }, "nobody"),
  one("the beat", { alertname: "Watchdog", severity: "none" }, "beat"),
  one("the beat, whatever severity it has", { alertname: "Watchdog", namespace: "n", severity: "critical" }, "beat"),
  one("the beat without severity", { alertname: "Watchdog" }, "beat"),
  one("InfoInhibitor goes to no person", { alertname: "InfoInhibitor", namespace: "n", severity: "none" }, "nobody"),
  one("InfoInhibitor, whatever severity it has", { alertname: "InfoInhibitor", severity: "critical" }, "nobody"),
  one("WatchdogStopped is ordinary", { alertname: "WatchdogStopped", severity: "critical" }, "critical"),
  one("MyWatchdog is ordinary", { alertname: "MyWatchdog", severity: "warning" }, "warning"),
  one("watchdog is ordinary", { alertname: "watchdog", severity: "warning" }, "warning"),
  one("InfoInhibitors is ordinary", { alertname: "InfoInhibitors", severity: "warning" }, "warning"),
  one("Critical is unknown", { alertname: "A", namespace: "n", severity: "Critical" }, "unknown"),
  one("CRITICAL is unknown", { alertname: "A", severity: "CRITICAL" }, "unknown"),
  one("not-critical is unknown", { alertname: "A", severity: "not-critical" }, "unknown"),
  one("critical-ish is unknown", { alertname: "A", severity: "critical-ish" }, "unknown"),
  one("page is unknown", { alertname: "A", severity: "page" }, "unknown"),
  one("information is not info", { alertname: "A", severity: "information" }, "unknown"),
  one("nonexistent is not none", { alertname: "A", severity: "nonexistent" }, "unknown"),
  one("an empty severity is none at all", { alertname: "A", namespace: "n", severity: "" }, "unknown"),
  one("no severity", { alertname: "A", namespace: "n" }, "unknown"),
  one("critical without a namespace", { alertname: "A", severity: "critical" }, "critical"),
  one("warning without a namespace", { alertname: "A", severity: "warning" }, "warning"),
  one("nothing but a name", { alertname: "A" }, "unknown"),
  one("not even a name", { x: "y" }, "unknown"),
  one("critical of the monitoring stack's own namespace", { alertname: "A", namespace: "monitoring", severity: "critical" }, "critical"),
];

/** The stacks of the repository: receivers by audience, in the order in which they are asked. */
export const environments: Readonly<Record<"dev" | "staging" | "prod", Readonly<Record<Audience, readonly string[]>>>> = {
  dev: { critical: ["slack", "mail"], warning: ["slack"], unknown: ["slack"], beat: ["heartbeat"], nobody: ["null"] },
  staging: { critical: ["slack", "mail"], warning: ["slack"], unknown: ["slack"], beat: ["heartbeat"], nobody: ["null"] },
  prod: {
    critical: ["slack", "slack-incidents", "oncall", "platform"],
    // The list `platform` asks for warnings too.
    warning: ["slack", "platform"],
    unknown: ["slack"],
    beat: ["heartbeat"],
    nobody: ["null"],
  },
};
