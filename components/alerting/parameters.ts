/**
 * The declared parameters of the files in `alerts/rules/`: names of the deployed charts and numbers of the settings, written
 * there as `${NAME}`. Pure.
 */
import type { Settings } from "../../config/settings.ts";
import { jobNames, namespaceNames, releaseNames } from "../shared/names.ts";

export type RuleSettings = Pick<Settings, "namespace" | "platform" | "grafana" | "falco" | "probes" | "trivy" | "alerts">;

/** Every parameter with its value, in the form in which it stands in an expression. */
export type Parameters = Readonly<Record<string, string>>;

/** Nodes that are no machines with a kernel of their own: Falco cannot run there. */
const virtualNodes = "fargate-.+|virtual-node-.+|virtual-kubelet.*";

/**
 * @param jobs values of `job` of what is scraped, without probes
 */
export function ruleParameters(settings: RuleSettings, jobs: readonly string[]): Parameters {
  const { alerts } = settings;
  const { budgets } = alerts;
  return {
    MONITORING_NAMESPACE: settings.namespace,
    TRIVY_NAMESPACE: namespaceNames.trivy,
    TRIVY_RELEASE: releaseNames.trivy,
    TRIVY_JOB: jobNames.trivy,
    FALCO_NAMESPACE: namespaceNames.falco,
    FALCO_RELEASE: releaseNames.falco,
    FALCO_JOB: jobNames.falco,
    FALCOSIDEKICK_JOB: jobNames.falcosidekick,
    BLACKBOX_JOB: jobNames.blackbox,
    PROBE_JOBS: anyOf(Object.values(jobNames.probes)),
    PROMETHEUS_JOB: jobNames.prometheus,
    ALERTMANAGER_JOB: jobNames.alertmanager,
    OPERATOR_JOB: jobNames.operator,
    GRAFANA_JOB: jobNames.grafana,
    KUBE_STATE_METRICS_JOB: jobNames.kubeStateMetrics,
    NODE_EXPORTER_JOB: jobNames.nodeExporter,
    STACK_JOBS: anyOf(jobs),
    WATCHED_NAMESPACES: alerts.watchedNamespaces === "all" ? ".+" : anyOf(alerts.watchedNamespaces),
    VIRTUAL_NODES: virtualNodes,
    RUNBOOKS: alerts.runbooks,
    CERTIFICATE_SOON_SECONDS: number(alerts.certificateExpirySeconds),
    PROBE_SLOW_SECONDS: number(alerts.probeSlowSeconds),
    FALCO_DROP_RATIO: number(alerts.falcoDropRatio),
    BUDGET_MESSAGES_PER_DAY: number(budgets.messagesPerDay),
    BUDGET_FALCO_EVENTS_PER_DAY: number(budgets.falcoEventsPerDay),
    BUDGET_REPORTS: number(budgets.reports),
    BUDGET_ETCD_BYTES: number(budgets.etcdBytes),
    BUDGET_SERIES_PER_JOB: number(budgets.seriesPerJob),
  };
}

/** A regular expression for any of these names, which hold letters, digits and hyphens only. */
function anyOf(names: readonly string[]): string {
  return names.join("|");
}

function number(value: number): string {
  return String(value);
}

/**
 * Puts the parameters into the text of a rule file.
 *
 * @throws Error for a name that is not declared
 */
export function withParameters(text: string, parameters: Parameters): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (_match, name: string) => {
    const value = parameters[name];
    if (value === undefined) {
      throw new Error(`\${${name}} is not a parameter of the rules`);
    }
    return value;
  });
}
