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
      ...(criticalAmongOthers(team)
        ? {
            routes: [
              {
                receiver: team.name,
                matchers: [{ name: "severity", value: "critical", matchType: "=" }],
                repeatInterval: repeatInterval.critical,
              },
            ],
          }
        : {}),
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

function onlyCritical({ severities }: TeamReceiver): boolean {
  return severities !== "all" && severities.every((severity) => severity === "critical");
}

/** As in the base tree, critical alerts come in messages of their own then. */
function criticalAmongOthers(team: TeamReceiver): boolean {
  return (team.severities === "all" || team.severities.includes("critical")) && !onlyCritical(team);
}

function teamMatchers({ severities }: TeamReceiver): readonly TeamMatcher[] {
  const notForPeople: TeamMatcher = { name: "alertname", value: "Watchdog|InfoInhibitor", matchType: "!~" };
  if (severities === "all") {
    return [{ name: "severity", value: "info|none", matchType: "!~" }, notForPeople];
  }
  const [first, ...more] = severities;
  const wanted: TeamMatcher =
    first !== undefined && more.length === 0
      ? { name: "severity", value: first, matchType: "=" }
      : { name: "severity", value: severities.join("|"), matchType: "=~" };
  return [wanted, notForPeople];
}
