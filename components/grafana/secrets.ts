/** The Secrets of Grafana's process, each with a small one of its own. Pure. */
import type { GrafanaSettings } from "../../config/settings-grafana.ts";
import type { SmtpServer } from "../../config/settings.ts";
import { caCertificateKey, grafanaOidcSecret, grafanaSmtpSecret } from "../shared/names.ts";
import type { SecretContent } from "../shared/secret.ts";

export interface GrafanaSecret {
  readonly name: string;
  /** Key to content. A certificate is public, but the Secret is where the pod finds all of the mail server. */
  readonly content: Readonly<Record<string, SecretContent>>;
}

/** What the settings ask for beside the administrator, whose password nobody chooses. */
export function grafanaSecrets(grafana: GrafanaSettings, smtp: SmtpServer | undefined): readonly GrafanaSecret[] {
  const mail = grafana.mail && smtp !== undefined ? mailContent(smtp) : {};
  return [
    ...(Object.keys(mail).length === 0 ? [] : [{ name: grafanaSmtpSecret.name, content: mail }]),
    ...(grafana.oidc === undefined
      ? []
      : [{ name: grafanaOidcSecret.name, content: { [grafanaOidcSecret.key]: grafana.oidc.clientSecret } }]),
  ];
}

function mailContent({ username, password, caCertificate }: SmtpServer): GrafanaSecret["content"] {
  return {
    ...(username === undefined || password === undefined
      ? {}
      : { [grafanaSmtpSecret.userKey]: username, [grafanaSmtpSecret.passwordKey]: password }),
    ...(caCertificate === undefined ? {} : { [caCertificateKey]: caCertificate }),
  };
}
