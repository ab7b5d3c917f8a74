/** Labels that metrics of kube-state-metrics have in common. */
import type { KubeObject } from "../objects.ts";

export type Labels = Readonly<Record<string, string>>;

export function ofNamespace({ metadata }: KubeObject): Labels {
  return { namespace: metadata.namespace ?? "" };
}

export function ownerOf({ metadata }: KubeObject): Labels {
  const [owner] = metadata.ownerReferences ?? [];
  return {
    owner_kind: owner?.kind ?? "",
    owner_name: owner?.name ?? "",
    owner_is_controller: owner === undefined ? "" : String(owner.controller ?? false),
  };
}

/** The words of kube-state-metrics for a resource and its unit. */
export function resourceLabels(resource: string): Labels {
  const unit = resource === "cpu" ? "core" : resource === "pods" ? "integer" : "byte";
  return { resource: resource.replace(/[^A-Za-z0-9]/g, "_"), unit };
}
