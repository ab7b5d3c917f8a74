/** Settings of Grafana: its volume, its mail, who logs in and how, and what it shows beside the stack's own metrics. */
import { z } from "zod";

import { externalUrl, addressForm, isAddress, openIngress, webAddress } from "./schema-exposure.ts";
import { about, dnsLabel, dnsLabelText, quantityForm, someOf, text, volumeSize } from "./schema-kit.ts";
import { dataSourceTypes } from "./settings-grafana.ts";

const plainText = (description: string, pattern: RegExp, form: string, example: string) =>
  text({ accepts: (value) => pattern.test(value) }).register(about, { description, form, example });

/** Neither quotes nor anything else that would end the expression in which it stands. */
const groupPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._:@/+-]{0,199}$/u;

const groups = (description: string, defaultText: string) =>
  someOf(
    plainText("One group.", groupPattern, "the name of a group (letters, digits, spaces and . _ : @ / + -)", "sre"),
  )
    .register(about, { description, form: "a list of groups", example: "[sre]", defaultText })
    .optional();

const endpoint = (description: string, path: string) =>
  webAddress().register(about, { description, form: addressForm, example: `https://login.example.com/${path}` });

const oidc = z
  .strictObject({
    title: plainText(
      "What stands on the button: Sign in with ...",
      /^[\p{L}\p{N}][\p{L}\p{N} ._&-]{0,39}$/u,
      "a title (letters, digits, spaces and . _ & -, 40 characters at most)",
      "Example SSO",
    ).default("SSO"),
    clientId: plainText(
      "The client that the provider knows Grafana by.",
      /^[\w.:/@~-]{1,200}$/,
      "a client ID (letters, digits and . _ : / @ ~ -)",
      "grafana",
    ),
    authUrl: endpoint("Where the browser is sent to log in.", "oauth2/authorize"),
    tokenUrl: endpoint("Where Grafana gets the token.", "oauth2/token"),
    apiUrl: endpoint("Where Grafana reads who it is.", "oauth2/userinfo"),
    scopes: someOf(plainText("One scope.", /^[\w.:/-]{1,100}$/, "a scope (letters, digits and . _ : / -)", "openid"))
      .register(about, {
        description: "What Grafana asks for.",
        form: "a list of scopes",
        example: "[openid, profile, email, groups]",
      })
      .default(["openid", "profile", "email"]),
    groupsClaim: plainText(
      "The claim that lists the user's groups.",
      /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/,
      "the name of a claim (letters, digits and _, parts separated by dots)",
      "groups",
    ).default("groups"),
    allowedGroups: groups("Who may log in at all.", "everybody whom the provider lets through"),
    adminGroups: groups("Who becomes an administrator.", "nobody"),
    editorGroups: groups("Who becomes an editor; everybody else is a viewer.", "nobody"),
    passwordLogin: z
      .boolean()
      .register(about, {
        description: "Whether the form for user and password stays, also for Grafana's own administrator.",
        form: "true or false",
        example: "false",
      })
      .default(true),
  })
  .register(about, {
    description:
      "Log-in by a provider of OpenID Connect. Its secret is `belfry:grafanaOidcClientSecret`; the provider must know " +
      "the redirect `<externalUrl>/login/generic_oauth`.",
    form: "a map with clientId, authUrl, tokenUrl and apiUrl",
    example:
      "\n  clientId: grafana\n  authUrl: https://login.example.com/oauth2/authorize\n" +
      "  tokenUrl: https://login.example.com/oauth2/token\n  apiUrl: https://login.example.com/oauth2/userinfo",
  });

/** Why a text is no address of a data source, as the end of a sentence. In the cluster http is the rule. */
function sourceProblem(value: string): string | undefined {
  if (!isAddress(value)) {
    return undefined;
  }
  const { username, password, search, hash } = new URL(value);
  if (username !== "" || password !== "") {
    return "holds a user or password, which must be taken for exposed: replace it";
  }
  return search !== "" || hash !== "" ? "has a query or a fragment" : undefined;
}

const dataSource = z
  .strictObject({
    name: dnsLabelText().register(about, {
      description: "Its name, also its UID; at the end of its secret's key.",
      form: dnsLabel,
      example: "traces",
    }),
    type: z.enum(dataSourceTypes).register(about, {
      description: "What answers there.",
      form: `one of ${dataSourceTypes.join(", ")}`,
      example: "tempo",
    }),
    url: text({ accepts: isAddress, problem: sourceProblem }).register(about, {
      description: "Its address, as pods of the cluster reach it.",
      form: "an http:// or https:// address without user, query and fragment",
      example: "http://tempo.tracing.svc:3200",
    }),
    default: z
      .boolean()
      .register(about, {
        description: "Whether new panels begin with it. One at most; without one it is the stack's own Prometheus.",
        form: "true or false",
        example: "true",
      })
      .default(false),
    auth: z
      .enum(["basic", "bearer"])
      .register(about, {
        description:
          "How Grafana logs in there. The password or token is the secret `belfry:dataSourceSecret-<name>`.",
        form: "basic or bearer",
        example: "basic",
        defaultText: "not at all",
      })
      .optional(),
    username: text({ accepts: (value) => value === value.trim() && /^[^\r\n\0:]{1,200}$/.test(value) })
      .register(about, {
        description: "The user, with `auth: basic`.",
        form: "a user name on one line, without colon and without white space at its ends",
        example: "grafana",
      })
      .optional(),
  })
  .register(about, {
    description: "One data source.",
    form: "a map with name, type and url",
    example: "{name: traces, type: tempo, url: http://tempo.tracing.svc:3200}",
  });

export const grafana = z
  .strictObject({
    enabled: z
      .boolean()
      .register(about, { description: "Whether Grafana is installed.", form: "true or false", example: "true" })
      .default(true),
    storage: volumeSize()
      .register(about, {
        description: "Size of Grafana's own volume.",
        form: quantityForm,
        example: "1Gi",
        defaultText: "none: dashboards and data sources come as code",
      })
      .optional(),
    externalUrl: externalUrl("Grafana", "grafana", "log-ins and the links in its mails lead back there."),
    ingress: openIngress(),
    mail: z
      .boolean()
      .register(about, {
        description: "Whether Grafana sends mail (its own alerts, invitations) by the server in `belfry:smtp`.",
        form: "true or false",
        example: "true",
        defaultText: "true where `belfry:smtp` is set",
      })
      .optional(),
    oidc: oidc.optional(),
    dataSources: z
      .array(dataSource)
      .register(about, {
        description: "What Grafana shows beside the stack's Prometheus and Alertmanager.",
        form: "a list of data sources",
        example: "\n  - {name: traces, type: tempo, url: http://tempo.tracing.svc:3200}",
      })
      .default([]),
  })
  .register(about, {
    description: "Grafana, with the dashboards of the stack. Nobody sees anything without logging in.",
    form: "a map with enabled, storage, externalUrl, ingress, mail, oidc and dataSources",
    example: "{enabled: true, storage: 1Gi}",
  })
  .prefault({});

/** Names that data sources of the stack itself have. */
export const reservedDataSources = ["prometheus", "alertmanager", "loki"];

