/** What `destroy` leaves behind, on purpose. Pure. */
import type { Settings } from "../config/settings.ts";
import { keepsClaim } from "./falco/ui.ts";
import { namespaceNames } from "./shared/names.ts";

export type KeepingSettings = Pick<Settings, "purgeCrds" | "namespace" | "storage" | "logs" | "trivy" | "falco">;

/**
 * One entry for each thing, with the setting that decides it and how it is removed; empty when nothing is left. It is an
 * output of the stack, and so stands in what `pulumi up` and `pulumi stack output` print.
 */
export function keptByDestroy(settings: KeepingSettings): string[] {
  return [definitions(settings), volumes(settings), filesOnNode(settings)].filter((entry) => entry !== undefined);
}

function definitions({ purgeCrds, trivy }: KeepingSettings): string | undefined {
  return purgeCrds
    ? undefined
    : `The CRDs of prometheus-operator${trivy === undefined ? "" : " and of Trivy"}, and with them everybody's objects of their kinds; the next up takes them over. ` +
        "To remove them: belfry:purgeCrds: true, and pulumi up before pulumi destroy.";
}

function volumes({ namespace, storage, logs, trivy, falco }: KeepingSettings): string | undefined {
  if (storage.retain !== true) {
    return undefined;
  }
  const namespaces = [
    namespace,
    ...(logs.mode === "install" ? [namespaceNames.logs] : []),
    ...(falco.enabled && keepsClaim(falco.ui, storage.retain) ? [namespaceNames.falco] : []),
  ];
  return (
    `The volumes with their claims, and so the namespace${namespaces.length === 1 ? "" : "s"} ` +
    `${listed(namespaces)}; the next up takes them over. ` +
    `To remove them: kubectl delete namespace ${namespaces.join(" ")}` +
    (trivy?.server === true ? ". Not kept: the volume of Trivy's server, whose database is downloaded anew." : "")
  );
}

/** What is in the directory of a local volume was never the cluster's to delete. */
function filesOnNode({ falco }: KeepingSettings): string | undefined {
  const local = falco.enabled ? falco.ui?.storage.local : undefined;
  return local === undefined
    ? undefined
    : `The events of Falco's page, as files in ${local.path} on node ${local.node}; the next up finds them there. ` +
        "To remove them: delete what is in that directory.";
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
