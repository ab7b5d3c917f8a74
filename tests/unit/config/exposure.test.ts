import assert from "node:assert/strict";

import { accepts, configError, messageOf, rawConfig, refuses, type Changes, type Entry } from "./helpers.ts";

const tls = { className: "nginx", clusterIssuer: "letsencrypt" };
const externalUrl = "https://prometheus.example.com";
const prometheus = (changes: Changes): Changes => ({ prometheus: { externalUrl, ...changes } });
const proxy = { type: "nginx-oauth2-proxy", url: "https://login.example.com" };
const missingUsers: Entry = [
  "belfry:ingressUsers: is missing: belfry:prometheus.ingress.auth needs it.",
  "Run this, it asks for the value: pulumi config set --secret belfry:ingressUsers --stack dev",
];

describe("external addresses", () => {
  accepts([
    ["an address alone, with a path that a proxy takes away", { prometheus: { externalUrl: `${externalUrl}/watch` } }],
    ["an Ingress that asks an oauth2-proxy", prometheus({ ingress: { ...tls, auth: proxy } })],
    [
      "an Ingress that asks by a middleware",
      prometheus({
        ingress: { className: "traefik", tlsSecret: "tls", auth: { type: "traefik-middleware", middleware: "auth-login@kubernetescrd" } },
      }),
    ],
    ["Grafana's Ingress, which needs nobody that asks", { grafana: { externalUrl: "https://grafana.example.com", ingress: tls } }],
  ]);
  refuses([
    ...(["prometheus", "alertmanager"] as const).map(
      (part) =>
        [
          `an Ingress to ${part} that asks nobody`,
          { [part]: { externalUrl, ingress: tls } },
          [
            `belfry:${part}.ingress.auth: is missing: whoever reaches the address could read everything and silence every alert.`,
            "Write it like this: auth: {type: nginx-basic}",
          ],
        ] as const,
    ),
    ["basic authentication without users", prometheus({ ingress: { ...tls, auth: { type: "nginx-basic" } } }), missingUsers],
    [
      "an oauth2-proxy without its address",
      prometheus({ ingress: { ...tls, auth: { type: "nginx-oauth2-proxy" } } }),
      [
        "belfry:prometheus.ingress.auth.url: is missing: type nginx-oauth2-proxy needs it.",
        "Write it like this: url: https://login.example.com",
      ],
    ],
    [
      "a middleware without its name, and an address that it does not use",
      prometheus({ ingress: { ...tls, auth: { ...proxy, type: "traefik-middleware" } } }),
      [
        "belfry:prometheus.ingress.auth.middleware: is missing: type traefik-middleware needs it.",
        "Write it like this: middleware: auth-login@kubernetescrd",
      ],
      ["belfry:prometheus.ingress.auth.url: has no effect with type traefik-middleware.", "Remove it."],
    ],
    [
      "an Ingress without an address",
      { prometheus: { ingress: { ...tls, auth: proxy } } },
      [
        "belfry:prometheus.externalUrl: is missing: the Ingress needs the host under which people reach it.",
        "Write it like this: externalUrl: https://prometheus.example.com",
      ],
    ],
    [
      "an Ingress for http and for a path",
      prometheus({ externalUrl: "http://localhost/a", ingress: { ...tls, auth: proxy } }),
      [
        "belfry:prometheus.externalUrl: is an http:// address, but the Ingress has TLS.",
        "Write it like this: externalUrl: https://prometheus.example.com",
      ],
      [
        "belfry:prometheus.externalUrl: has a path, but the Ingress serves a whole host.",
        "Write it like this: externalUrl: https://prometheus.example.com",
      ],
    ],
    [
      "an Ingress without a certificate",
      prometheus({ ingress: { className: "nginx", auth: proxy } }),
      [
        "belfry:prometheus.ingress: has neither tlsSecret nor clusterIssuer: without a certificate, log-ins would cross the network in plain text.",
        "Write it like this: clusterIssuer: letsencrypt",
      ],
    ],
    [
      "an Ingress with two certificates",
      prometheus({ ingress: { ...tls, tlsSecret: "tls", auth: proxy } }),
      [
        "belfry:prometheus.ingress: has both tlsSecret and clusterIssuer: the certificate comes from one of them.",
        "Write it like this: clusterIssuer: letsencrypt",
      ],
    ],
    [
      "two Ingresses for one host",
      { ...prometheus({ ingress: { ...tls, auth: proxy } }), alertmanager: { externalUrl, ingress: { ...tls, auth: proxy } } },
      [
        "belfry:alertmanager.externalUrl: has the same host as belfry:prometheus.externalUrl, and each Ingress serves a whole host.",
        "Give each of them a host of its own.",
      ],
    ],
    [
      "an address that Helm or grafana.ini would take for something else",
      { prometheus: { externalUrl: "https://a.example.com/{{.Values}}" } },
      [
        "belfry:prometheus.externalUrl: the value is not an https:// address without user, query and fragment.",
        "Write it like this: externalUrl: https://prometheus.example.com",
      ],
    ],
  ]);

  for (const [title, users, problem] of [
    ["a plain password", "ops:canary", "has no user and hash in line 1"],
    ["a user twice", `ops:$2y$05$${"a".repeat(53)}\nops:$2y$05$${"b".repeat(53)}`, "has a user in line 2 who stands there before"],
    ["nobody", "\n", "is empty"],
  ] as const) {
    it(`refuse ${title} as users of an Ingress, without a character of it`, () => {
      const changes = prometheus({ ingress: { ...tls, auth: { type: "nginx-basic" } } });
      assert.equal(
        configError(rawConfig({ changes, secrets: { ingressUsers: users } })).message,
        messageOf([
          `belfry:ingressUsers: the value ${problem}.`,
          "It must be one line for each user, each NAME:HASH as htpasswd -nB NAME prints it. Run this, it asks for the value: pulumi config set --secret belfry:ingressUsers --stack dev",
        ]),
      );
    });
  }
});
