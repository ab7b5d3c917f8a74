/** Where the daemon keeps what is its own, below the root of the sandbox. */
import { join } from "node:path";
import type { SandboxLayout } from "../layout.ts";

export interface DaemonPlaces {
  /** Holds a directory for every PersistentVolume. */
  readonly volumes: string;
  /** Play the root directories of the two pods. */
  readonly prometheusRoot: string;
  readonly alertmanagerRoot: string;
  /** The cluster's certificates as files, for the operator. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly tools: string;
}

export function daemonPlaces(layout: SandboxLayout): DaemonPlaces {
  const credentials = join(layout.root, "credentials");
  return {
    volumes: join(layout.root, "volumes"),
    prometheusRoot: join(layout.prometheus, "pod"),
    alertmanagerRoot: join(layout.alertmanager, "pod"),
    ca: join(credentials, "ca.crt"),
    certificate: join(credentials, "client.crt"),
    key: join(credentials, "client.key"),
    tools: join(layout.root, "tools.json"),
  };
}
