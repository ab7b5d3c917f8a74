/** The settings of Falco after they were read and checked. */
import type { SecretValue } from "./secret-value.ts";

/** How Falco sees the kernel's events. */
export const falcoDrivers = ["modern_ebpf", "kmod", "auto"] as const;
export type FalcoDriver = (typeof falcoDrivers)[number];

/** Priorities of Falco's rules, the most urgent one first. */
export const falcoPriorities = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
] as const;
export type FalcoPriority = (typeof falcoPriorities)[number];

/** How many events must be kept, and where. */
export interface RedisStorage {
  /** A Kubernetes quantity. */
  readonly size: string;
  /** StorageClass; the cluster's default one when both this and `local` are absent. */
  readonly className?: string;
  /** A directory on one node, in the place of a StorageClass. */
  readonly local?: { readonly path: string; readonly node: string };
}

/** How the web page is reached from outside the cluster. */
export type UiAccess =
  | { readonly type: "loadBalancer"; readonly sourceRanges: readonly string[] }
  /** Without a port Kubernetes chooses one. */
  | { readonly type: "nodePort"; readonly port?: number }
  | { readonly type: "ingress"; readonly host: string; readonly tlsSecret: string; readonly className?: string };

/** The web page of falcosidekick. */
export interface FalcoUi {
  readonly user: string;
  /** Generated when absent. */
  readonly password?: SecretValue;
  /** How long an event is kept. */
  readonly keepSeconds: number;
  readonly storage: RedisStorage;
  readonly access?: UiAccess;
}

/** A Prometheus outside the cluster that reads the metrics of Falco and falcosidekick. */
export interface MetricsAccess {
  readonly type: "nodePort" | "loadBalancer";
  /** Who may come, as CIDR. */
  readonly sourceRanges: readonly string[];
}

/** A value of an exception; a list where its operator takes one. */
export type ExceptionValue = string | number | readonly (string | number)[];

/** What a rule of Falco must not tell. */
export interface RuleException {
  readonly rule: string;
  readonly name: string;
  readonly fields: readonly string[];
  /** One operator for each field. */
  readonly comps: readonly string[];
  /** Each as long as `fields`. */
  readonly values: readonly (readonly ExceptionValue[])[];
}

/** A rule of the user's own. */
export interface CustomRule {
  readonly rule: string;
  readonly description: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: FalcoPriority;
  readonly source: string;
  readonly tags: readonly string[];
}

/** A macro of the user's own, or a change of one of Falco's. */
export interface CustomMacro {
  readonly macro: string;
  readonly condition: string;
  readonly override?: "append" | "replace";
}

/** A list of the user's own, or a change of one of Falco's. */
export interface CustomList {
  readonly list: string;
  readonly items: readonly (string | number)[];
  readonly override?: "append" | "replace";
}

export interface FalcoRules {
  readonly exceptions: readonly RuleException[];
  readonly custom: readonly CustomRule[];
  readonly macros: readonly CustomMacro[];
  readonly lists: readonly CustomList[];
  /** Names of Falco's rules that are switched off. */
  readonly disabled: readonly string[];
}

/** Falco with falcosidekick. */
export interface InstalledFalco {
  readonly enabled: true;
  readonly driver: FalcoDriver;
  /** Whether Falco runs with the capabilities that `modern_ebpf` needs instead of all. */
  readonly leastPrivileged: boolean;
  /** Rules of lower priority are not loaded. */
  readonly minimumPriority: FalcoPriority;
  /** How long a pushed alert fires. */
  readonly pushExpiresAfterSeconds: number;
  readonly slack?: { readonly minimumPriority: FalcoPriority; readonly webhookUrl: SecretValue };
  /** Without an address: this stack's own Loki. */
  readonly loki?: { readonly url?: string; readonly tenant?: string; readonly minimumPriority: FalcoPriority };
  readonly ui?: FalcoUi;
  readonly metricsAccess?: MetricsAccess;
  readonly rules: FalcoRules;
}

export type FalcoSettings = { readonly enabled: false } | InstalledFalco;
