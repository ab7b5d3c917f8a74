/** What is probed and scraped beside what the charts scrape by themselves, as components see it. */
import type { SecretValue } from "./secret-value.ts";

export const probeModules = ["http_2xx", "tcp_connect", "tcp_tls", "dns", "icmp"] as const;
/** How an external target is asked. */
export type ProbeModuleName = (typeof probeModules)[number];

/** What of a cluster can be discovered and probed. */
export const discoveredKinds = ["services", "ingresses", "pods"] as const;
export type DiscoveredKind = (typeof discoveredKinds)[number];

export const dnsTypes = ["A", "AAAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"] as const;

/** One way of asking: a module of the exporter is made of each different one. */
export type ProbeModule =
  | {
      readonly prober: "http";
      /** Accepted status codes, sorted; none means all of 200 to 299. */
      readonly expectedStatus: readonly number[];
      /** Name of the login that is sent along. */
      readonly login?: string;
      /** Whether only the private authority is trusted. */
      readonly privateCa: boolean;
    }
  | { readonly prober: "tcp"; readonly tls: boolean; readonly privateCa: boolean }
  | { readonly prober: "dns"; readonly query: string; readonly queryType: (typeof dnsTypes)[number] }
  | { readonly prober: "icmp" };

/** How often something is asked, and how long an answer may take. */
export interface Schedule {
  readonly intervalSeconds: number;
  /** At most the interval. */
  readonly timeoutSeconds: number;
}

export interface ExternalProbe extends Schedule {
  /** URL for http, `host:port` for tcp, host (or `host:port`) for dns, host for icmp; unique. */
  readonly target: string;
  readonly module: ProbeModule;
  /** Put on every series of the target. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Objects of one kind that are discovered in the cluster. */
export interface DiscoveredProbes extends Schedule {
  /** `annotated`: those that ask for it by annotation. `all`: those that do not forbid it. */
  readonly select: "annotated" | "all";
  /** Only in these namespaces; none means in all. */
  readonly namespaces: readonly string[];
  readonly module: ProbeModule;
  /** Path of the request where the object does not name one; undefined for an Ingress's own paths. */
  readonly path?: string;
  /** Labels of the object that are copied onto its series. */
  readonly objectLabels: readonly string[];
}

/** A user or token that http probes send along. */
export type ProbeLogin =
  | { readonly name: string; readonly type: "basic"; readonly username: string; readonly password: SecretValue }
  | { readonly name: string; readonly type: "bearer"; readonly token: SecretValue };

export interface ProbeSettings extends Readonly<Partial<Record<DiscoveredKind, DiscoveredProbes>>> {
  readonly external: readonly ExternalProbe[];
  readonly logins: readonly ProbeLogin[];
  /** PEM certificate of a private authority. */
  readonly caCertificate?: string;
}

/** Metrics of the user's own, scraped as they are. */
export interface ScrapeTarget extends Schedule {
  /** Label `job` of its series; unique. */
  readonly name: string;
  /** `host:port` each. */
  readonly targets: readonly string[];
  readonly scheme: "http" | "https";
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}
