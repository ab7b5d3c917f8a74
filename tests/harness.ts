/** The one mock harness of all tests that run Pulumi code. */
import type * as pulumi from "@pulumi/pulumi";

import { isWrappedSecret } from "../automation/mask.ts";
import { type RecordedResource, runUnderMocks } from "../automation/mock-run.ts";
import type { CrdObject } from "../components/trivy/crds.ts";
import type { ProbeSettings, ScrapeTarget } from "../config/probe-settings.ts";
import { SecretValue } from "../config/secret-value.ts";
import type { InstalledFalco } from "../config/settings-falco.ts";
import type { Settings } from "../config/settings.ts";
import type { TrivySettings } from "../config/settings-trivy.ts";

/** A resource with what only the engine is told about it. */
export interface CollectedResource extends RecordedResource {
  /** `<type>::<name>` of its parent; undefined directly below the stack. */
  readonly parent: string | undefined;
  /** `<type>::<name>` of everything it waits for, sorted, each once. */
  readonly dependsOn: readonly string[];
  /** Whether it stays in the cluster when the stack goes. */
  readonly retainOnDelete: boolean;
  /** What `registerOutputs` was called with; undefined when it never was, or with nothing. */
  readonly registered: Readonly<Record<string, unknown>> | undefined;
}

export interface Collected {
  readonly resources: readonly CollectedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: unknown): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, callback: unknown): void;
}

/**
 * Runs a program under mocks and waits until everything in it has settled.
 *
 * @param program makes the resources; what it returns is the stack's outputs
 * @param o.stateOf outputs of a resource beside its inputs
 */
export async function collectResources(
  program: () => Promise<Record<string, unknown>> | Record<string, unknown>,
  o: { readonly stack?: string; readonly stateOf?: (resource: RecordedResource) => Record<string, unknown> } = {},
): Promise<Collected> {
  const requests = new Map<string, RegisterRequest>();
  const registered = new Map<string, Record<string, unknown>>();
  const { resources, outputs } = await runUnderMocks({
    stack: o.stack ?? "test",
    program: async () => program(),
    ...(o.stateOf === undefined ? {} : { stateOf: o.stateOf }),
    onMonitor: (object) => {
      const monitor = object as Monitor;
      const register = monitor.registerResource.bind(monitor);
      const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
      monitor.registerResource = (request, callback) => {
        requests.set(`${request.getType()}::${request.getName()}`, request);
        return register(request, callback);
      };
      monitor.registerResourceOutputs = (request, callback) => {
        registered.set(shortUrn(request.getUrn()), request.getOutputs()?.toJavaScript() ?? {});
        registerOutputs(request, callback);
      };
    },
  });
  return {
    outputs,
    resources: resources.map((resource) => {
      const id = `${resource.type}::${resource.name}`;
      const request = requests.get(id);
      const parent = request === undefined ? "" : shortUrn(request.getParent());
      return {
        ...resource,
        parent: parent === "" || parent.startsWith("pulumi:pulumi:Stack::") ? undefined : parent,
        dependsOn: [...new Set(request?.getDependenciesList().map(shortUrn))].sort(),
        retainOnDelete: request?.getRetainondelete() === true,
        registered: registered.get(id),
      };
    }),
  };
}

/** `urn:pulumi:stack::project::parentType$type::name` as `type::name`. */
function shortUrn(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return urn === "" ? "" : `${types.split("$").at(-1) ?? ""}::${name}`;
}

/** An output's value. Never settles for one that a preview cannot know. */
export function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => void output.apply(resolve));
}

/** Paths of everything secret in a resource's inputs, written with dots. */
export function secretPaths(value: unknown, path = ""): string[] {
  if (isWrappedSecret(value)) {
    return [path];
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, member]) => secretPaths(member, path === "" ? key : `${path}.${key}`));
}

/** Secrets that no plain text may contain. */
export const canaries = {
  slack: "https://hooks.slack.com/services/T0/B0/canary-slack",
  smtp: "canary-smtp-password",
  heartbeat: "https://beats.example.com/canary-heartbeat",
  probeToken: "canary-probe-token",
  probePassword: "canary-probe-password",
  falcoSlack: "https://hooks.slack.com/services/T0/B0/canary-falco",
} as const;

/** Probes of every kind, with every kind of login. */
export function exampleProbes(): ProbeSettings {
  const schedule = { intervalSeconds: 60, timeoutSeconds: 15 };
  const http = { prober: "http", expectedStatus: [], privateCa: false } as const;
  const kind = { select: "annotated", namespaces: [], module: http, objectLabels: [], ...schedule } as const;
  return {
    external: [
      { target: "https://shop.example.com/", module: http, labels: {}, ...schedule },
      { target: "https://api.example.com/", module: { ...http, login: "api" }, labels: { team: "shop" }, ...schedule },
      { target: "https://old.example.com/", module: { ...http, login: "old", privateCa: true }, labels: {}, ...schedule },
      { target: "gateway.example.com", module: { prober: "icmp" }, labels: {}, ...schedule },
    ],
    services: { ...kind, path: "/" },
    ingresses: kind,
    pods: { ...kind, path: "/health" },
    logins: [
      { name: "api", type: "bearer", token: new SecretValue("belfry:probeToken-api", canaries.probeToken) },
      {
        name: "old",
        type: "basic",
        username: "probe",
        password: new SecretValue("belfry:probePassword-old", canaries.probePassword),
      },
    ],
    caCertificate: "-----BEGIN CERTIFICATE-----",
  };
}

export const exampleScrapeTarget: ScrapeTarget = {
  name: "build-server",
  targets: ["build.example.com:9100"],
  scheme: "http",
  path: "/metrics",
  labels: { team: "build" },
  intervalSeconds: 60,
  timeoutSeconds: 10,
};

/** What a chart of Trivy would hold, in short. */
export const exampleCrds: readonly CrdObject[] = [
  { metadata: { name: "sbomreports.aquasecurity.github.io" }, spec: { group: "aquasecurity.github.io" } },
  {
    metadata: { name: "vulnerabilityreports.aquasecurity.github.io", annotations: { generator: "v1" } },
    spec: { group: "aquasecurity.github.io" },
  },
];

/** Trivy's settings as their defaults are, but with a server. */
export function exampleTrivy(changes: Partial<TrivySettings> = {}): TrivySettings {
  return {
    ignoreUnfixed: true,
    severities: ["critical", "high", "medium"],
    namespaces: [],
    excludeNamespaces: [],
    sbom: false,
    configAudit: false,
    nodeCollector: false,
    server: true,
    serverVolume: "5Gi",
    reportLifetimeSeconds: 86_400,
    databaseMirrors: [],
    privateImages: true,
    registryLogins: [],
    ...changes,
  };
}

/** Settings that use every kind of receiver; secrets are {@link canaries}. */
export function exampleSettings(changes: Partial<Settings> = {}): Settings {
  return {
    stack: "test",
    environment: "test",
    clusterName: "test-1",
    cluster: {},
    platform: "kubeadm",
    profile: "small",
    namespace: "monitoring",
    receivers: [
      {
        type: "slack",
        name: "slack",
        channel: "#alerts",
        severities: "all",
        webhookUrl: new SecretValue("belfry:slackWebhookUrl", canaries.slack),
      },
      { type: "email", name: "mail", to: ["oncall@example.com", "lead@example.com"], severities: ["critical"] },
      {
        type: "heartbeat",
        name: "heartbeat",
        intervalSeconds: 300,
        url: new SecretValue("belfry:heartbeatUrl", canaries.heartbeat),
      },
    ],
    smtp: {
      host: "smtp.example.com",
      port: 587,
      from: "belfry@example.com",
      username: "belfry",
      password: new SecretValue("belfry:smtpPassword", canaries.smtp),
      tls: "required",
    },
    teams: [
      {
        namespace: "shop",
        createNamespace: true,
        name: "email",
        to: ["shop-team@example.com"],
        severities: ["critical", "warning"],
      },
    ],
    alerts: {
      watchedNamespaces: "all",
      runbooks: "https://runbooks.example.com",
      certificateExpirySeconds: 14 * 86_400,
      probeSlowSeconds: 3,
      falcoDropRatio: 0.01,
      budgets: {
        messagesPerDay: 100,
        falcoEventsPerDay: 1_000,
        reports: 2_000,
        etcdBytes: 1536 * 1024 ** 2,
        seriesPerJob: 100_000,
      },
    },
    scrapeTargets: [],
    logs: { mode: "off" },
    grafana: { enabled: true, mail: true, dataSources: [] },
    prometheus: {},
    alertmanager: {},
    falco: { enabled: false },
    storage: { prometheus: "10Gi", alertmanager: "1Gi" },
    retention: { time: "7d", size: "8GiB" },
    purgeCrds: false,
    ...changes,
  };
}

/** A Falco with everything that can be switched on; its page keeps events on a node's own disk. */
export function exampleFalco(changes: Partial<InstalledFalco> = {}): InstalledFalco {
  return {
    enabled: true,
    driver: "modern_ebpf",
    leastPrivileged: true,
    minimumPriority: "notice",
    pushExpiresAfterSeconds: 3_600,
    slack: {
      minimumPriority: "warning",
      webhookUrl: new SecretValue("belfry:falcoSlackWebhookUrl", canaries.falcoSlack),
    },
    loki: { minimumPriority: "notice" },
    ui: {
      user: "falco",
      keepSeconds: 604_800,
      storage: { size: "5Gi", local: { path: "/var/lib/redis-data", node: "node-1" } },
      access: { type: "loadBalancer", sourceRanges: ["192.0.2.0/24"] },
    },
    metricsAccess: { type: "nodePort", sourceRanges: ["198.51.100.7/32"] },
    rules: { exceptions: [], custom: [], macros: [], lists: [], disabled: [] },
    ...changes,
  };
}

/** Settings that switch every component on. */
export function fullSettings(changes: Partial<Settings> = {}): Settings {
  return exampleSettings({
    logs: { mode: "install", retention: "7d", storage: "10Gi" },
    probes: exampleProbes(),
    scrapeTargets: [exampleScrapeTarget],
    falco: exampleFalco(),
    trivy: exampleTrivy(),
    demo: true,
    ...changes,
  });
}
