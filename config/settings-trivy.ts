/** What a stack says about Trivy Operator, checked and with its defaults filled in. */

/** Severities of findings, as the settings write them; those of alerts are others (`Severity`). */
export const findingSeverities = ["critical", "high", "medium", "low", "unknown"] as const;
export type FindingSeverity = (typeof findingSeverities)[number];

/** A pull Secret that Trivy may use for images of one namespace. */
export interface RegistryLogin {
  readonly namespace: string;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in that namespace. */
  readonly name: string;
}

export interface TrivySettings {
  /** Whether findings without a fixed version are left out of the reports. */
  readonly ignoreUnfixed: boolean;
  /** Severities that are reported; `critical` is always among them. */
  readonly severities: readonly FindingSeverity[];
  /** The only namespaces that are scanned; empty for all. Never together with `excludeNamespaces`. */
  readonly namespaces: readonly string[];
  /** Namespaces (or patterns with `*`) that are not scanned. */
  readonly excludeNamespaces: readonly string[];
  /** Whether the bill of materials of each image is kept in the cluster. */
  readonly sbom: boolean;
  /** Whether configuration of workloads and RBAC is checked too. */
  readonly configAudit: boolean;
  /** Whether a pod per node reads the configuration of the kubelet and the control plane. */
  readonly nodeCollector: boolean;
  /** Whether one server in the cluster holds the vulnerability database, instead of each scan loading it. */
  readonly server: boolean;
  /** Kubernetes quantity: volume of that server. */
  readonly serverVolume: string;
  /** Seconds after which a report is deleted and its workload scanned anew. */
  readonly reportLifetimeSeconds: number;
  /** Registries (`host[:port]/path`) that hold copies of Trivy's databases, in the order in which they are tried. */
  readonly databaseMirrors: readonly string[];
  /** Whether the operator may read Secrets of all namespaces, to scan images of private registries. */
  readonly privateImages: boolean;
  readonly registryLogins: readonly RegistryLogin[];
}
