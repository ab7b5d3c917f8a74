/** Puts the checked settings of probes and scrape targets into the form that components take. Pure. */
import { parseDuration } from "./formats.ts";
import type {
  DiscoveredProbes,
  ExternalProbe,
  ProbeLogin,
  ProbeModule,
  ProbeSettings,
  Schedule,
  ScrapeTarget,
} from "./probe-settings.ts";
import type { ParsedSettings } from "./schema.ts";
import type { SecretValue } from "./secret-value.ts";
import { loginSecretKey } from "./secrets.ts";

type ParsedProbes = NonNullable<ParsedSettings["probes"]>;
type ParsedExternal = ParsedProbes["external"][number];

interface WrittenSchedule {
  readonly interval?: string | undefined;
  readonly timeout?: string | undefined;
}

function schedule(own: WrittenSchedule, above: WrittenSchedule): Schedule {
  return {
    intervalSeconds: parseDuration(own.interval ?? above.interval ?? "") ?? 0,
    timeoutSeconds: parseDuration(own.timeout ?? above.timeout ?? "") ?? 0,
  };
}

function http(status: readonly number[] | undefined, privateCa: boolean, login?: string): ProbeModule {
  const expectedStatus = [...new Set(status)].sort((a, b) => a - b);
  return { prober: "http", expectedStatus, privateCa, ...(login === undefined ? {} : { login }) };
}

function externalModule(target: ParsedExternal): ProbeModule {
  switch (target.module) {
    case "http_2xx":
      return http(target.expectedStatus, target.privateCa, target.login);
    case "tcp_connect":
      return { prober: "tcp", tls: false, privateCa: false };
    case "tcp_tls":
      return { prober: "tcp", tls: true, privateCa: target.privateCa };
    case "dns":
      return { prober: "dns", query: target.query ?? "", queryType: target.queryType ?? "A" };
    case "icmp":
      return { prober: "icmp" };
  }
}

interface ParsedKind extends WrittenSchedule {
  readonly select: "annotated" | "all";
  readonly namespaces?: readonly string[] | undefined;
  readonly module?: "http_2xx" | "tcp_connect";
  readonly path?: string;
  readonly expectedStatus?: readonly number[] | undefined;
  readonly privateCa: boolean;
  readonly objectLabels: readonly string[];
}

function discovered(kind: ParsedKind, above: WrittenSchedule): DiscoveredProbes {
  return {
    select: kind.select,
    namespaces: kind.namespaces ?? [],
    module:
      kind.module === "tcp_connect"
        ? { prober: "tcp", tls: false, privateCa: false }
        : http(kind.expectedStatus, kind.privateCa),
    ...(kind.path === undefined ? {} : { path: kind.path }),
    ...schedule(kind, above),
    objectLabels: kind.objectLabels,
  };
}

/** @param secret gives the secret that was set under a key */
export function probeSettings(probes: ParsedProbes, secret: (key: string) => SecretValue): ProbeSettings {
  const { services, ingresses, pods, caCertificate } = probes;
  const external = probes.external.map(
    (target): ExternalProbe => ({
      target: target.target,
      module: externalModule(target),
      ...schedule(target, probes),
      labels: target.labels,
    }),
  );
  const logins = probes.logins.map(({ name, type, username }): ProbeLogin => {
    const value = secret(loginSecretKey({ name, type }));
    return type === "basic" ? { name, type, username: username ?? "", password: value } : { name, type, token: value };
  });
  return {
    external,
    ...(services === undefined ? {} : { services: discovered(services, probes) }),
    ...(ingresses === undefined ? {} : { ingresses: discovered(ingresses, probes) }),
    ...(pods === undefined ? {} : { pods: discovered(pods, probes) }),
    logins,
    ...(caCertificate === undefined ? {} : { caCertificate }),
  };
}

export function scrapeTarget(target: ParsedSettings["scrapeTargets"][number]): ScrapeTarget {
  const { interval, timeout, ...rest } = target;
  return { ...rest, ...schedule({ interval, timeout }, {}) };
}
