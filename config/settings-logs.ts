/** The settings of logs after they were read and checked. */
import type { SecretValue } from "./secret-value.ts";

export const logModes = ["off", "existing", "install"] as const;
export type LogMode = (typeof logModes)[number];

/** A Loki of this stack's own. */
export interface LogStore {
  readonly mode: "install";
  /** How long log lines are kept: a Prometheus duration, for example `14d`. */
  readonly retention: string;
  /** Size of its volume, a Kubernetes quantity. */
  readonly storage: string;
}

/** A Loki that somebody else runs: Grafana shows it. */
export interface ExistingLoki {
  readonly mode: "existing";
  /** Its address as Grafana's pod reaches it, without a slash at its end. */
  readonly url: string;
  /** The tenant whose logs are read, where it has several. */
  readonly tenant?: string;
  /** With both, Grafana authenticates by HTTP basic authentication. */
  readonly username?: string;
  readonly password?: SecretValue;
}

export type LogSettings = { readonly mode: "off" } | ExistingLoki | LogStore;
