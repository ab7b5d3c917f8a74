/**
 * The secret settings: how their keys are called, who needs which, and what is well formed. A problem with a secret is
 * described here without a single character of it.
 */
import { isDnsLabel, isLoopbackHost } from "./formats.ts";
import { grafanaSecretKinds, neededGrafanaSecrets, type WrittenExposure } from "./secrets-grafana.ts";

export interface SecretKind {
  /** The key without a receiver's name, for example `belfry:slackWebhookUrl`. */
  readonly key: string;
  /** What it is, as the reference says it. */
  readonly description: string;
  /** What is accepted, in the words of the reference. */
  readonly form: string;
  /** Whose receivers need one each; the mail password belongs to the mail server. */
  readonly receiver?: "slack" | "heartbeat";
  /** Which logins of probes need one each; all of its keys have the login's name at their end. */
  readonly login?: "basic" | "bearer";
  /** Whether data sources need one each; all of its keys have the data source's name at their end. */
  readonly dataSource?: true;
  /** Well formed and harmless: stands for the secret where only its presence counts (`belfry render`). */
  readonly placeholder: string;
  /** What is wrong with a value, as `is ...` or `has ...`, without echoing any of it; undefined when nothing is. */
  problem(value: string, options: { readonly sandbox: boolean }): string | undefined;
}

const slackWebhookUrl: SecretKind = {
  key: "belfry:slackWebhookUrl",
  description: "The incoming webhook that Slack made for the channel. Needed by every Slack receiver.",
  form: "an https:// URL: https://hooks.slack.com/services/... or that of a compatible server",
  receiver: "slack",
  placeholder: "https://masked.invalid/slack",
  problem(value, options) {
    const problem = urlProblem(value, options);
    if (problem !== undefined) {
      return problem;
    }
    const { hostname, pathname } = new URL(value);
    return hostname === "hooks.slack.com" && !/^\/(services|workflows|triggers)(\/[^/]+){3,}$/.test(pathname)
      ? "is on hooks.slack.com, but its path is not that of an incoming webhook (/services/T.../B.../...)"
      : undefined;
  },
};

const smtpPassword: SecretKind = {
  key: "belfry:smtpPassword",
  description: "The password that goes with `username` in `belfry:smtp`. Needed when that is set.",
  form: "text without line breaks, without white space at its ends",
  placeholder: "masked",
  problem: (value) => textProblem(value),
};

const heartbeatUrl: SecretKind = {
  key: "belfry:heartbeatUrl",
  description:
    "The URL that expects the beats and raises the alarm when they stop. Needed by every heartbeat receiver.",
  form: "an https:// URL",
  receiver: "heartbeat",
  placeholder: "https://masked.invalid/heartbeat",
  problem: urlProblem,
};

const lokiPassword: SecretKind = {
  key: "belfry:lokiPassword",
  description: "The password that goes with `username` in `belfry:logs`. Needed when that is set.",
  form: "text without line breaks, without white space at its ends",
  placeholder: "masked",
  problem: (value) => textProblem(value),
};

const probePassword: SecretKind = {
  key: "belfry:probePassword",
  description: "The password of a login in `belfry:probes` of type basic. Needed by every such login.",
  form: "text without line breaks, without white space at its ends",
  login: "basic",
  placeholder: "masked",
  problem: (value) => textProblem(value),
};

const probeToken: SecretKind = {
  key: "belfry:probeToken",
  description: "The token of a login in `belfry:probes` of type bearer. Needed by every such login.",
  form: "text without white space",
  login: "bearer",
  placeholder: "masked",
  problem: (value) => textProblem(value) ?? (/\s/.test(value) ? "has white space in it" : undefined),
};

const falcoSlackWebhookUrl: SecretKind = {
  key: "belfry:falcoSlackWebhookUrl",
  description: "The incoming webhook for `outputs.slack` of `belfry:falco`. Needed when that is set.",
  form: slackWebhookUrl.form,
  placeholder: "https://masked.invalid/falco-slack",
  problem: (value, options) => slackWebhookUrl.problem(value, options),
};

const falcoUiPassword: SecretKind = {
  key: "belfry:falcoUiPassword",
  description: "The password of Falco's web page. One is generated unless this is set.",
  form: "at least 12 characters without white space and colons",
  placeholder: "masked-password",
  problem(value) {
    if (value.includes(":")) {
      return "has a colon: the page would not understand it and let everybody in with admin and admin";
    }
    if (/\s/.test(value)) {
      return "has white space in it";
    }
    return value.length < 12 ? "has fewer than 12 characters" : undefined;
  },
};

/** In the order in which they are told and documented. */
export const secretKinds: readonly SecretKind[] = [
  slackWebhookUrl,
  smtpPassword,
  heartbeatUrl,
  lokiPassword,
  probePassword,
  probeToken,
  falcoSlackWebhookUrl,
  falcoUiPassword,
  ...grafanaSecretKinds,
];

function textProblem(value: string): string | undefined {
  if (value.trim() === "") {
    return "is empty";
  }
  if (/[\r\n\0]/.test(value.trim())) {
    return "has more than one line";
  }
  return value === value.trim() ? undefined : "has white space at its beginning or end";
}

function urlProblem(value: string, { sandbox }: { readonly sandbox: boolean }): string | undefined {
  const problem = textProblem(value);
  if (problem !== undefined) {
    return problem;
  }
  if (/\s/.test(value)) {
    return "has white space in it";
  }
  if (!URL.canParse(value)) {
    return "is not a URL";
  }
  const { protocol, hostname } = new URL(value);
  if (protocol === "https:") {
    return undefined;
  }
  if (protocol !== "http:") {
    return "is not an https:// URL";
  }
  return sandbox && isLoopbackHost(hostname) ? undefined : "is an http:// URL: who listens on the way could read it";
}

/** A secret that the settings as a whole require. */
export interface NeededSecret {
  readonly kind: SecretKind;
  /** The full key, for example `belfry:slackWebhookUrl-security`. */
  readonly key: string;
  /** Who needs it, for messages: `the receiver slack`. */
  readonly owner: string;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of a list whatever it holds; nothing when it is no list. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/**
 * The secret of the receiver at `index`, or undefined for kinds that have none and while a name is missing. The first
 * receiver of a kind has the plain key, further ones that key with their name at its end.
 *
 * @param receivers the setting as it was written, not checked yet
 */
export function receiverSecret(receivers: readonly unknown[], index: number): NeededSecret | undefined {
  const receiver = receivers[index];
  if (!isRecord(receiver)) {
    return undefined;
  }
  const type = receiver["type"];
  const kind = secretKinds.find((candidate) => candidate.receiver !== undefined && candidate.receiver === type);
  const name = receiver["name"];
  if (kind === undefined) {
    return undefined;
  }
  const first = receivers.findIndex((other) => isRecord(other) && other["type"] === type) === index;
  const named = typeof name === "string" && isDnsLabel(name);
  if (!first && !named) {
    return undefined;
  }
  return {
    kind,
    key: first ? kind.key : `${kind.key}-${String(name)}`,
    owner: named ? `the receiver ${name}` : `belfry:receivers[${index}]`,
  };
}

/** Key of a login's secret, for example `belfry:probeToken-shop-api`. */
export function loginSecretKey({ name, type }: { readonly name: string; readonly type: "basic" | "bearer" }): string {
  return `${(type === "basic" ? probePassword : probeToken).key}-${name}`;
}

function loginSecrets(probes: unknown): NeededSecret[] {
  const logins = isRecord(probes) ? itemsOf(probes["logins"]) : [];
  return logins.flatMap((login): NeededSecret[] => {
    const { name, type } = isRecord(login) ? { name: login["name"], type: login["type"] } : {};
    return typeof name === "string" && isDnsLabel(name) && (type === "basic" || type === "bearer")
      ? [
          {
            kind: type === "basic" ? probePassword : probeToken,
            key: loginSecretKey({ name, type }),
            owner: `the login ${name} in belfry:probes`,
          },
        ]
      : [];
  });
}

/**
 * Every secret that these settings require, each key once.
 *
 * @param settings the settings as they were written, not checked yet: what is malformed requires nothing
 */
export function neededSecrets(
  settings: {
    readonly receivers?: unknown;
    readonly smtp?: unknown;
    readonly logs?: unknown;
    readonly probes?: unknown;
    readonly falco?: unknown;
  } & WrittenExposure,
): NeededSecret[] {
  const receivers = itemsOf(settings.receivers);
  const ofReceivers = receivers.map((_, index) => receiverSecret(receivers, index));
  const hasUser = isRecord(settings.smtp) && typeof settings.smtp["username"] === "string";
  const ofSmtp = hasUser ? { kind: smtpPassword, key: smtpPassword.key, owner: "the user in belfry:smtp" } : undefined;
  const readsLogs =
    isRecord(settings.logs) && settings.logs["mode"] === "existing" && typeof settings.logs["username"] === "string";
  const ofLogs = readsLogs
    ? { kind: lokiPassword, key: lokiPassword.key, owner: "the user in belfry:logs" }
    : undefined;
  const named = [...loginSecrets(settings.probes), ...neededGrafanaSecrets(settings)];
  const { falco } = settings;
  const outputs = isRecord(falco) && falco["enabled"] !== false ? falco["outputs"] : undefined;
  const ofFalco =
    isRecord(outputs) && isRecord(outputs["slack"])
      ? { kind: falcoSlackWebhookUrl, key: falcoSlackWebhookUrl.key, owner: "outputs.slack of belfry:falco" }
      : undefined;
  const needed = [...ofReceivers, ofSmtp, ofLogs, ofFalco, ...named].filter((secret) => secret !== undefined);
  return needed.filter(({ key }, index) => needed.findIndex((other) => other.key === key) === index);
}

/** The kind of a secret key, with or without a receiver's name; undefined for every other key. */
export function secretKindOf(key: string): SecretKind | undefined {
  return secretKinds.find(
    (kind) =>
      key === kind.key ||
      ((kind.receiver !== undefined || kind.login !== undefined || kind.dataSource === true) &&
        key.startsWith(`${kind.key}-`)),
  );
}

/** Whether a key that Belfry does not know is probably meant for a secret, so that its value may be exposed. */
export function looksSecret(name: string): boolean {
  return /pass(word|wd|phrase)?|secret|token|webhook|api_?key|private_?key|credential|url$/i.test(name);
}

/** Whether a key inside a setting is called like a secret; addresses of what is probed or scraped are none. */
export function isMisplacedSecret(path: readonly PropertyKey[], name: string): boolean {
  const harmless = (path[0] === "probes" || path[0] === "scrapeTargets") && /^(target)?urls?$/i.test(name);
  return looksSecret(name) && !harmless;
}

/** The command that removes a setting. */
export function removeCommand(key: string, stack: string): string {
  const word = /^[\w:.-]+$/.test(key) ? key : `'${key.replaceAll("'", "'\\''")}'`;
  return `pulumi config rm ${word} --stack ${stack}`;
}

/** The command that sets a secret. Pulumi asks for the value, so that it is in no history and no process list. */
export function setSecretCommand(key: string, stack: string): string {
  return `pulumi config set --secret ${key} --stack ${stack}`;
}
