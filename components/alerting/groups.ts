/** Which groups of `alerts/rules/` a stack needs, and which scrape jobs it has. Pure. */
import { platformFacts } from "../../config/platforms.ts";
import { jobNames } from "../shared/names.ts";
import type { RuleSettings } from "./parameters.ts";

/** The files in `alerts/rules/`, without `.yaml`; each becomes one PrometheusRule object. */
export const ruleFiles = [
  "trivy",
  "vulnerabilities",
  "falco",
  "falcosidekick",
  "probes",
  "certificates",
  "notifications",
  "targets",
  "budgets",
] as const;
export type RuleFile = (typeof ruleFiles)[number];

/** What a stack may have, each with its value of `job` where it is scraped. */
const scraped = {
  prometheus: jobNames.prometheus,
  alertmanager: jobNames.alertmanager,
  operator: jobNames.operator,
  "kube-state-metrics": jobNames.kubeStateMetrics,
  "node-exporter": jobNames.nodeExporter,
  grafana: jobNames.grafana,
  apiserver: "apiserver",
  kubelet: "kubelet",
  coredns: "coredns",
  trivy: jobNames.trivy,
  falco: jobNames.falco,
  falcosidekick: jobNames.falcosidekick,
  blackbox: jobNames.blackbox,
} as const;
type Scraped = keyof typeof scraped;

/** Whether the stack has it. What is not listed here is always there. */
function has(settings: RuleSettings): Readonly<Record<Scraped, boolean>> {
  const { kubeSystemServices, hostAccess } = platformFacts(settings.platform);
  return {
    prometheus: true,
    alertmanager: true,
    operator: true,
    "kube-state-metrics": true,
    "node-exporter": hostAccess,
    grafana: settings.grafana.enabled,
    apiserver: true,
    kubelet: kubeSystemServices,
    coredns: kubeSystemServices,
    trivy: settings.trivy !== undefined,
    falco: settings.falco.enabled,
    falcosidekick: settings.falco.enabled,
    blackbox: settings.probes !== undefined,
  };
}

/** The values of `job` that this stack's own scrapes have, without probes. */
export function scrapedJobs(settings: RuleSettings): string[] {
  const present = has(settings);
  return (Object.keys(scraped) as Scraped[]).filter((name) => present[name]).map((name) => scraped[name]);
}

/** Whole files and single groups that only make sense with a part of the stack. */
const fileNeeds: Partial<Record<RuleFile, Scraped>> = {
  trivy: "trivy",
  vulnerabilities: "trivy",
  falco: "falco",
  falcosidekick: "falcosidekick",
  probes: "blackbox",
  certificates: "blackbox",
};
const groupNeeds: Readonly<Record<string, Scraped>> = {
  "belfry-budget-falco": "falco",
  "belfry-budget-reports": "trivy",
  ...Object.fromEntries(Object.keys(scraped).map((name) => [`belfry-target-${name}`, name])),
};

/** Whether a group of a file is deployed. */
export function isDeployed(file: RuleFile, group: string, settings: RuleSettings): boolean {
  const present = has(settings);
  return [fileNeeds[file], groupNeeds[group]].every((need) => need === undefined || present[need]);
}
