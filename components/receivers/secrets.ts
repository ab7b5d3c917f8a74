/** Which Secrets the receivers need, each with a small one of its own. Pure. */
import type { SecretValue } from "../../config/secret-value.ts";
import type { Receiver, Settings, SmtpServer, TeamReceiver } from "../../config/settings.ts";
import { caCertificateKey, receiverSecretKeys, receiverSecretName, teamSecretName } from "../shared/names.ts";

export interface ReceiverSecret {
  readonly name: string;
  /** Key to content. A certificate is public, but a Secret is where both forms of configuration look for it. */
  readonly content: Readonly<Record<string, SecretValue | string>>;
}

/** The Secrets that Alertmanager mounts, in the order of the receivers. */
export function baseSecrets(settings: Pick<Settings, "receivers" | "smtp">): readonly ReceiverSecret[] {
  return settings.receivers.flatMap((receiver) => {
    const content = contentFor(receiver, settings.smtp);
    return Object.keys(content).length === 0 ? [] : [{ name: receiverSecretName(receiver), content }];
  });
}

/** The Secret of a team's receiver, in the team's namespace; undefined where the mail server needs none. */
export function teamSecret(team: TeamReceiver, smtp: SmtpServer): ReceiverSecret | undefined {
  const content = mailContent(smtp);
  return Object.keys(content).length === 0 ? undefined : { name: teamSecretName(team), content };
}

function contentFor(receiver: Receiver, smtp: SmtpServer | undefined): ReceiverSecret["content"] {
  switch (receiver.type) {
    case "slack":
      return { [receiverSecretKeys.slack]: receiver.webhookUrl };
    case "heartbeat":
      return { [receiverSecretKeys.heartbeat]: receiver.url };
    case "email":
      return smtp === undefined ? {} : mailContent(smtp);
  }
}

function mailContent(smtp: SmtpServer): ReceiverSecret["content"] {
  return {
    ...(smtp.password === undefined ? {} : { [receiverSecretKeys.email]: smtp.password }),
    ...(smtp.caCertificate === undefined ? {} : { [caCertificateKey]: smtp.caCertificate }),
  };
}
