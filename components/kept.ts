/** What `destroy` leaves in the cluster, on purpose. Pure. */
import type { Settings } from "../config/settings.ts";
import { namespaceNames } from "./shared/names.ts";

export type KeepingSettings = Pick<Settings, "purgeCrds" | "namespace" | "storage" | "logs" | "trivy">;

/**
 * One sentence for each thing, with the setting that decides it; empty when nothing is left. It is an output of the stack,
 * and so stands in what `pulumi up` and `pulumi stack output` print.
 */
export function keptByDestroy({ purgeCrds, namespace, storage, logs, trivy }: KeepingSettings): string[] {
  const namespaces = [namespace, ...(logs.mode === "install" ? [namespaceNames.logs] : [])];
  return [
    ...(purgeCrds
      ? []
      : [
          `The CRDs of prometheus-operator${trivy === undefined ? "" : " and of Trivy"}, and with them everybody's objects of their kinds; the next up takes them over. ` +
            "To remove them: belfry:purgeCrds: true, and pulumi up before pulumi destroy.",
        ]),
    ...(storage.retain === true
      ? [
          `The volumes with their claims, and so the namespace${namespaces.length === 1 ? "" : "s"} ` +
            `${namespaces.join(" and ")}; the next up takes them over. ` +
            `To remove them: kubectl delete namespace ${namespaces.join(" ")}`,
        ]
      : []),
  ];
}
