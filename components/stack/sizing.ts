/** How large each part is, by profile: the one table of replicas, requests and limits. */
import type { Profile } from "../../config/settings.ts";

/** Requests, and a limit of memory. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/** Parts of the stack that have resources of their own. */
export type Part =
  | "prometheus"
  | "alertmanager"
  | "operator"
  | "configReloader"
  | "kubeStateMetrics"
  | "nodeExporter"
  | "grafana"
  | "grafanaSidecar"
  | "blackbox";

export interface Sizing {
  readonly replicas: { readonly prometheus: number; readonly alertmanager: number; readonly blackbox: number };
  /** Whether evictions must leave one Prometheus, and a majority of Alertmanagers. */
  readonly disruptionBudgets: boolean;
  readonly resources: Readonly<Record<Part, Resources>>;
}

/** No limit of CPU: throttling would delay scrapes and alerts just when the cluster is busy. */
function resources(cpu: string, memory: string, memoryLimit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

const helpers = {
  configReloader: resources("10m", "32Mi", "64Mi"),
  nodeExporter: resources("20m", "32Mi", "96Mi"),
  grafanaSidecar: resources("10m", "96Mi", "192Mi"),
};

const table: Readonly<Record<Profile, Sizing>> = {
  small: {
    replicas: { prometheus: 1, alertmanager: 1, blackbox: 1 },
    disruptionBudgets: false,
    resources: {
      ...helpers,
      blackbox: resources("10m", "32Mi", "128Mi"),
      prometheus: resources("100m", "512Mi", "1536Mi"),
      alertmanager: resources("10m", "48Mi", "128Mi"),
      operator: resources("20m", "96Mi", "256Mi"),
      kubeStateMetrics: resources("10m", "64Mi", "192Mi"),
      grafana: resources("50m", "192Mi", "512Mi"),
    },
  },
  standard: {
    replicas: { prometheus: 1, alertmanager: 1, blackbox: 1 },
    disruptionBudgets: false,
    resources: {
      ...helpers,
      blackbox: resources("20m", "64Mi", "256Mi"),
      prometheus: resources("500m", "2Gi", "6Gi"),
      alertmanager: resources("20m", "96Mi", "256Mi"),
      operator: resources("50m", "128Mi", "384Mi"),
      kubeStateMetrics: resources("20m", "128Mi", "512Mi"),
      grafana: resources("100m", "256Mi", "768Mi"),
    },
  },
  ha: {
    // Three Alertmanagers, so that one may fail while another is being moved; two Prometheus servers measure the same.
    replicas: { prometheus: 2, alertmanager: 3, blackbox: 2 },
    disruptionBudgets: true,
    resources: {
      ...helpers,
      blackbox: resources("50m", "96Mi", "512Mi"),
      prometheus: resources("1", "6Gi", "16Gi"),
      alertmanager: resources("50m", "128Mi", "384Mi"),
      operator: resources("50m", "192Mi", "512Mi"),
      kubeStateMetrics: resources("50m", "256Mi", "1Gi"),
      grafana: resources("200m", "384Mi", "1Gi"),
    },
  },
};

export function sizing(profile: Profile): Sizing {
  return table[profile];
}
