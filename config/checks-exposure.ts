/** What an external address, its Ingress and what asks who is there must agree on. Pure. */
import type { CheckContext } from "./checks.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord } from "./secrets.ts";

type Path = readonly PropertyKey[];
type Written = Readonly<Record<string, unknown>>;

const parts = ["prometheus", "alertmanager", "grafana"] as const;

export function checkExposure({ settings }: CheckContext): Problem[] {
  const of = parts.map((part) => ({ part, written: settings[part] }));
  return [
    ...of.flatMap(({ part, written }) => (isRecord(written) ? ingress(part, written) : [])),
    ...hostsOf(of).flatMap(sameHost),
  ];
}

function problem(path: Path, text: string, fix: string): Problem {
  return { key: settingKey(path), problem: text, fix };
}

function ingress(part: (typeof parts)[number], { externalUrl, ingress: written }: Written): Problem[] {
  if (!isRecord(written)) {
    return [];
  }
  const example = `https://${part}.example.com`;
  const found: Problem[] = [];
  if (externalUrl === undefined) {
    const text = "is missing: the Ingress needs the host under which people reach it.";
    found.push(problem([part, "externalUrl"], text, `Write it like this: externalUrl: ${example}`));
  } else if (typeof externalUrl === "string" && URL.canParse(externalUrl)) {
    const { protocol, pathname } = new URL(externalUrl);
    if (protocol === "http:") {
      const text = "is an http:// address, but the Ingress has TLS.";
      found.push(problem([part, "externalUrl"], text, `Write it like this: externalUrl: ${example}`));
    }
    if (pathname !== "/") {
      const text = "has a path, but the Ingress serves a whole host.";
      found.push(problem([part, "externalUrl"], text, `Write it like this: externalUrl: ${example}`));
    }
  }
  const { tlsSecret, clusterIssuer } = written;
  if ((tlsSecret === undefined) === (clusterIssuer === undefined)) {
    const text =
      tlsSecret === undefined
        ? "has neither tlsSecret nor clusterIssuer: without a certificate, log-ins would cross the network in plain text."
        : "has both tlsSecret and clusterIssuer: the certificate comes from one of them.";
    found.push(problem([part, "ingress"], text, "Write it like this: clusterIssuer: letsencrypt"));
  }
  return part === "grafana" ? found : [...found, ...authentication(part, written)];
}

/** Which key each way needs. */
const needs: Readonly<Record<string, { readonly key: "url" | "middleware"; readonly example: string }>> = {
  "nginx-oauth2-proxy": { key: "url", example: "url: https://login.example.com" },
  "traefik-middleware": { key: "middleware", example: "middleware: auth-login@kubernetescrd" },
};

function authentication(part: string, { auth }: Written): Problem[] {
  const path = [part, "ingress", "auth"];
  if (auth === undefined) {
    const text = "is missing: whoever reaches the address could read everything and silence every alert.";
    return [problem(path, text, "Write it like this: auth: {type: nginx-basic}")];
  }
  if (!isRecord(auth) || typeof auth["type"] !== "string") {
    return [];
  }
  const type = auth["type"];
  const needed = needs[type];
  const missing =
    needed !== undefined && auth[needed.key] === undefined
      ? [problem([...path, needed.key], `is missing: type ${type} needs it.`, `Write it like this: ${needed.example}`)]
      : [];
  const idle = (["url", "middleware"] as const)
    .filter((key) => auth[key] !== undefined && key !== needed?.key)
    .map((key) => problem([...path, key], `has no effect with type ${type}.`, "Remove it."));
  return [...missing, ...idle];
}

interface Host {
  readonly path: Path;
  readonly host: string;
}

/** Hosts of the Ingresses, in the order of the settings. */
function hostsOf(of: readonly { readonly part: string; readonly written: unknown }[]): Host[] {
  return of.flatMap(({ part, written }) =>
    isRecord(written) &&
    isRecord(written["ingress"]) &&
    typeof written["externalUrl"] === "string" &&
    URL.canParse(written["externalUrl"])
      ? [{ path: [part, "externalUrl"], host: new URL(written["externalUrl"]).host }]
      : [],
  );
}

/** Two Ingresses for all paths of one host: the controller would choose one. */
function sameHost({ path, host }: Host, index: number, all: readonly Host[]): Problem[] {
  const first = all.findIndex((other) => other.host === host);
  return first < index
    ? [
        problem(
          path,
          `has the same host as ${settingKey(all[first]?.path ?? [])}, and each Ingress serves a whole host.`,
          "Give each of them a host of its own.",
        ),
      ]
    : [];
}
