/** How large Falco and what belongs to it are, by profile. */
import type { Profile } from "../../config/settings.ts";
import type { Resources } from "../stack/sizing.ts";

export interface FalcoSizing {
  readonly replicas: { readonly falcosidekick: number; readonly ui: number };
  /** One on every node. The chart's limit of one CPU stays: Falco must not take a node from the workloads. */
  readonly falco: Resources;
  readonly falcosidekick: Resources;
  readonly ui: Resources;
  readonly redis: Resources;
  /** What Redis keeps at most, as it writes it; then the events that expire soonest go first. */
  readonly redisMemory: string;
}

function resources(cpu: string, memory: string, memoryLimit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

const ui = resources("10m", "64Mi", "192Mi");

const table: Readonly<Record<Profile, FalcoSizing>> = {
  small: {
    replicas: { falcosidekick: 1, ui: 1 },
    falco: resources("100m", "256Mi", "768Mi"),
    falcosidekick: resources("10m", "48Mi", "128Mi"),
    ui,
    redis: resources("20m", "192Mi", "512Mi"),
    redisMemory: "256mb",
  },
  standard: {
    replicas: { falcosidekick: 2, ui: 1 },
    falco: resources("100m", "512Mi", "1Gi"),
    falcosidekick: resources("20m", "64Mi", "256Mi"),
    ui,
    redis: resources("50m", "384Mi", "1Gi"),
    redisMemory: "512mb",
  },
  ha: {
    replicas: { falcosidekick: 2, ui: 2 },
    falco: resources("200m", "512Mi", "1536Mi"),
    falcosidekick: resources("50m", "96Mi", "512Mi"),
    ui,
    redis: resources("100m", "768Mi", "2Gi"),
    redisMemory: "1gb",
  },
};

export function falcoSizing(profile: Profile): FalcoSizing {
  return table[profile];
}
