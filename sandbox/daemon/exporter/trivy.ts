/**
 * Trivy Operator, played: what it would report of the pods that run. Nothing is scanned. Every image is healthy but the one
 * of the demo, of which is told what is known of it.
 */
import { namespaceNames, releaseNames } from "../../../components/shared/names.ts";
import { demoImage } from "../../../config/versions.ts";
import type { ClusterSnapshot } from "../cluster-view.ts";
import { type Deployment, isServing, type OwnerReference, type Pod } from "../objects.ts";
import { gauge, type MetricFamily, sample } from "./metrics.ts";

/** Severities in the words of the metric, with their counts. */
export type Findings = Readonly<Record<"Critical" | "High" | "Medium" | "Low" | "Unknown", number>>;

/** What Trivy would know of one image of one workload. */
export interface ScanReport {
  readonly namespace: string;
  /** Of the report. */
  readonly name: string;
  /** The workload: a ReplicaSet for the pods of a Deployment. */
  readonly owner: OwnerReference;
  readonly container: string;
  readonly image: ImageReference;
  readonly findings: Findings;
}

export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const healthy: Findings = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
const vulnerable: Findings = { Critical: 9, High: 41, Medium: 56, Low: 12, Unknown: 1 };

/** One for each container of each workload that has a running pod, as far as Trivy's scope goes; sorted. */
export function scanReports({ deployments, pods }: Pick<ClusterSnapshot, "deployments" | "pods">): ScanReport[] {
  const operator = deployments.find(
    ({ metadata }) => metadata.namespace === namespaceNames.trivy && metadata.name === releaseNames.trivy,
  );
  if (operator === undefined || (operator.status?.availableReplicas ?? 0) === 0) return [];
  const reports = pods
    .filter((pod) => isServing(pod) && inScope(operator, pod.metadata.namespace ?? ""))
    .flatMap((pod) => reportsOf(pod));
  const named = new Map(reports.map((report) => [`${report.namespace}/${report.name}`, report]));
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report);
}

function reportsOf(pod: Pod): ScanReport[] {
  const [controller] = pod.metadata.ownerReferences ?? [];
  const { name, uid, namespace = "" } = pod.metadata;
  const owner = controller ?? { kind: "Pod", name, uid, apiVersion: "v1" };
  return pod.spec.containers.map((container) => {
    const image = imageReference(container.image ?? "");
    return {
      namespace,
      name: `${owner.kind.toLowerCase()}-${owner.name}-${container.name}`,
      owner,
      container: container.name,
      image,
      findings: image.repository === imageReference(demoImage).repository ? vulnerable : healthy,
    };
  });
}

/** As the operator reads its scope: what to leave out counts only without a list of what to scan. */
function inScope(operator: Deployment, namespace: string): boolean {
  const variables = operator.spec.template.spec.containers.flatMap(({ env }) => env ?? []);
  const list = (name: string) =>
    (variables.find((variable) => variable.name === name)?.value ?? "").split(",").filter((entry) => entry !== "");
  const only = list("OPERATOR_TARGET_NAMESPACES");
  if (only.length > 0) return only.includes(namespace);
  return !list("OPERATOR_EXCLUDE_NAMESPACES").some((pattern) => fits(pattern, namespace));
}

function fits(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[^a-z0-9-]/g, ""));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}

/** Trivy names Docker's registry `index.docker.io`, and images without an owner `library/...`. */
export function imageReference(image: string): ImageReference {
  const [name = "", digest = ""] = image.split("@");
  const [, path = name, tag = digest === "" ? "latest" : ""] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
  const slash = path.indexOf("/");
  const first = slash < 0 ? "" : path.slice(0, slash);
  const hasRegistry = first === "localhost" || /[.:]/.test(first);
  const [registry, rest] = hasRegistry ? [first, path.slice(slash + 1)] : ["index.docker.io", path];
  const docker = registry === "docker.io" || registry === "index.docker.io";
  return {
    registry: docker ? "index.docker.io" : registry,
    repository: docker && !rest.includes("/") ? `library/${rest}` : rest,
    tag,
    digest,
  };
}

/** The metrics that the pinned values switch on; each severity has a series, also those that count nothing. */
export function trivyOperator(cluster: ClusterSnapshot): MetricFamily[] {
  const reports = scanReports(cluster);
  const family = (name: string, help: string, count: (report: ScanReport, severity: keyof Findings) => number) =>
    gauge(
      name,
      help,
      ...reports.flatMap((report) =>
        (Object.keys(report.findings) as (keyof Findings)[])
          // Secrets in images are never of unknown severity.
          .filter((severity) => name === "trivy_image_vulnerabilities" || severity !== "Unknown")
          .map((severity) => sample(count(report, severity), { ...labels(report), severity })),
      ),
    );
  return [
    family("trivy_image_vulnerabilities", "Findings in an image.", ({ findings }, severity) => findings[severity]),
    family("trivy_image_exposedsecrets", "Secrets in an image.", () => 0),
  ];
}

function labels({ namespace, name, owner, container, image }: ScanReport): Record<string, string> {
  return {
    namespace,
    name,
    resource_kind: owner.kind,
    resource_name: owner.name,
    container_name: container,
    image_registry: image.registry,
    image_repository: image.repository,
    image_tag: image.tag,
    image_digest: image.digest,
  };
}
