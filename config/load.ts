/** Reads the settings of a stack: text in, one typed object out, or every problem at once. Pure. */
import { checkTogether } from "./checks.ts";
import { profileDefaults, retentionSizeFor } from "./defaults.ts";
import { parseDuration, parseSize } from "./formats.ts";
import { problemsOfIssue } from "./issues.ts";
import { falcoSettings } from "./load-falco.ts";
import { exposure, grafanaSettings } from "./load-grafana.ts";
import { probeSettings, scrapeTarget } from "./probe-load.ts";
import { ConfigError, settingKey, type Problem } from "./problems.ts";
import { aboutSchema, unwrap } from "./schema-walk.ts";
import { settingsSchema, type ParsedSettings } from "./schema.ts";
import { checkSecrets, type SecretContext } from "./secret-checks.ts";
import { SecretValue } from "./secret-value.ts";
import { ingressUsersKey } from "./secrets-grafana.ts";
import { neededSecrets, receiverSecret, secretKindOf, secretKinds } from "./secrets.ts";
import type { LogSettings } from "./settings-logs.ts";
import type { AlertSettings, Receiver, Settings, SmtpServer } from "./settings.ts";
import { trivySettings } from "./trivy.ts";

/** The settings of one stack as Pulumi has them. */
export interface RawConfig {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Full key (`belfry:platform`) to text; lists and maps are JSON text. Keys of other namespaces are not looked at. */
  readonly values: Readonly<Record<string, string>>;
  /** Full keys whose values Pulumi keeps encrypted. */
  readonly secretKeys: ReadonlySet<string>;
  /** True only when the caller proved that the target is the embedded cluster. */
  readonly sandbox: boolean;
}

const prefix = "belfry:";

/** @throws ConfigError with all problems, in the order of the reference */
export function loadConfig(raw: RawConfig): Settings {
  const values = Object.fromEntries(Object.entries(raw.values).filter(([key]) => key.startsWith(prefix)));
  const decoded = decode(values);
  const context: SecretContext = {
    stack: raw.stack,
    values,
    settings: decoded.settings,
    unreadable: new Set(decoded.problems.keys()),
    sandbox: raw.sandbox,
    isSecret: (name) => raw.secretKeys.has(`${prefix}${name}`),
  };
  const parsed = settingsSchema.safeParse(decoded.settings);
  const issues = parsed.error?.issues.filter(({ path }) => !decoded.problems.has(String(path[0]))) ?? [];
  const problems = [
    ...decoded.problems.values(),
    ...issues.flatMap((issue) => problemsOfIssue(issue, context)),
    ...checkTogether(context),
    ...checkSecrets(context),
  ];
  if (problems.length > 0 || !parsed.success) {
    throw new ConfigError(raw.stack, inOrder(problems));
  }
  return assemble(raw, parsed.data, context);
}

/** Text to values, as the schema's types ask for; what cannot be decoded is a problem under the setting's name. */
function decode(values: Readonly<Record<string, string>>) {
  const settings: Record<string, unknown> = {};
  const problems = new Map<string, Problem>();
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const text = values[`${prefix}${name}`];
    const type = unwrap(schema)._zod.def.type;
    if (text === undefined) {
      continue;
    }
    if (type === "boolean") {
      settings[name] = text === "true" ? true : text === "false" ? false : text;
    } else if (type !== "object" && type !== "array") {
      settings[name] = text;
    } else if (text.trim() === "") {
      settings[name] = null;
    } else {
      try {
        settings[name] = JSON.parse(text) as unknown;
      } catch {
        // The error of JSON.parse quotes the text, which may hold a secret.
        const known = aboutSchema(schema);
        const problem = `is not ${known?.form ?? "a setting"}: the text cannot be read as JSON.`;
        const example = known?.example ?? "";
        const fix = `Write it like this: ${prefix}${name}:${example.startsWith("\n") ? "" : " "}${example}`;
        problems.set(name, { key: settingKey([name]), problem, fix });
      }
    }
  }
  return { settings, problems };
}

/** Order of the reference: settings, then secrets, then unknown keys by name; list items by their number. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const names = Object.keys(settingsSchema.shape);
  const rank = ({ key }: Problem): readonly [number, string, number] => {
    const kind = secretKinds.findIndex((candidate) => candidate === secretKindOf(key));
    if (kind >= 0) {
      return [names.length + kind, key, 0];
    }
    const [, name = "", index] = /^belfry:([^.[]*)(?:\[(\d+)\])?/.exec(key) ?? [];
    const position = names.indexOf(name);
    return position >= 0 ? [position, "", Number(index ?? -1)] : [names.length + secretKinds.length, key, 0];
  };
  const ranked = problems.map((problem) => ({ problem, rank: rank(problem) }));
  ranked.sort((a, b) => {
    const byText = a.rank[1] < b.rank[1] ? -1 : a.rank[1] > b.rank[1] ? 1 : 0;
    return a.rank[0] - b.rank[0] || byText || a.rank[2] - b.rank[2];
  });
  return ranked.map(({ problem }) => problem);
}

function assemble(raw: RawConfig, parsed: ParsedSettings, { settings }: SecretContext): Settings {
  const { environment, clusterName, cluster, storage, chartMirror } = parsed;
  const defaults = profileDefaults[parsed.profile];
  const prometheusVolume = storage.prometheus ?? defaults.prometheusVolume;
  const written = Array.isArray(settings["receivers"]) ? (settings["receivers"] as readonly unknown[]) : [];
  const secret = (key: string) => new SecretValue(key, raw.values[key] ?? "");
  return {
    stack: raw.stack,
    environment: environment ?? raw.stack,
    clusterName: clusterName ?? raw.stack,
    cluster: withoutUndefined(cluster),
    platform: parsed.platform,
    profile: parsed.profile,
    namespace: parsed.namespace,
    receivers: parsed.receivers.map((receiver, index): Receiver => {
      const key = receiverSecret(written, index)?.key ?? "";
      switch (receiver.type) {
        case "slack":
          return { ...receiver, severities: receiver.severities ?? "all", webhookUrl: secret(key) };
        case "email":
          return { ...receiver, severities: receiver.severities ?? ["critical"] };
        case "heartbeat": {
          const { interval, ...rest } = receiver;
          return { ...rest, intervalSeconds: parseDuration(interval) ?? 0, url: secret(key) };
        }
      }
    }),
    ...(parsed.smtp === undefined ? {} : { smtp: smtpServer(parsed.smtp, secret) }),
    teams: parsed.teams.map((team) => ({ ...team, severities: team.severities ?? ["critical", "warning"] })),
    alerts: alertSettings(parsed),
    ...(parsed.probes === undefined ? {} : { probes: probeSettings(parsed.probes, secret) }),
    scrapeTargets: parsed.scrapeTargets.map(scrapeTarget),
    logs: logSettings(parsed, secret),
    grafana: grafanaSettings(parsed, secret),
    prometheus: exposure(parsed.prometheus),
    alertmanager: exposure(parsed.alertmanager),
    ...(neededSecrets(settings).some(({ key }) => key === ingressUsersKey)
      ? { ingressUsers: secret(ingressUsersKey) }
      : {}),
    falco: falcoSettings(parsed, secret, (key) => (Object.hasOwn(raw.values, key) ? secret(key) : undefined)),
    storage: {
      ...withoutUndefined(storage),
      prometheus: prometheusVolume,
      alertmanager: storage.alertmanager ?? defaults.alertmanagerVolume,
    },
    retention: {
      time: parsed.retention.time ?? defaults.retentionTime,
      size: parsed.retention.size ?? retentionSizeFor(prometheusVolume),
    },
    ...trivySettings(parsed),
    ...(parsed.demo ? { demo: true } : {}),
    // A slash at its end would stand twice before the chart's name.
    ...(chartMirror === undefined ? {} : { chartMirror: chartMirror.replace(/\/+$/, "") }),
    purgeCrds: parsed.purgeCrds,
  };
}

function alertSettings({ alerts, profile }: ParsedSettings): AlertSettings {
  const { budgets } = alerts;
  const defaults = profileDefaults[profile];
  return {
    watchedNamespaces: alerts.watchedNamespaces ?? "all",
    runbooks: alerts.runbooks.replace(/\/+$/, ""),
    certificateExpirySeconds: parseDuration(alerts.certificateExpiry) ?? 0,
    probeSlowSeconds: parseDuration(alerts.probeSlow) ?? 0,
    falcoDropRatio: Number((alerts.falcoDropPercent / 100).toPrecision(6)),
    budgets: {
      messagesPerDay: budgets.messagesPerDay ?? 100,
      falcoEventsPerDay: budgets.falcoEventsPerDay ?? 1_000,
      reports: budgets.reports ?? defaults.reports,
      etcdBytes: parseSize(budgets.etcdSize ?? "1536MiB") ?? 0,
      seriesPerJob: budgets.seriesPerJob ?? defaults.seriesPerJob,
    },
  };
}

function smtpServer(smtp: NonNullable<ParsedSettings["smtp"]>, secret: (key: string) => SecretValue): SmtpServer {
  const password = smtp.username === undefined ? {} : { password: secret("belfry:smtpPassword") };
  return { ...withoutUndefined(smtp), ...password };
}

function logSettings({ logs, profile }: ParsedSettings, secret: (key: string) => SecretValue): LogSettings {
  const { mode, retention, storage, url, tenant, username } = logs;
  switch (mode) {
    case "off":
      return { mode };
    case "install": {
      const { lokiRetention, lokiVolume } = profileDefaults[profile];
      return { mode, retention: retention ?? lokiRetention, storage: storage ?? lokiVolume };
    }
    case "existing":
      return {
        mode,
        // Grafana puts the path of each request behind it.
        url: (url ?? "").replace(/\/+$/, ""),
        ...withoutUndefined({ tenant, username }),
        ...(username === undefined ? {} : { password: secret("belfry:lokiPassword") }),
      };
  }
}

/** An optional member that is present without a value is not the same as an absent one. */
type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}
