/** Keeps secrets out of what is rendered: each stands there as a mark that says which one it is. Pure. */
import type { ProbeLogin } from "../config/probe-settings.ts";
import { SecretValue } from "../config/secret-value.ts";
import type { FalcoSettings } from "../config/settings-falco.ts";
import type { LogSettings } from "../config/settings-logs.ts";
import type { DataSource, GrafanaSettings } from "../config/settings-grafana.ts";
import type { Receiver, Settings } from "../config/settings.ts";

const mark = /^<secret( [^<>]*)?>$/;

/** What stands for a secret, for example `<secret belfry:slackWebhookUrl>`. */
export function secretMark(what: string): string {
  return `<secret ${what}>`;
}

/** The settings with the mark of its key in the place of every secret. */
export function maskSettings(settings: Settings): Settings {
  const { smtp, probes, ingressUsers } = settings;
  return {
    ...settings,
    receivers: settings.receivers.map(maskReceiver),
    logs: maskLogs(settings.logs),
    falco: maskFalco(settings.falco),
    ...(smtp?.password === undefined ? {} : { smtp: { ...smtp, password: masked(smtp.password) } }),
    ...(probes === undefined ? {} : { probes: { ...probes, logins: probes.logins.map(maskLogin) } }),
    grafana: maskGrafana(settings.grafana),
    ...(ingressUsers === undefined ? {} : { ingressUsers: masked(ingressUsers) }),
  };
}

function maskGrafana(grafana: GrafanaSettings): GrafanaSettings {
  const { oidc, dataSources } = grafana;
  return {
    ...grafana,
    ...(oidc === undefined ? {} : { oidc: { ...oidc, clientSecret: masked(oidc.clientSecret) } }),
    dataSources: dataSources.map(maskDataSource),
  };
}

function maskDataSource(source: DataSource): DataSource {
  switch (source.auth?.type) {
    case undefined:
      return source;
    case "basic":
      return { ...source, auth: { ...source.auth, password: masked(source.auth.password) } };
    case "bearer":
      return { ...source, auth: { ...source.auth, token: masked(source.auth.token) } };
  }
}

function maskReceiver(receiver: Receiver): Receiver {
  switch (receiver.type) {
    case "slack":
      return { ...receiver, webhookUrl: masked(receiver.webhookUrl) };
    case "heartbeat":
      return { ...receiver, url: masked(receiver.url) };
    case "email":
      return receiver;
  }
}

function maskLogs(logs: LogSettings): LogSettings {
  return logs.mode === "existing" && logs.password !== undefined ? { ...logs, password: masked(logs.password) } : logs;
}

function maskLogin(login: ProbeLogin): ProbeLogin {
  return login.type === "basic"
    ? { ...login, password: masked(login.password) }
    : { ...login, token: masked(login.token) };
}

function maskFalco(falco: FalcoSettings): FalcoSettings {
  if (!falco.enabled) {
    return falco;
  }
  const { slack, ui } = falco;
  return {
    ...falco,
    ...(slack === undefined ? {} : { slack: { ...slack, webhookUrl: masked(slack.webhookUrl) } }),
    ...(ui?.password === undefined ? {} : { ui: { ...ui, password: masked(ui.password) } }),
  };
}

function masked({ key }: SecretValue): SecretValue {
  return new SecretValue(key, secretMark(key));
}

/** How the SDK marks special values, and secrets among them, on their way to the engine. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Whether this is a secret as the SDK hands it to the engine: its value is in `value`. */
export function isWrappedSecret(value: unknown): value is { readonly value: unknown } {
  return isRecord(value) && value[signatureKey] === secretSignature;
}

/**
 * Replaces every secret in inputs as the engine gets them by marks, whatever is inside: a map with one secret in it
 * arrives as one secret, and keeps its keys. Marks that are there already stay.
 */
export function maskSecrets(value: unknown): unknown {
  if (isWrappedSecret(value)) {
    return mapLeaves(value.value, (leaf) => (typeof leaf === "string" && mark.test(leaf) ? leaf : "<secret>"));
  }
  if (Array.isArray(value)) {
    return value.map(maskSecrets);
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskSecrets(member)]));
  }
  return value;
}

function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (isWrappedSecret(value)) {
    return mapLeaves(value.value, change);
  }
  if (Array.isArray(value)) {
    return value.map((member) => mapLeaves(member, change));
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapLeaves(member, change)]));
  }
  return change(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
