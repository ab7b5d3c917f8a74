/** Secrets of Grafana and of what asks who is there. A problem is described without a single character of a value. */
import { isDnsLabel } from "./formats.ts";
import type { NeededSecret, SecretKind } from "./secrets.ts";

export const grafanaOidcSecretKey = "belfry:grafanaOidcClientSecret";
const dataSourceKey = "belfry:dataSourceSecret";
export const ingressUsersKey = "belfry:ingressUsers";

/** Key of the password or token of a data source. */
export function dataSourceSecretKey(name: string): string {
  return `${dataSourceKey}-${name}`;
}

const oneLine = "text without line breaks, without white space at its ends";

const grafanaOidcClientSecret: SecretKind = {
  key: grafanaOidcSecretKey,
  description: "The secret of the client in `belfry:grafana.oidc`. Needed when that is set.",
  form: oneLine,
  placeholder: "masked",
  problem: lineProblem,
};

const dataSourceSecret: SecretKind = {
  key: dataSourceKey,
  description:
    "The password or token of a data source in `belfry:grafana.dataSources`. Needed by every data source with `auth`; " +
    "its key ends in the data source's name.",
  form: oneLine,
  dataSource: true,
  placeholder: "masked",
  problem: lineProblem,
};

const ingressUsers: SecretKind = {
  key: ingressUsersKey,
  description:
    "Who passes the Ingresses with `auth: {type: nginx-basic}`: lines of an htpasswd file, as `htpasswd -nB NAME` " +
    "prints them. Needed when there is such an Ingress.",
  form: "one line for each user, each NAME:HASH as htpasswd -nB NAME prints it",
  placeholder: "masked:$2y$05$................................................",
  problem: usersProblem,
};

export const grafanaSecretKinds = [grafanaOidcClientSecret, dataSourceSecret, ingressUsers] as const;

function lineProblem(value: string): string | undefined {
  if (value.trim() === "") {
    return "is empty";
  }
  if (/[\r\n\0]/.test(value.trim())) {
    return "has more than one line";
  }
  return value === value.trim() ? undefined : "has white space at its beginning or end";
}

/** Hashes that ingress-nginx understands: bcrypt, and the MD5, SHA-256 and SHA-512 of crypt(3). */
const user = /^[^\s:]+:\$(2[aby]|apr1|5|6)\$\S{20,}$/;

function usersProblem(value: string): string | undefined {
  const lines = value.split("\n").map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
  if (lines.length === 0) {
    return "is empty";
  }
  const wrong = lines.findIndex((line) => !user.test(line));
  if (wrong >= 0) {
    return `has no user and hash in line ${wrong + 1}`;
  }
  const names = lines.map((line) => line.split(":")[0]);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  return twice < 0 ? undefined : `has a user in line ${twice + 1} who stands there before`;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is written of these settings, not checked yet. */
export interface WrittenExposure {
  readonly grafana?: unknown;
  readonly prometheus?: unknown;
  readonly alertmanager?: unknown;
}

/** Every secret that these settings require, each key once. What is malformed requires nothing. */
export function neededGrafanaSecrets({ grafana, prometheus, alertmanager }: WrittenExposure): NeededSecret[] {
  const known = isRecord(grafana) && grafana["enabled"] !== false ? grafana : {};
  const sources = Array.isArray(known["dataSources"]) ? (known["dataSources"] as readonly unknown[]) : [];
  const asks = [prometheus, alertmanager].map(
    (part) => isRecord(part) && isRecord(part["ingress"]) && isRecord(part["ingress"]["auth"]) && part["ingress"]["auth"]["type"],
  );
  return [
    ...(isRecord(known["oidc"])
      ? [{ kind: grafanaOidcClientSecret, key: grafanaOidcSecretKey, owner: "belfry:grafana.oidc" }]
      : []),
    ...sources.flatMap((source): NeededSecret[] =>
      isRecord(source) &&
      (source["auth"] === "basic" || source["auth"] === "bearer") &&
      typeof source["name"] === "string" &&
      isDnsLabel(source["name"])
        ? [
            {
              kind: dataSourceSecret,
              key: dataSourceSecretKey(source["name"]),
              owner: `the data source ${source["name"]}`,
            },
          ]
        : [],
    ),
    ...(asks.includes("nginx-basic")
      ? [
          {
            kind: ingressUsers,
            key: ingressUsersKey,
            owner: `belfry:${asks[0] === "nginx-basic" ? "prometheus" : "alertmanager"}.ingress.auth`,
          },
        ]
      : []),
  ];
}
