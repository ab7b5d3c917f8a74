/** The configuration that this product deploys, with the files of one machine in the place of what a pod mounts. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Route } from "../../components/receivers/alertmanager-config.ts";
import { routingTree } from "../../components/receivers/routing.ts";
import { baseSecrets } from "../../components/receivers/secrets.ts";
import { messageTemplates } from "../../components/receivers/templates.ts";
import { SecretValue } from "../../config/secret-value.ts";
import type { EmailReceiver, HeartbeatReceiver, Settings, SlackReceiver } from "../../config/settings.ts";
import { loopback } from "../../sandbox/layout.ts";

type StageSettings = Pick<Settings, "receivers" | "smtp">;

/**
 * Writes secrets and templates below `directory`.
 *
 * @param faster by how much every time of the routes is divided; Alertmanager's own times (ten seconds at least for a
 *   group's turn, the growing pauses between retries) stay as they are
 * @returns the content of `alertmanager.yml`; JSON is YAML
 */
export async function stageConfiguration(directory: string, settings: StageSettings, faster = 1): Promise<string> {
  const secrets = join(directory, "secrets");
  const templates = join(directory, "templates");
  for (const { name, content } of baseSecrets(settings)) {
    for (const [key, value] of Object.entries(content)) {
      await write(join(secrets, name, key), typeof value === "string" ? value : value.reveal());
    }
  }
  for (const [file, content] of Object.entries(messageTemplates())) await write(join(templates, file), content);
  const tree = routingTree(settings);
  const text = JSON.stringify({
    ...tree,
    route: quicker(tree.route, faster),
    receivers: tree.receivers.map((receiver) => ({
      ...receiver,
      ...(receiver.slack_configs === undefined
        ? {}
        : { slack_configs: receiver.slack_configs.map((one) => ({ ...one, timeout: divided(one.timeout, faster) })) }),
    })),
  });
  return text.replaceAll("/etc/alertmanager/secrets", secrets).replaceAll("/etc/alertmanager/config", templates);
}

function quicker(route: Route, faster: number): Route {
  const times = (["group_wait", "group_interval", "repeat_interval"] as const).flatMap((key) => {
    const value = route[key];
    return value === undefined ? [] : [[key, divided(value, faster)]];
  });
  return {
    ...route,
    ...(Object.fromEntries(times) as Partial<Route>),
    ...(route.routes === undefined ? {} : { routes: route.routes.map((one) => quicker(one, faster)) }),
  };
}

function divided(duration: string, by: number): string {
  const [, number = "", unit = ""] = /^(\d+)([smh])$/.exec(duration) ?? [];
  const seconds = Number(number) * ({ s: 1, m: 60, h: 3600 }[unit] ?? Number.NaN);
  return `${Math.round((seconds * 1000) / by)}ms`;
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { mode: 0o600 });
}

export const slackReceiver = (url: string, changes: Partial<SlackReceiver> = {}): SlackReceiver => ({
  type: "slack",
  name: "slack",
  channel: "#alerts",
  severities: "all",
  webhookUrl: new SecretValue("belfry:slackWebhookUrl", url),
  ...changes,
});

export const mailReceiver = (changes: Partial<EmailReceiver> = {}): EmailReceiver => ({
  type: "email",
  name: "mail",
  to: ["oncall@example.org"],
  severities: ["critical"],
  ...changes,
});

export const heartbeatReceiver = (url: string, intervalSeconds: number): HeartbeatReceiver => ({
  type: "heartbeat",
  name: "heartbeat",
  intervalSeconds,
  url: new SecretValue("belfry:heartbeatUrl", url),
});

/** A mail server on loopback that wants TLS and a password. */
export function mailServerSettings(o: {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** PEM */
  readonly certificate: string;
}): NonNullable<Settings["smtp"]> {
  return {
    host: loopback,
    port: o.port,
    from: "belfry@example.org",
    username: o.username,
    password: new SecretValue("belfry:smtpPassword", o.password),
    tls: "required",
    caCertificate: o.certificate,
  };
}
