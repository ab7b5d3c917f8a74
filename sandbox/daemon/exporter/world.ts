/** What the exporter plays its components from. */
import type { ClusterSnapshot } from "../cluster-view.ts";
import type { Node } from "../objects.ts";

export interface World {
  readonly cluster: ClusterSnapshot;
  /** Unix seconds. */
  readonly now: number;
  /** Unix seconds at which the simulated machines started; counters count from here, so that they never fall. */
  readonly startedAt: number;
  /** For the configuration reloaders: whether each program took its last configuration. */
  readonly reloaded: { readonly prometheus: boolean; readonly alertmanager: boolean };
}

/** One request for metrics. */
export interface Scrape {
  /** Name of the scrape job in the configuration, for example `serviceMonitor/monitoring/kubelet/0`. */
  readonly job: string;
  /** Address of the target without its port. */
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

/** The node that has this address. */
export function nodeAt(world: World, address: string): Node | undefined {
  return world.cluster.nodes.find(({ status }) => status?.addresses?.some((one) => one.address === address) === true);
}
