/** The VulnerabilityReport objects that Trivy Operator would write of what runs. They go with the workload they are about. */
import { scanReports, type ScanReport } from "./exporter/trivy.ts";
import type { ClusterSnapshot } from "./cluster-view.ts";
import { KubeStatusError, type KubeClient } from "./kube-client.ts";
import type { PartHealth } from "./health.ts";

const group = "aquasecurity.github.io";

/** A report as the API server gets it. Pure. */
export function reportObject(report: ScanReport, updated: string): object {
  const { namespace, name, owner, container, image, findings } = report;
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: "VulnerabilityReport",
    metadata: {
      name,
      namespace,
      labels: {
        "trivy-operator.resource.kind": owner.kind,
        "trivy-operator.resource.name": owner.name,
        "trivy-operator.resource.namespace": namespace,
        "trivy-operator.container.name": container,
      },
      annotations: { "belfry.dev/stand-in": "true" },
      ownerReferences: [
        {
          apiVersion: owner.apiVersion ?? "apps/v1",
          kind: owner.kind,
          name: owner.name,
          uid: owner.uid ?? "",
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    report: {
      updateTimestamp: updated,
      scanner: { name: "simulated", vendor: "Belfry's sandbox", version: "none" },
      registry: { server: image.registry },
      artifact: { repository: image.repository, tag: image.tag, digest: image.digest },
      os: { family: "", name: "" },
      summary: {
        criticalCount: findings.Critical,
        highCount: findings.High,
        mediumCount: findings.Medium,
        lowCount: findings.Low,
        unknownCount: findings.Unknown,
      },
      vulnerabilities: [],
    },
  };
}

/**
 * Writes the reports that are missing.
 *
 * @param written reports that were written before, by path; kept up to date
 * @param now RFC 3339
 */
export async function writeReports(
  client: Pick<KubeClient, "apply">,
  cluster: Pick<ClusterSnapshot, "deployments" | "pods">,
  written: Map<string, string>,
  now: string,
): Promise<PartHealth> {
  const reports = scanReports(cluster);
  const paths = new Map(reports.map((report) => [pathOf(report), report]));
  for (const path of written.keys()) if (!paths.has(path)) written.delete(path);
  if (reports.length === 0) return { state: "waiting", detail: "there is no Trivy Operator" };
  for (const [path, report] of paths) {
    const text = JSON.stringify(report);
    if (written.get(path) === text) continue;
    try {
      await client.apply(path, reportObject(report, now));
      written.set(path, text);
    } catch (error) {
      // The kind or the namespace is about to come, or to go.
      if (!(error instanceof KubeStatusError && (error.status === 404 || error.status === 403))) throw error;
      return { state: "waiting", detail: "reports cannot be written yet" };
    }
  }
  return { state: "running" };
}

function pathOf({ namespace, name }: ScanReport): string {
  return `/apis/${group}/v1alpha1/namespaces/${namespace}/vulnerabilityreports/${name}`;
}
