/**
 * The settings of one stack after they were read and checked: what `config/load.ts` gives to the program and all that
 * components and pure builders ever see. How each setting is written in a stack file stands in `config/schema.ts`.
 */
import type { ProbeSettings, ScrapeTarget } from "./probe-settings.ts";
import type { SecretValue } from "./secret-value.ts";
import type { FalcoSettings } from "./settings-falco.ts";
import type { LogSettings } from "./settings-logs.ts";
import type { Exposure } from "./settings-exposure.ts";
import type { GrafanaSettings } from "./settings-grafana.ts";
import type { TrivySettings } from "./settings-trivy.ts";

export const platforms = ["eks", "gke", "gke-autopilot", "aks", "kubeadm", "k3s", "kind", "sandbox"] as const;
/** Where the cluster runs. `sandbox` is set by the embedded cluster alone. */
export type Platform = (typeof platforms)[number];

export const profiles = ["small", "standard", "ha"] as const;
/** How large the watch is: replicas, requests and limits. */
export type Profile = (typeof profiles)[number];

/** The severities that alerts of this stack have. */
export const severities = ["critical", "warning", "info", "none"] as const;
export type Severity = (typeof severities)[number];

/** A Slack channel, reached by an incoming webhook. */
export interface SlackReceiver {
  readonly type: "slack";
  /** Unique among all receivers; a DNS label. */
  readonly name: string;
  /** `#channel` or `@user`, for the message; a webhook of today posts to the channel it was made for. */
  readonly channel: string;
  /** Severities that are told here. `"all"`: everything that is for people, also an unknown or missing severity. */
  readonly severities: readonly Severity[] | "all";
  readonly webhookUrl: SecretValue;
}

/** A mail list. */
export interface EmailReceiver {
  readonly type: "email";
  readonly name: string;
  readonly to: readonly string[];
  readonly severities: readonly Severity[] | "all";
}

/** A URL outside the cluster that expects a beat at every interval and raises the alarm when the beats stop. */
export interface HeartbeatReceiver {
  readonly type: "heartbeat";
  readonly name: string;
  /** Seconds between two beats. */
  readonly intervalSeconds: number;
  readonly url: SecretValue;
}

export type Receiver = SlackReceiver | EmailReceiver | HeartbeatReceiver;

/** The mail server that e-mail receivers and Grafana use. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** The address in the From header. */
  readonly from: string;
  /** Without a user there is no authentication and no password. */
  readonly username?: string;
  readonly password?: SecretValue;
  /** `required`: STARTTLS (or TLS from the first byte on port 465), certificate verified. `off`: plain text, only where switched off by name. */
  readonly tls: "required" | "off";
  /** PEM certificate of a private authority that signed the server's certificate. */
  readonly caCertificate?: string;
}

/** A team's own receiver, an AlertmanagerConfig object in the team's namespace: it is told of that namespace's alerts only. */
export interface TeamReceiver {
  /** The team's namespace. */
  readonly namespace: string;
  /** Whether this stack creates (and at the end deletes) that namespace. */
  readonly createNamespace: boolean;
  /** Name of the AlertmanagerConfig and of its receiver. */
  readonly name: string;
  readonly to: readonly string[];
  readonly severities: readonly Severity[] | "all";
}

/** What this stack's own alerts watch, and from where on they tell. */
export interface AlertSettings {
  /** Namespaces whose images' critical vulnerabilities are told. */
  readonly watchedNamespaces: readonly string[] | "all";
  /** Address of the directory of runbooks, without a slash at its end. */
  readonly runbooks: string;
  /** How long before its end a certificate is told. */
  readonly certificateExpirySeconds: number;
  /** From which time on a probe that succeeds is slow. */
  readonly probeSlowSeconds: number;
  /** Share of the kernel's events that Falco may lose on a node, of 1. */
  readonly falcoDropRatio: number;
  readonly budgets: {
    /** Messages to one Slack or e-mail receiver. */
    readonly messagesPerDay: number;
    /** Matches of one Falco rule. */
    readonly falcoEventsPerDay: number;
    /** Trivy's reports in etcd. */
    readonly reports: number;
    readonly etcdBytes: number;
    readonly seriesPerJob: number;
  };
}

/** Everything one stack says, with its defaults filled in. Receivers stand in the order of the settings. */
export interface Settings {
  /** The Pulumi stack's name. */
  readonly stack: string;
  /** Label `environment` on every alert; the stack's name unless set. */
  readonly environment: string;
  /** Label `cluster` on every alert. */
  readonly clusterName: string;
  /** The cluster this stack belongs to. */
  readonly cluster: { readonly context?: string; readonly kubeSystemUid?: string };
  readonly platform: Platform;
  readonly profile: Profile;
  /** Namespace of the monitoring stack. */
  readonly namespace: string;
  readonly receivers: readonly Receiver[];
  readonly smtp?: SmtpServer;
  readonly teams: readonly TeamReceiver[];
  readonly alerts: AlertSettings;
  /** Absent: nothing is probed, and no exporter installed. */
  readonly probes?: ProbeSettings;
  readonly scrapeTargets: readonly ScrapeTarget[];
  readonly logs: LogSettings;
  readonly grafana: GrafanaSettings;
  readonly prometheus: Exposure;
  readonly alertmanager: Exposure;
  /** Lines of an htpasswd file: who passes the Ingresses that ask by basic authentication. */
  readonly ingressUsers?: SecretValue;
  readonly falco: FalcoSettings;
  readonly storage: {
    /** StorageClass; the cluster's default one when absent. */
    readonly className?: string;
    /** Kubernetes quantities. */
    readonly prometheus: string;
    readonly alertmanager: string;
    /** Whether `destroy` keeps the volumes, and with them the namespaces of their claims; absent: no. */
    readonly retain?: boolean;
  };
  readonly retention: {
    /** Prometheus duration, for example `10d`. */
    readonly time: string;
    /** Prometheus size, below the volume's, for example `16GiB`. */
    readonly size: string;
  };
  /** Absent: Trivy Operator is not installed. */
  readonly trivy?: TrivySettings;
  /** Whether the vulnerable application runs, so that Trivy has something to find; never in production. */
  readonly demo?: boolean;
  /** Chart repository (`https://`, `http://` on loopback, or `oci://`) that is used instead of every chart's own one. */
  readonly chartMirror?: string;
  /** Whether `destroy` removes the CRDs too, those of prometheus-operator and of Trivy (and with them every object of their kinds, also other people's). */
  readonly purgeCrds: boolean;
}
