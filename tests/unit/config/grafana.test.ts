import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { accepts, configError, messageOf, rawConfig, refuses, slack, type Changes } from "./helpers.ts";

const grafana = (changes: Changes): Changes => ({ grafana: changes });
const source = { name: "traces", type: "tempo", url: "http://tempo.tracing.svc:3200" };
const sources = (...changes: readonly Changes[]): Changes =>
  grafana({ dataSources: changes.map((change) => ({ ...source, ...change })) });
const login = "https://login.example.com/oauth2";
const oidc = { clientId: "grafana", authUrl: `${login}/authorize`, tokenUrl: `${login}/token`, apiUrl: `${login}/userinfo` };
const externalUrl = "https://grafana.example.com";
const noSecret = [
  "belfry:grafanaOidcClientSecret: is missing: belfry:grafana.oidc needs it.",
  "Run this, it asks for the value: pulumi config set --secret belfry:grafanaOidcClientSecret --stack dev",
] as const;
const address = "an https:// address without user, query and fragment";

describe("Grafana's settings", () => {
  accepts([
    ["a data source in the cluster", sources({})],
    ["one default data source", sources({ default: true })],
    ["an address on loopback", grafana({ externalUrl: "http://127.0.0.1:3000" })],
    ["Grafana without mail", { ...grafana({ mail: false }) }],
    ["a volume of a Grafana that is switched off for a while", grafana({ enabled: false, storage: "1Gi" })],
  ]);
  refuses([
    [
      "two default data sources",
      sources({ default: true }, { name: "metrics", default: true }),
      [
        "belfry:grafana.dataSources[1].default: is true, but belfry:grafana.dataSources[0] is the default already: with two, Grafana does not start.",
        "Leave one of them.",
      ],
    ],
    [
      "two data sources of one name",
      sources({}, {}),
      [
        'belfry:grafana.dataSources[1].name: "traces" is already the name of belfry:grafana.dataSources[0].',
        "Give every data source a name of its own.",
      ],
    ],
    [
      "a data source with the name of one of the stack's own",
      sources({ name: "loki", type: "loki" }),
      [
        'belfry:grafana.dataSources[0].name: "loki" is the name of a data source of the stack itself.',
        "Write it like this: name: loki-2",
      ],
    ],
    [
      "an unknown kind of data source",
      sources({ type: "temppo" }),
      [
        'belfry:grafana.dataSources[0].type: "temppo" is not one of prometheus, loki, tempo, jaeger, alertmanager, elasticsearch, graphite. Did you mean tempo?',
        "Write it like this: type: tempo",
      ],
    ],
    [
      "basic authentication without a user, and a password that is missing",
      sources({ auth: "basic" }),
      [
        "belfry:grafana.dataSources[0].username: is missing: auth basic needs it.",
        "Write it like this: username: grafana",
      ],
      [
        "belfry:dataSourceSecret-traces: is missing: the data source traces needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:dataSourceSecret-traces --stack dev",
      ],
    ],
    [
      "a user without authentication",
      sources({ username: "grafana" }),
      [
        "belfry:grafana.dataSources[0].username: has no effect without auth: basic.",
        "Write auth: basic, or remove username.",
      ],
    ],
    [
      "an address of a data source that holds a password",
      sources({ url: "http://a:b@tempo.tracing.svc" }),
      [
        "belfry:grafana.dataSources[0].url: the value holds a user or password, which must be taken for exposed: replace it.",
        "Write it like this: url: http://tempo.tracing.svc:3200",
      ],
    ],
    [
      "mail without a mail server",
      { ...grafana({ mail: true }), smtp: undefined, receivers: [slack] },
      [
        "belfry:grafana.mail: is true, but there is no mail server: belfry:smtp is missing.",
        "Write it like this: belfry:smtp: {host: smtp.example.com, port: 587, from: belfry@example.com, username: belfry@example.com}",
        "Or remove mail.",
      ],
    ],
    [
      "log-in by OpenID Connect without an address to come back to, and without its secret",
      grafana({ oidc }),
      [
        "belfry:grafana.externalUrl: is missing: the provider of belfry:grafana.oidc sends people back to it.",
        "Write it like this: externalUrl: https://grafana.example.com",
      ],
      noSecret,
    ],
    [
      "log-in by OpenID Connect that is half configured",
      grafana({ externalUrl, oidc: { ...oidc, tokenUrl: undefined } }),
      [
        `belfry:grafana.oidc.tokenUrl: is missing; it must be ${address}.`,
        "Write it like this: tokenUrl: https://login.example.com/oauth2/token",
      ],
      noSecret,
    ],
    [
      "a log-in that would leave no administrator",
      grafana({ externalUrl, oidc: { ...oidc, passwordLogin: false } }),
      [
        "belfry:grafana.oidc.adminGroups: is missing: with passwordLogin: false nobody could log in as an administrator.",
        "Write it like this: adminGroups: [sre], or remove passwordLogin.",
      ],
      noSecret,
    ],
    [
      "a group that would end the expression in which it stands",
      grafana({ externalUrl, oidc: { ...oidc, adminGroups: ["a') || true || contains(groups[*], 'b"] } }),
      [
        `belfry:grafana.oidc.adminGroups[0]: "a') || true || contains(groups[*], 'b" is not the name of a group (letters, digits, spaces and . _ : @ / + -).`,
        "Write it like this: - sre",
      ],
      noSecret,
    ],
    [
      "the client's secret among the settings",
      grafana({ externalUrl, oidc: { ...oidc, clientSecret: "canary" } }),
      [
        "belfry:grafana.oidc.clientSecret: looks like a secret, which does not belong into belfry:grafana, and is in plain text in Pulumi.dev.yaml.",
        "Remove it, replace the exposed secret where it was issued (it may be in the git history too), then run this, it asks for the value: pulumi config set --secret belfry:grafanaOidcClientSecret --stack dev",
      ],
      noSecret,
    ],
    [
      "what a Grafana that is switched off cannot do",
      grafana({ enabled: false, mail: true, oidc, dataSources: [source] }),
      ...["mail", "oidc", "dataSources"].map(
        (name) =>
          [
            `belfry:grafana.${name}: has no effect: belfry:grafana.enabled is false.`,
            `Remove ${name}, or write enabled: true.`,
          ] as const,
      ),
    ],
    [
      "an address over http",
      grafana({ externalUrl: "http://grafana.example.com" }),
      [
        "belfry:grafana.externalUrl: the value is an http:// address: who listens on the way could read what is shown, and log-ins with it.",
        "Write it like this: externalUrl: https://grafana.example.com",
      ],
    ],
  ]);

  it("refuse to send a data source's password over http out of the cluster", () => {
    const changes = sources({ url: "http://tempo.example.com", auth: "bearer" });
    const raw = rawConfig({ changes, secrets: { "dataSourceSecret-traces": "canary" } });
    assert.equal(
      configError(raw).message,
      messageOf([
        "belfry:grafana.dataSources[0].url: is an http:// address outside the cluster, so the password or token would cross the network in plain text.",
        "Write it like this: url: https://traces.example.com, or remove auth.",
      ]),
    );
  });

  it("refuse the secret of a data source that is not there", () => {
    const raw = rawConfig({ changes: sources({ auth: "bearer" }), secrets: { "dataSourceSecret-traces": "a", "dataSourceSecret-trace": "b" } });
    assert.equal(
      configError(raw).message,
      messageOf([
        "belfry:dataSourceSecret-trace: is not a setting: no data source with auth has this name. Did you mean belfry:dataSourceSecret-traces?",
        "Remove it: pulumi config rm belfry:dataSourceSecret-trace --stack dev",
      ]),
    );
  });

  it("are filled in, with addresses that end without a slash and secrets that are not printed", () => {
    const changes = grafana({ externalUrl: `${externalUrl}/`, oidc, dataSources: [{ ...source, auth: "bearer" }] });
    const raw = rawConfig({ changes, secrets: { grafanaOidcClientSecret: "canary", "dataSourceSecret-traces": "canary" } });
    assert.deepEqual(JSON.parse(JSON.stringify(loadConfig(raw).grafana)), {
      enabled: true,
      mail: true,
      externalUrl,
      oidc: {
        ...oidc,
        title: "SSO",
        clientSecret: "[secret]",
        scopes: ["openid", "profile", "email"],
        groupsClaim: "groups",
        allowedGroups: [],
        adminGroups: [],
        editorGroups: [],
        passwordLogin: true,
      },
      dataSources: [{ ...source, default: false, auth: { type: "bearer", token: "[secret]" } }],
    });
  });
});
