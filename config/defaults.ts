/** Defaults that depend on other settings. Pure. */
import { formatSize, parseQuantity } from "./formats.ts";
import type { Profile } from "./settings.ts";

export interface ProfileDefaults {
  /** Kubernetes quantities. */
  readonly prometheusVolume: string;
  readonly alertmanagerVolume: string;
  /** Prometheus duration. */
  readonly retentionTime: string;
  /** Trivy's reports that etcd may hold. */
  readonly reports: number;
  /** Series that one scrape job may bring. */
  readonly seriesPerJob: number;
  readonly lokiVolume: string;
  /** Prometheus duration. */
  readonly lokiRetention: string;
}

/**
 * Hours that Prometheus must keep: the longest time that a rule in `alerts/rules/` looks back, offset included, and a little
 * more. A test holds the rules against it.
 */
export const rulesLookBackHours = 28;

export const profileDefaults: Readonly<Record<Profile, ProfileDefaults>> = {
  small: {
    prometheusVolume: "10Gi",
    alertmanagerVolume: "1Gi",
    retentionTime: "7d",
    reports: 2_000,
    seriesPerJob: 100_000,
    lokiVolume: "10Gi",
    lokiRetention: "3d",
  },
  standard: {
    prometheusVolume: "50Gi",
    alertmanagerVolume: "2Gi",
    retentionTime: "15d",
    reports: 10_000,
    seriesPerJob: 250_000,
    lokiVolume: "50Gi",
    lokiRetention: "7d",
  },
  ha: {
    prometheusVolume: "100Gi",
    alertmanagerVolume: "5Gi",
    retentionTime: "30d",
    reports: 30_000,
    seriesPerJob: 500_000,
    lokiVolume: "200Gi",
    lokiRetention: "14d",
  },
};

/** What of Trivy the profile decides beside its size: a server costs memory and a volume, and saves a download per scan. */
export const trivyDefaults: Readonly<Record<Profile, { readonly server: boolean }>> = {
  small: { server: false },
  standard: { server: true },
  ha: { server: true },
};

/**
 * The share of its volume that Prometheus may fill: the size limit does not count the write-ahead log and what a
 * compaction needs, so a limit near the volume's size fills the volume.
 */
const usableShare = 0.8;

/** Retention size for a volume, both as they are written; 80 % of it. */
export function retentionSizeFor(volume: string): string {
  return formatSize((parseQuantity(volume) ?? 0) * usableShare);
}
