/**
 * What all e-mail receivers have in common, in whichever form they are written: what a mail says and who carries it.
 * Pure.
 */
import type { SmtpServer } from "../../config/settings.ts";

/** Go templates, defined in `alerts/templates/email.tmpl`. */
export const mailTemplates = {
  subject: '{{ template "belfry.email.subject" . }}',
  html: '{{ template "belfry.email.html" . }}',
  text: '{{ template "belfry.email.text" . }}',
} as const;

/** `host:port`, with an IPv6 address in brackets. On port 465 Alertmanager speaks TLS from the first byte by itself. */
export function smarthost(smtp: Pick<SmtpServer, "host" | "port">): string {
  return `${smtp.host.includes(":") ? `[${smtp.host}]` : smtp.host}:${smtp.port}`;
}
