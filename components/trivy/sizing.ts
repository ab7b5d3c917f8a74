/** How large Trivy's parts are, by profile: the one table of its requests, limits and scans at a time. */
import type { Profile } from "../../config/settings.ts";
import type { Resources } from "../stack/sizing.ts";

/** Of what may starve others, CPU is limited too: scans can wait. */
export interface ScanResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

export interface TrivySizing {
  /** Scans at the same time. More than a few starve a cluster, and gain little: the registry is what they wait for. */
  readonly concurrentScans: number;
  /** The operator keeps all reports in memory: 512Mi is exceeded by some hundred workloads. */
  readonly operator: Resources;
  readonly scan: ScanResources;
  readonly server: ScanResources;
  /**
   * Series that one scrape may bring; beyond it Prometheus refuses the scrape, and the alert about the target tells it.
   * An image has up to ten series (five severities, findings and secrets).
   */
  readonly sampleLimit: number;
}

function limited(cpu: string, memory: string, cpuLimit: string, memoryLimit: string): ScanResources {
  return { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } };
}

function operator(cpu: string, memory: string, memoryLimit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

const table: Readonly<Record<Profile, TrivySizing>> = {
  small: {
    concurrentScans: 1,
    operator: operator("50m", "256Mi", "1Gi"),
    scan: limited("100m", "256Mi", "500m", "1Gi"),
    server: limited("100m", "512Mi", "1", "1Gi"),
    sampleLimit: 20_000,
  },
  standard: {
    concurrentScans: 2,
    operator: operator("100m", "512Mi", "2Gi"),
    scan: limited("100m", "256Mi", "1", "1536Mi"),
    server: limited("200m", "512Mi", "1", "2Gi"),
    sampleLimit: 50_000,
  },
  ha: {
    concurrentScans: 3,
    operator: operator("200m", "1Gi", "4Gi"),
    scan: limited("200m", "512Mi", "1", "2Gi"),
    server: limited("500m", "1Gi", "2", "3Gi"),
    sampleLimit: 200_000,
  },
};

export function trivySizing(profile: Profile): TrivySizing {
  return table[profile];
}
