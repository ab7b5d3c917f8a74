/** How large Loki and Alloy are, by profile. */
import type { Profile } from "../../config/settings.ts";
import type { Resources } from "../stack/sizing.ts";

export interface LogSizing {
  readonly loki: Resources;
  /** One on every node. */
  readonly alloy: Resources;
  /** Beside each Alloy. */
  readonly configReloader: Resources;
}

/** No limit of CPU, as everywhere: what is throttled falls behind just when much is logged. */
function resources(cpu: string, memory: string, memoryLimit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

const configReloader = resources("10m", "32Mi", "64Mi");

const table: Readonly<Record<Profile, LogSizing>> = {
  small: { loki: resources("100m", "256Mi", "1Gi"), alloy: resources("20m", "96Mi", "256Mi"), configReloader },
  standard: { loki: resources("250m", "1Gi", "3Gi"), alloy: resources("50m", "128Mi", "512Mi"), configReloader },
  ha: { loki: resources("1", "3Gi", "8Gi"), alloy: resources("100m", "192Mi", "768Mi"), configReloader },
};

export function logSizing(profile: Profile): LogSizing {
  return table[profile];
}
