/** The exporter's modules: one for each different way in which something is asked. Pure. */
import type { ProbeLogin, ProbeModule, ProbeSettings } from "../../config/probe-settings.ts";
import { discoveredKinds } from "../../config/probe-settings.ts";
import { caCertificateKey, probeSecretFile } from "../shared/names.ts";

/** A module as the exporter's configuration has it; it holds no secret, only names of files. */
export type ModuleConfiguration = Readonly<Record<string, unknown>>;

/** Above every timeout that a setting may ask for: the scrape's own timeout, sent along with each request, counts. */
const moduleTimeout = "120s";

/** Names that both families have are asked by IPv4 first, as pods without IPv6 need it. */
const addressFamily = { preferred_ip_protocol: "ip4" } as const;

/** The module's name, which says all that it differs by, for example `http_200_204_login_shop-api`. */
export function moduleName(module: ProbeModule): string {
  switch (module.prober) {
    case "http": {
      const status = module.expectedStatus.length === 0 ? ["2xx"] : module.expectedStatus.map(String);
      const login = module.login === undefined ? [] : ["login", module.login];
      return ["http", ...status, ...login, ...(module.privateCa ? ["private_ca"] : [])].join("_");
    }
    case "tcp":
      return ["tcp", module.tls ? "tls" : "connect", ...(module.privateCa ? ["private_ca"] : [])].join("_");
    case "dns":
      return `dns_${module.queryType}_${module.query}`;
    case "icmp":
      return "icmp";
  }
}

/** Everything that the settings ask for, in the order in which it appears there, each way once. */
export function usedModules(probes: ProbeSettings): readonly ProbeModule[] {
  const all = [
    ...probes.external.map(({ module }) => module),
    ...discoveredKinds.flatMap((kind) => probes[kind]?.module ?? []),
  ];
  return [...new Map(all.map((module) => [moduleName(module), module])).values()];
}

/** @returns modules by name. The chart has an `http_2xx` of its own, so that one is always given in full. */
export function moduleConfigurations(probes: ProbeSettings): Readonly<Record<string, ModuleConfiguration>> {
  const plain: ProbeModule = { prober: "http", expectedStatus: [], privateCa: false };
  return Object.fromEntries(
    [plain, ...usedModules(probes)].map((module) => [moduleName(module), configuration(module, probes.logins)]),
  );
}

function configuration(module: ProbeModule, logins: readonly ProbeLogin[]): ModuleConfiguration {
  return { prober: module.prober, timeout: moduleTimeout, ...details(module, logins) };
}

function details(module: ProbeModule, logins: readonly ProbeLogin[]): ModuleConfiguration {
  switch (module.prober) {
    case "http": {
      const { expectedStatus, privateCa } = module;
      const login = logins.find(({ name }) => name === module.login);
      const http = {
        ...addressFamily,
        valid_http_versions: ["HTTP/1.1", "HTTP/2.0"],
        // Who expects a redirect wants to see it, not where it leads.
        follow_redirects: !expectedStatus.some((code) => code >= 300 && code <= 399),
        ...(expectedStatus.length === 0 ? {} : { valid_status_codes: expectedStatus }),
        ...(privateCa ? trust : {}),
        ...(login === undefined ? {} : authentication(login)),
      };
      return { http };
    }
    case "tcp":
      return { tcp: { ...addressFamily, ...(module.tls ? { tls: true } : {}), ...(module.privateCa ? trust : {}) } };
    case "dns":
      return {
        dns: {
          ...addressFamily,
          query_name: module.query,
          query_type: module.queryType,
          // An empty answer is no answer.
          validate_answer_rrs: { fail_if_none_matches_regexp: [`\\tIN\\t${module.queryType}\\t`] },
        },
      };
    case "icmp":
      return { icmp: { ...addressFamily } };
  }
}

const trust = { tls_config: { ca_file: probeSecretFile(caCertificateKey) } } as const;

/** Files are read at every probe, so a changed secret counts without a new pod. */
function authentication(login: ProbeLogin): ModuleConfiguration {
  const file = probeSecretFile(login.name);
  return login.type === "basic"
    ? { basic_auth: { username: login.username, password_file: file } }
    : { authorization: { type: "Bearer", credentials_file: file } };
}
