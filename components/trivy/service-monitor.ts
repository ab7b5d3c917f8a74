/** How Prometheus finds Trivy Operator. Pure. */
import type { Profile } from "../../config/settings.ts";
import { releaseNames } from "../shared/names.ts";
import { trivySizing } from "./sizing.ts";

/**
 * The `spec` of the ServiceMonitor. The value of the label `job` is the name of the Service, `trivy-operator`.
 *
 * @param profile decides how many samples a scrape may bring
 */
export function serviceMonitorSpec(profile: Profile): Readonly<Record<string, unknown>> {
  return {
    selector: {
      matchLabels: {
        "app.kubernetes.io/name": releaseNames.trivy,
        "app.kubernetes.io/instance": releaseNames.trivy,
      },
    },
    sampleLimit: trivySizing(profile).sampleLimit,
    // The label `namespace` is that of the scanned workload, not Trivy's own.
    endpoints: [{ port: "metrics", scheme: "http", honorLabels: true }],
  };
}
