/** The alerts that kube-prometheus-stack ships, and what a stack's values make of them. Pure. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { charts } from "../../config/versions.ts";

const { name, version: pinned } = charts.kubePrometheusStack;
const here = join(import.meta.dirname, "..", "..");

const shippedSchema = z.array(
  z.object({ alert: z.string(), group: z.string(), severity: z.string(), for: z.string().nullish() }),
);
export type ShippedAlert = z.infer<typeof shippedSchema>[number];

/**
 * In the chart's order; a name stands twice where the chart has it with two severities.
 *
 * @param version of the chart
 * @param checkout whose list is read
 * @throws the system's error when the checkout has no list for that version
 */
export function shippedAlerts(version: string = pinned, checkout = here): ShippedAlert[] {
  const file = join(checkout, "config", "upstream", `${name}-${version}-alerts.json`);
  return shippedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

const flags = z.record(z.string(), z.unknown()).default({});
const enabled = z.object({ enabled: z.boolean().default(true) }).prefault({});
/** As far as they decide over rules. */
const valuesSchema = z.object({
  defaultRules: z.object({ create: z.boolean().default(true), rules: flags, disabled: flags }).prefault({}),
  customRules: z.record(z.string(), z.object({ for: z.string().optional(), severity: z.string().optional() })).default({}),
  kubeApiServer: enabled,
  kubeControllerManager: enabled,
  kubeEtcd: enabled,
  kubeProxy: enabled,
  kubeScheduler: enabled,
});
export type RuleValues = z.infer<typeof valuesSchema>;

/** @param values of the release; what they do not say is as in the chart */
export function ruleValues(values: unknown): RuleValues {
  return valuesSchema.parse(values);
}

/** Key of each group below `defaultRules.rules`, the part whose switch takes it away, and its place among the runbooks. */
const groups: Readonly<Record<string, { readonly key: string; readonly part?: keyof RuleValues; readonly runbooks: string }>> = {
  "alertmanager.rules": { key: "alertmanager", runbooks: "alertmanager" },
  "config-reloaders": { key: "configReloaders", runbooks: "prometheus-operator" },
  etcd: { key: "etcd", part: "kubeEtcd", runbooks: "etcd" },
  "general.rules": { key: "general", runbooks: "general" },
  "kube-apiserver-slos": { key: "kubeApiserverSlos", part: "kubeApiServer", runbooks: "kubernetes" },
  "kube-state-metrics": { key: "kubeStateMetrics", runbooks: "kube-state-metrics" },
  "kubernetes-apps": { key: "kubernetesApps", runbooks: "kubernetes" },
  "kubernetes-resources": { key: "kubernetesResources", runbooks: "kubernetes" },
  "kubernetes-storage": { key: "kubernetesStorage", runbooks: "kubernetes" },
  "kubernetes-system": { key: "kubernetesSystem", runbooks: "kubernetes" },
  "kubernetes-system-apiserver": { key: "kubernetesSystem", runbooks: "kubernetes" },
  "kubernetes-system-controller-manager": { key: "kubeControllerManager", part: "kubeControllerManager", runbooks: "kubernetes" },
  "kubernetes-system-kube-proxy": { key: "kubeProxy", part: "kubeProxy", runbooks: "kubernetes" },
  "kubernetes-system-kubelet": { key: "kubernetesSystem", runbooks: "kubernetes" },
  "kubernetes-system-scheduler": { key: "kubeSchedulerAlerting", part: "kubeScheduler", runbooks: "kubernetes" },
  "node-exporter": { key: "nodeExporterAlerting", runbooks: "node" },
  "node-network": { key: "network", runbooks: "general" },
  "prometheus-operator": { key: "prometheusOperator", runbooks: "prometheus-operator" },
  prometheus: { key: "prometheus", runbooks: "prometheus" },
};

/** @throws Error for a group that is not in the table: the chart has a new one */
function groupOf(group: string): (typeof groups)[string] {
  const found = groups[group];
  if (found === undefined) throw new Error(`the rule group ${group} of ${name} is not known in automation/alerts/shipped.ts`);
  return found;
}

/** Why an alert is not in a stack with these values; undefined when it is. */
export function removedBecause({ alert, group }: ShippedAlert, values: RuleValues): string | undefined {
  const { defaultRules } = values;
  const { key, part } = groupOf(group);
  if (!defaultRules.create) return "defaultRules.create is false";
  if (part !== undefined && "enabled" in values[part] && values[part].enabled === false) {
    return `${part} is not scraped on this platform`;
  }
  if (defaultRules.rules[key] === false) return `defaultRules.rules.${key} is false`;
  return defaultRules.disabled[alert] === true ? "taken out by name" : undefined;
}

/** What the values change about it; undefined when nothing. */
export function editedTo(shipped: ShippedAlert, values: RuleValues): { readonly severity: string; readonly for?: string; readonly because: string } | undefined {
  const custom = values.customRules[shipped.alert];
  if (custom === undefined) return undefined;
  const severity = custom.severity ?? shipped.severity;
  const changes = [
    ...(severity === shipped.severity ? [] : [`severity was ${shipped.severity}`]),
    ...(custom.for === undefined || custom.for === shipped.for ? [] : [`for was ${shipped.for ?? "0s"}`]),
  ];
  if (changes.length === 0) return undefined;
  const lasts = custom.for ?? shipped.for ?? undefined;
  return { severity, because: changes.join(", "), ...(lasts === undefined ? {} : { for: lasts }) };
}

/** Where the makers of the chart describe it. */
export function shippedRunbook({ alert, group }: ShippedAlert): string {
  return `https://runbooks.prometheus-operator.dev/runbooks/${groupOf(group).runbooks}/${alert.toLowerCase()}`;
}
