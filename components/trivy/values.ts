/** Values of trivy-operator. Pure; of secrets they hold the names only. */
import type { Settings } from "../../config/settings.ts";
import type { TrivySettings } from "../../config/settings-trivy.ts";
import type { Values } from "../shared/release.ts";
import { trivySizing, type TrivySizing } from "./sizing.ts";

export interface TrivyValuesInput {
  readonly trivy: TrivySettings;
  readonly settings: Pick<Settings, "profile" | "storage">;
}

export function trivyValues({ trivy, settings }: TrivyValuesInput): Values {
  const size = trivySizing(settings.profile);
  return {
    ...scopeValues(trivy),
    operator: operatorValues(trivy, size),
    // The chart's own ServiceMonitor cannot have a limit of samples: the component makes one under the same name.
    serviceMonitor: { enabled: false },
    trivy: scannerValues(trivy, settings, size),
    // Four ClusterComplianceReport objects would be made even when nothing assesses them.
    compliance: { specs: [] },
    // A tainted node has a kubelet too.
    ...(trivy.nodeCollector ? { nodeCollector: { tolerations: [{ operator: "Exists" }] } } : {}),
    ...policyMirror(trivy),
    resources: size.operator,
  };
}

/** Only one of the two is set: the operator ignores what to leave out as soon as there is a list of what to scan. */
function scopeValues({ namespaces, excludeNamespaces }: TrivySettings): Values {
  return {
    ...(namespaces.length === 0 ? {} : { targetNamespaces: namespaces.join(",") }),
    ...(excludeNamespaces.length === 0 ? {} : { excludeNamespaces: excludeNamespaces.join(",") }),
  };
}

function operatorValues(trivy: TrivySettings, size: TrivySizing): Values {
  return {
    scanJobsConcurrentLimit: size.concurrentScans,
    // What a crashed operator leaves behind goes by itself.
    scanJobTTL: "1h",
    scannerReportTTL: duration(trivy.reportLifetimeSeconds),
    // Reports of old revisions are only etcd's load.
    vulnerabilityScannerScanOnlyCurrentRevisions: true,
    configAuditScannerScanOnlyCurrentRevisions: true,
    sbomGenerationEnabled: trivy.sbom,
    clusterSbomCacheEnabled: false,
    configAuditScannerEnabled: trivy.configAudit,
    rbacAssessmentScannerEnabled: trivy.configAudit,
    infraAssessmentScannerEnabled: trivy.nodeCollector,
    clusterComplianceEnabled: false,
    builtInTrivyServer: trivy.server,
    accessGlobalSecretsAndServiceAccount: trivy.privateImages,
    ...(trivy.registryLogins.length === 0 ? {} : { privateRegistryScanSecretsNames: pullSecrets(trivy) }),
    metricsFindingsEnabled: true,
    // One series for each vulnerability of each image is more than a Prometheus can bear.
    metricsVulnIdEnabled: false,
    metricsExposedSecretInfo: false,
    metricsConfigAuditInfo: false,
    metricsRbacAssessmentInfo: false,
    metricsInfraAssessmentInfo: false,
    metricsImageInfo: false,
    metricsClusterComplianceInfo: false,
  };
}

function scannerValues(trivy: TrivySettings, { storage }: Pick<Settings, "storage">, size: TrivySizing): Values {
  return {
    ignoreUnfixed: trivy.ignoreUnfixed,
    severity: trivy.severities.map((severity) => severity.toUpperCase()).join(","),
    resources: size.scan,
    ...databaseMirrors(trivy),
    ...(trivy.server ? serverValues(trivy, storage.className, size) : {}),
  };
}

function serverValues(trivy: TrivySettings, className: string | undefined, size: TrivySizing): Values {
  return {
    // The chart would take the server's token as a value; the component makes the Secret instead.
    existingSecret: true,
    storageSize: trivy.serverVolume,
    ...(className === undefined ? {} : { storageClassName: className }),
    server: { resources: size.server },
  };
}

/** The chart puts registry and repository together; Trivy takes a list, so further ones follow in the repository. */
function databaseMirrors({ databaseMirrors: mirrors }: TrivySettings): Values {
  const [first, ...further] = mirrors;
  if (first === undefined) {
    return {};
  }
  const { registry, path } = splitReference(first);
  const list = (name: string) => [`${path}/${name}`, ...further.map((mirror) => `${mirror}/${name}`)].join(",");
  return {
    dbRegistry: registry,
    dbRepository: list("trivy-db"),
    javaDbRegistry: registry,
    javaDbRepository: list("trivy-java-db"),
  };
}

/** The checks of configurations come from one place only. */
function policyMirror({ databaseMirrors: [first] }: TrivySettings): Values {
  if (first === undefined) {
    return {};
  }
  const { registry, path } = splitReference(first);
  return { policiesBundle: { registry, repository: `${path}/trivy-checks` } };
}

function splitReference(reference: string): { readonly registry: string; readonly path: string } {
  const slash = reference.indexOf("/");
  return { registry: reference.slice(0, slash), path: reference.slice(slash + 1) };
}

/** Namespace to names, separated by commas. */
function pullSecrets({ registryLogins }: TrivySettings): Record<string, string> {
  const spaces = [...new Set(registryLogins.map(({ namespace }) => namespace))];
  return Object.fromEntries(
    spaces.map((space) => [
      space,
      registryLogins.filter(({ namespace }) => namespace === space).map(({ name }) => name).join(","),
    ]),
  );
}

/** As Go writes it, which knows no days. */
function duration(seconds: number): string {
  return seconds % 3_600 === 0 ? `${seconds / 3_600}h` : `${seconds / 60}m`;
}
