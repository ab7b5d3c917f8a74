/**
 * What is kept of falcosidekick's metrics. Pure.
 *
 * Its counter of events has a series for each node, pod, rule and priority, and never forgets one. Taking the labels of
 * node and pod away would make several series the same, and Prometheus keeps the first of them only: the counter would
 * stand still while others count, and the safety net of the pushed alerts would have holes. So those series go as a
 * whole that nobody is woken by: the noise below critical, which is nearly all of it. Falco itself counts every rule,
 * without node and pod as labels (`falcosecurity_falco_rules_matches_total`).
 */
const events = "falcosecurity_falcosidekick_falco_events_total";

/** Priorities whose events nobody is woken by. */
const quiet = ["error", "warning", "notice", "informational", "debug", ""];

export interface Relabeling {
  readonly action: "drop" | "labeldrop";
  readonly sourceLabels?: readonly string[];
  readonly regex: string;
}

export const falcosidekickRelabelings: readonly Relabeling[] = [
  { action: "drop", sourceLabels: ["__name__", "priority_raw"], regex: `${events};(${quiet.join("|")})` },
  // Says once more what k8s_ns_name and priority_raw say.
  { action: "labeldrop", regex: "exported_namespace|priority" },
];
