/**
 * Grafana's own configuration. Pure, and without secrets: what is secret stands there as the name of a variable, or is
 * given to the pod as one.
 */
import type { GrafanaSettings, Oidc } from "../../config/settings-grafana.ts";
import type { SmtpServer } from "../../config/settings.ts";
import { smarthost } from "../receivers/mail.ts";
import type { Values } from "../shared/release.ts";

/** Variable of Grafana's process that holds the secret of the OpenID Connect client. */
export const oidcVariable = "BELFRY_OIDC_CLIENT_SECRET";

/** Sections of grafana.ini beside the chart's own ones. */
export function grafanaIni(grafana: GrafanaSettings, smtp: SmtpServer | undefined): Values {
  const { externalUrl, oidc } = grafana;
  return {
    "auth.anonymous": { enabled: false },
    users: { allow_sign_up: false },
    // Both would send something about this cluster to other companies.
    analytics: { check_for_updates: false, reporting_enabled: false },
    snapshots: { external_enabled: false },
    ...(externalUrl === undefined ? {} : addressSections(externalUrl)),
    ...(grafana.mail && smtp !== undefined ? { smtp: mailSection(smtp) } : {}),
    ...(oidc === undefined ? {} : oidcSections(oidc)),
  };
}

function addressSections(externalUrl: string): Values {
  const { hostname, protocol } = new URL(externalUrl);
  return {
    server: { root_url: `${externalUrl}/`, domain: hostname },
    ...(protocol === "https:" ? { security: { cookie_secure: true } } : {}),
  };
}

/** User and password come from a Secret. On port 465 Grafana speaks TLS from the first byte by itself. */
function mailSection(smtp: SmtpServer): Values {
  return {
    enabled: true,
    host: smarthost(smtp),
    from_address: smtp.from,
    from_name: "Grafana",
    startTLS_policy: smtp.tls === "required" ? "MandatoryStartTLS" : "NoStartTLS",
    skip_verify: false,
  };
}

function oidcSections(oidc: Oidc): Values {
  const role = rolePath(oidc);
  return {
    ...(oidc.passwordLogin ? {} : { auth: { disable_login_form: true } }),
    "auth.generic_oauth": {
      enabled: true,
      name: oidc.title,
      client_id: oidc.clientId,
      client_secret: `$__env{${oidcVariable}}`,
      auth_url: oidc.authUrl,
      token_url: oidc.tokenUrl,
      api_url: oidc.apiUrl,
      scopes: oidc.scopes.join(" "),
      use_pkce: true,
      // Who logs in for the first time is let in: whom the provider lets through, or the allowed groups.
      allow_sign_up: true,
      ...(oidc.allowedGroups.length === 0
        ? {}
        : { allowed_groups: [...oidc.allowedGroups], groups_attribute_path: oidc.groupsClaim }),
      ...(role === undefined ? {} : { role_attribute_path: role }),
    },
  };
}

/** The role as an expression over the claims; undefined where everybody is a viewer, as Grafana has it. */
function rolePath({ groupsClaim, adminGroups, editorGroups }: Oidc): string | undefined {
  const inOneOf = (groups: readonly string[]) =>
    `(${groups.map((group) => `contains(${groupsClaim}[*], '${group}')`).join(" || ")})`;
  const roles = (
    [
      [adminGroups, "Admin"],
      [editorGroups, "Editor"],
    ] as const
  ).filter(([groups]) => groups.length > 0);
  return roles.length === 0
    ? undefined
    : [...roles.map(([groups, role]) => `${inOneOf(groups)} && '${role}'`), "'Viewer'"].join(" || ");
}
