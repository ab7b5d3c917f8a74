/** Turns what the schema gives into the settings of Grafana and of external addresses. Pure. */
import type { ParsedSettings } from "./schema.ts";
import type { SecretValue } from "./secret-value.ts";
import { dataSourceSecretKey, grafanaOidcSecretKey } from "./secrets-grafana.ts";
import type { Exposure, Ingress, IngressAuth } from "./settings-exposure.ts";
import type { DataSource, GrafanaSettings, Oidc } from "./settings-grafana.ts";

/** A secret setting by its full key. */
type ReadSecret = (key: string) => SecretValue;

type ParsedGrafana = ParsedSettings["grafana"];
type ParsedExposure = ParsedSettings["prometheus"];
type ParsedIngress = NonNullable<ParsedExposure["ingress"]>;

export function grafanaSettings(parsed: ParsedSettings, secret: ReadSecret): GrafanaSettings {
  const { enabled, storage, mail, oidc, dataSources } = parsed.grafana;
  return {
    enabled,
    mail: enabled && (mail ?? parsed.smtp !== undefined),
    ...exposure(parsed.grafana),
    ...(storage === undefined ? {} : { storage }),
    ...(oidc === undefined ? {} : { oidc: logIn(oidc, secret) }),
    dataSources: dataSources.map((source) => dataSource(source, secret)),
  };
}

export function exposure({ externalUrl, ingress }: ParsedExposure): Exposure {
  return {
    ...(externalUrl === undefined ? {} : { externalUrl: trimmed(externalUrl) }),
    ...(ingress === undefined ? {} : { ingress: ingressSettings(ingress) }),
  };
}

function ingressSettings({ className, tlsSecret, clusterIssuer, auth }: ParsedIngress): Ingress {
  return {
    className,
    ...(tlsSecret === undefined ? {} : { tlsSecret }),
    ...(clusterIssuer === undefined ? {} : { clusterIssuer }),
    ...(auth === undefined ? {} : { auth: ingressAuth(auth) }),
  };
}

function ingressAuth({ type, url, middleware }: NonNullable<ParsedIngress["auth"]>): IngressAuth {
  switch (type) {
    case "nginx-basic":
      return { type };
    case "nginx-oauth2-proxy":
      return { type, url: trimmed(url ?? "") };
    case "traefik-middleware":
      return { type, middleware: middleware ?? "" };
  }
}

function logIn(oidc: NonNullable<ParsedGrafana["oidc"]>, secret: ReadSecret): Oidc {
  const { allowedGroups = [], adminGroups = [], editorGroups = [], ...rest } = oidc;
  return { ...rest, allowedGroups, adminGroups, editorGroups, clientSecret: secret(grafanaOidcSecretKey) };
}

function dataSource(source: ParsedGrafana["dataSources"][number], secret: ReadSecret): DataSource {
  const { auth, username = "", name, type, url } = source;
  const base = { name, type, url: trimmed(url), default: source.default };
  const value = () => secret(dataSourceSecretKey(name));
  switch (auth) {
    case undefined:
      return base;
    case "basic":
      return { ...base, auth: { type: auth, username, password: value() } };
    case "bearer":
      return { ...base, auth: { type: auth, token: value() } };
  }
}

/** Programs put paths behind it: a slash at its end would stand twice. */
function trimmed(url: string): string {
  return url.replace(/\/+$/, "");
}
