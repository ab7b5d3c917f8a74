/**
 * The custom resource definitions of the stand-in for trivy-operator, made here: names, versions and scopes are those of the
 * real ones, the schema takes anything.
 */
import { stringify } from "yaml";

/** All kinds of reports; the plural of each is its name in lower case with an s. */
export const reportKinds = [
  "ClusterComplianceReport",
  "ClusterConfigAuditReport",
  "ClusterInfraAssessmentReport",
  "ClusterRbacAssessmentReport",
  "ClusterSbomReport",
  "ClusterVulnerabilityReport",
  "ConfigAuditReport",
  "ExposedSecretReport",
  "InfraAssessmentReport",
  "RbacAssessmentReport",
  "SbomReport",
  "VulnerabilityReport",
] as const;

export const reportGroup = "aquasecurity.github.io";

/** @returns the path in the chart, and the definition as YAML */
export function reportDefinition(kind: (typeof reportKinds)[number]): readonly [path: string, text: string] {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${reportGroup}`, annotations: { "belfry.dev/stand-in": "true" } },
    spec: {
      group: reportGroup,
      scope: kind.startsWith("Cluster") ? "Cluster" : "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [{ name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  return [`crds/${reportGroup}_${plural}.yaml`, stringify(definition)];
}
