/** How each kind of receiver stands in Alertmanager's configuration: secrets by file, texts by template. Pure. */
import type {
  EmailReceiver,
  HeartbeatReceiver,
  Receiver,
  Settings,
  SlackReceiver,
  SmtpServer,
} from "../../config/settings.ts";
import { caCertificateKey, mountedSecretFile, receiverSecretKeys, receiverSecretName } from "../shared/names.ts";
import type { EmailConfig, ReceiverConfig, SlackConfig, WebhookConfig } from "./alertmanager-config.ts";
import { mailTemplates, smarthost } from "./mail.ts";
import { requestTimeout } from "./timing.ts";

/** The receiver that drops what it gets. */
export const nullReceiver = "null";

/** A receiver of the base configuration, under the name that the settings give it. */
export function baseReceiver(receiver: Receiver, settings: Pick<Settings, "smtp">): ReceiverConfig {
  switch (receiver.type) {
    case "slack":
      return { name: receiver.name, slack_configs: [slackConfig(receiver)] };
    case "email":
      if (settings.smtp === undefined) {
        throw new Error(`receiver ${receiver.name} sends mail, but the settings have no mail server`);
      }
      return { name: receiver.name, email_configs: [emailConfig(receiver, settings.smtp)] };
    case "heartbeat":
      return { name: receiver.name, webhook_configs: [heartbeatConfig(receiver)] };
  }
}

/** Green when over, yellow for warnings alone, red otherwise: what is unknown must not look harmless. */
const slackColor =
  '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}danger{{ end }}';

function slackConfig(receiver: SlackReceiver): SlackConfig {
  return {
    send_resolved: true,
    api_url_file: mountedSecretFile(receiverSecretName(receiver), receiverSecretKeys.slack),
    channel: receiver.channel,
    color: slackColor,
    title: '{{ template "belfry.slack.title" . }}',
    title_link: '{{ template "belfry.slack.link" . }}',
    text: '{{ template "belfry.slack.text" . }}',
    fallback: '{{ template "belfry.slack.title" . }}',
    timeout: requestTimeout,
  };
}

function emailConfig(receiver: EmailReceiver, smtp: SmtpServer): EmailConfig {
  const file = (key: string) => mountedSecretFile(receiverSecretName(receiver), key);
  return {
    send_resolved: true,
    to: receiver.to.join(", "),
    from: smtp.from,
    smarthost: smarthost(smtp),
    ...(smtp.username === undefined ? {} : { auth_username: smtp.username }),
    ...(smtp.password === undefined ? {} : { auth_password_file: file(receiverSecretKeys.email) }),
    require_tls: smtp.tls === "required",
    ...(smtp.caCertificate === undefined ? {} : { tls_config: { ca_file: file(caCertificateKey) } }),
    headers: { Subject: mailTemplates.subject },
    html: mailTemplates.html,
    text: mailTemplates.text,
  };
}

/** A beat says that alerts can leave the cluster; what it carries does not matter, and there is no end to tell. */
function heartbeatConfig(receiver: HeartbeatReceiver): WebhookConfig {
  const file = mountedSecretFile(receiverSecretName(receiver), receiverSecretKeys.heartbeat);
  return { send_resolved: false, url_file: file, max_alerts: 1, timeout: requestTimeout };
}
