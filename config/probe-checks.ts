/** What the settings of probes must agree on. Like `checks.ts`, it reads them as written. Pure. */
import type { CheckContext } from "./checks.ts";
import { type Fields, type Path, problem, recordsOf, tooLong } from "./check-kit.ts";
import { isHost, isHostAndPort, isLoopbackHost } from "./formats.ts";
import { platformFacts } from "./platforms.ts";
import { discoveredKinds } from "./probe-settings.ts";
import { nearest, type Problem } from "./problems.ts";
import { reservedLabels } from "./schema-probe-kit.ts";
import { isRecord, itemsOf } from "./secrets.ts";
import { platforms } from "./settings.ts";


export function checkProbes(context: CheckContext): Problem[] {
  const probes = context.settings["probes"];
  if (!isRecord(probes)) {
    return [];
  }
  const external = recordsOf(probes["external"]);
  return [
    ...somethingIsProbed(probes),
    ...tooLong(probes, probes, ["probes"]),
    ...external.flatMap((target, index) => externalTarget(target, ["probes", "external", index], context)),
    ...sameTargets(external),
    ...external.flatMap((target, index) => tooLong(target, probes, ["probes", "external", index])),
    ...discoveredKinds.flatMap((kind) => discovered(probes[kind], ["probes", kind], probes)),
    ...logins(probes, external),
    ...privateAuthority(probes, external),
  ];
}

const isPresent = (value: unknown) => value !== undefined && value !== null;

function somethingIsProbed(probes: Fields): Problem[] {
  const { external } = probes;
  const some = Array.isArray(external) ? external.length > 0 : external !== undefined;
  return some || discoveredKinds.some((kind) => probes[kind] !== undefined)
    ? []
    : [
        problem(
          ["probes"],
          "probes nothing: it names no external target, no services, ingresses or pods.",
          "Name something, for example external: [{target: https://shop.example.com/}], or remove the setting.",
        ),
      ];
}

const targetForms: Readonly<Record<string, { form: string; example: string; accepts: (target: string) => boolean }>> = {
  http_2xx: { form: "an http:// or https:// URL without a fragment", example: "https://shop.example.com/", accepts: isUrl },
  tcp_connect: { form: "an address host:port", example: "db.example.com:5432", accepts: isHostAndPort },
  tcp_tls: { form: "an address host:port", example: "ldap.example.com:636", accepts: isHostAndPort },
  dns: {
    form: "a DNS server: a host, or host:port",
    example: "ns1.example.com",
    accepts: (target) => isHost(target) || isHostAndPort(target),
  },
  icmp: { form: "a host name or IP address", example: "gateway.example.com", accepts: isHost },
};

function isUrl(target: string): boolean {
  return /^https?:\/\//i.test(target) && URL.canParse(target) && !target.includes("#");
}

/** What belongs to some modules only. */
const onlyFor: Readonly<Record<string, readonly string[]>> = {
  expectedStatus: ["http_2xx"],
  login: ["http_2xx"],
  privateCa: ["http_2xx", "tcp_tls"],
  query: ["dns"],
  queryType: ["dns"],
};

function externalTarget(target: Fields, path: Path, context: CheckContext): Problem[] {
  const module = target["module"] ?? "http_2xx";
  const rule = typeof module === "string" ? targetForms[module] : undefined;
  if (typeof module !== "string" || rule === undefined) {
    return [];
  }
  const found: Problem[] = [];
  const address = target["target"];
  if (typeof address === "string" && address !== "" && !rule.accepts(address)) {
    const text = `the value is not ${rule.form}, which ${module} needs.`;
    found.push(problem([...path, "target"], text, `Write it like this: target: ${rule.example}`));
  }
  for (const [member, modules] of Object.entries(onlyFor)) {
    if (target[member] !== undefined && target[member] !== false && !modules.includes(module)) {
      const text = `belongs to ${modules.join(" and ")}, but the module is ${module}.`;
      found.push(problem([...path, member], text, "Remove it, or change the module."));
    }
  }
  if (module === "dns" && target["query"] === undefined) {
    found.push(
      problem([...path, "query"], "is missing: dns needs the name to ask for.", "Write it like this: query: shop.example.com"),
    );
  }
  return [...found, ...plainLogin(target, path), ...(module === "icmp" ? pings(path, context) : [])];
}

/** A password must not cross a network that others may listen on. */
function plainLogin(target: Fields, path: Path): Problem[] {
  const address = target["target"];
  if (typeof target["login"] !== "string" || typeof address !== "string" || !isUrl(address)) {
    return [];
  }
  const { protocol, hostname } = new URL(address);
  const inside = /\.svc(\.cluster\.local)?$/.test(hostname) || isLoopbackHost(hostname);
  return protocol === "http:" && !inside
    ? [
        problem(
          [...path, "login"],
          "would be sent in plain text: the target is an http:// URL.",
          "Write the target with https://, or remove login.",
        ),
      ]
    : [];
}

function pings(path: Path, { settings }: CheckContext): Problem[] {
  const platform = platforms.find((known) => known === settings["platform"]);
  return platform === undefined || platformFacts(platform).hostAccess
    ? []
    : [
        problem(
          [...path, "module"],
          `icmp is not possible on ${platformFacts(platform).title}: a ping needs the capability NET_RAW, which the ` +
            "namespace of the monitoring stack does not allow there.",
          "Write it like this: module: tcp_connect, with a target host:port",
        ),
      ];
}

/** The same for what Prometheus takes for the same: case of scheme and host, default port, missing slash. */
function normalized(target: string): string {
  return isUrl(target) ? new URL(target).href : target.toLowerCase();
}

function sameTargets(external: readonly Fields[]): Problem[] {
  const first = new Map<string, number>();
  return external.flatMap((item, index) => {
    const { target } = item as { readonly target?: unknown };
    if (typeof target !== "string" || target === "") {
      return [];
    }
    const known = first.get(normalized(target));
    if (known === undefined) {
      first.set(normalized(target), index);
      return [];
    }
    const text = `is the same target as belfry:probes.external[${known}]: both would write the same series.`;
    return [problem(["probes", "external", index, "target"], text, "Remove one of the two.")];
  });
}

/** Name of a label of series that is copied from an object's label. */
export function seriesLabel(objectLabel: string): string {
  const name = objectLabel.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

function discovered(item: unknown, path: Path, probes: Fields): Problem[] {
  if (!isRecord(item)) {
    return [];
  }
  const found: Problem[] = tooLong(item, probes, path);
  if (item["module"] === "tcp_connect") {
    for (const member of ["expectedStatus", "path", "privateCa"]) {
      if (item[member] !== undefined && item[member] !== false) {
        const text = "belongs to http_2xx, but the module is tcp_connect.";
        found.push(problem([...path, member], text, "Remove it, or change the module."));
      }
    }
  }
  const taken = new Map<string, string>();
  itemsOf(item["objectLabels"]).forEach((label, index) => {
    if (typeof label !== "string") {
      return;
    }
    const name = seriesLabel(label);
    const here = [...path, "objectLabels", index];
    const before = taken.get(name);
    if (before !== undefined) {
      const text = `${JSON.stringify(label)} becomes the label ${name}, as ${JSON.stringify(before)} does.`;
      found.push(problem(here, text, "Remove one of the two."));
    } else if (["namespace", ...reservedLabels].includes(name)) {
      const text = `${JSON.stringify(label)} becomes the label ${name}, which the stack sets itself.`;
      found.push(problem(here, text, "Remove it."));
    }
    taken.set(name, label);
  });
  return found;
}

function logins(probes: Fields, external: readonly Fields[]): Problem[] {
  const all = recordsOf(probes["logins"]);
  const written = all.map(({ name }) => name);
  const names = written.filter((name) => typeof name === "string");
  const used = new Set(external.map(({ login }) => login));
  const found: Problem[] = external.flatMap(({ login }, index) => {
    if (typeof login !== "string" || names.includes(login)) {
      return [];
    }
    const proposal = nearest(login, names);
    const question = proposal === undefined ? "" : ` Did you mean ${proposal}?`;
    return [
      problem(
        ["probes", "external", index, "login"],
        `${JSON.stringify(login)} is no login in belfry:probes.logins.${question}`,
        `Add it there: - {name: ${login}, type: bearer}`,
      ),
    ];
  });
  all.forEach(({ name, type, username }, index) => {
    const path = ["probes", "logins", index];
    if (typeof name === "string" && written.indexOf(name) < index) {
      const text = `${JSON.stringify(name)} is already the name of belfry:probes.logins[${written.indexOf(name)}].`;
      found.push(problem([...path, "name"], text, "Give every login a name of its own."));
    } else if (typeof name === "string" && !used.has(name)) {
      const text = "is used by no target.";
      found.push(problem(path, text, `Write login: ${name} at a target in belfry:probes.external, or remove the login.`));
    }
    if (type === "basic" && !isPresent(username)) {
      const text = "is missing: basic needs a user.";
      found.push(problem([...path, "username"], text, "Write it like this: username: probe"));
    }
    if (type === "bearer" && isPresent(username)) {
      const text = "belongs to basic, but the type is bearer.";
      found.push(problem([...path, "username"], text, "Remove it, or write type: basic."));
    }
  });
  return found;
}

function privateAuthority(probes: Fields, external: readonly Fields[]): Problem[] {
  const places: (readonly [Path, unknown])[] = [
    ...external.map((item, index) => [["probes", "external", index, "privateCa"], item["privateCa"]] as const),
    ...discoveredKinds.map(
      (kind) => [["probes", kind, "privateCa"], (isRecord(probes[kind]) ? probes[kind] : {})["privateCa"]] as const,
    ),
  ];
  const users = places.filter(([, value]) => value === true).map(([path]) => path);
  const given = isPresent(probes["caCertificate"]);
  if (given && users.length === 0) {
    return [
      problem(
        ["probes", "caCertificate"],
        "is trusted by no probe.",
        "Write privateCa: true where it is to be trusted, or remove it.",
      ),
    ];
  }
  return given
    ? []
    : users.map((path) =>
        problem(
          path,
          "is true, but belfry:probes.caCertificate is missing.",
          "Add the authority's certificate there, in PEM form, or remove privateCa.",
        ),
      );
}
