/** A team's own receiver as an AlertmanagerConfig object in the team's namespace. Pure. */
import type { SmtpServer, TeamReceiver } from "../../config/settings.ts";
import { caCertificateKey, receiverSecretKeys, teamSecretName } from "../shared/names.ts";
import { mailTemplates, smarthost } from "./mail.ts";
import { groupBy, groupInterval, groupWait, repeatInterval } from "./timing.ts";

/** The only version in which the pinned CRD serves AlertmanagerConfig. */
export const alertmanagerConfigApi = "monitoring.coreos.com/v1alpha1";

interface TeamMatcher {
  readonly name: string;
  readonly value: string;
  readonly matchType: "=" | "=~" | "!~";
}

/**
 * The `spec` of the object. prometheus-operator adds the matcher `namespace="<the object's>"` and `continue: true` to
 * the route and puts it before all others, so it must leave out for itself what is for no person.
 */
export function teamConfigSpec(team: TeamReceiver, smtp: SmtpServer): Readonly<Record<string, unknown>> {
  const from = (key: string) => ({ name: teamSecretName(team), key });
  return {
    route: {
      receiver: team.name,
      matchers: teamMatchers(team),
      groupBy: [...groupBy],
      groupWait,
      groupInterval,
      repeatInterval: onlyCritical(team) ? repeatInterval.critical : repeatInterval.other,
    },
    receivers: [
      {
        name: team.name,
        emailConfigs: [
          {
            sendResolved: true,
            to: team.to.join(", "),
            from: smtp.from,
            smarthost: smarthost(smtp),
            ...(smtp.username === undefined ? {} : { authUsername: smtp.username }),
            ...(smtp.password === undefined ? {} : { authPassword: from(receiverSecretKeys.email) }),
            requireTLS: smtp.tls === "required",
            ...(smtp.caCertificate === undefined ? {} : { tlsConfig: { ca: { secret: from(caCertificateKey) } } }),
            headers: [{ key: "Subject", value: mailTemplates.subject }],
            html: mailTemplates.html,
            text: mailTemplates.text,
          },
        ],
      },
    ],
  };
}

function onlyCritical(team: TeamReceiver): boolean {
  return team.severities !== "all" && team.severities.every((severity) => severity === "critical");
}

function teamMatchers(team: TeamReceiver): readonly TeamMatcher[] {
  const { severities } = team;
  if (severities !== "all") {
    const [first, ...more] = severities;
    return first !== undefined && more.length === 0
      ? [{ name: "severity", value: first, matchType: "=" }]
      : [{ name: "severity", value: severities.join("|"), matchType: "=~" }];
  }
  return [
    { name: "severity", value: "info|none", matchType: "!~" },
    { name: "alertname", value: "Watchdog|InfoInhibitor", matchType: "!~" },
  ];
}
