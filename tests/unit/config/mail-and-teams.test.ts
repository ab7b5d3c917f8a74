import { generateKeyPairSync } from "node:crypto";

import { accepts, slack, heartbeat, team, smtp, refuses, type Changes } from "./helpers.ts";

const label = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";
const address = "an e-mail address (name@example.com, without a display name)";

const { privateKey } = generateKeyPairSync("ed25519", {
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const withSmtp = (changes: Changes): Changes => ({ smtp: { ...smtp, ...changes } });
const withTeam = (changes: Changes): Changes => ({ teams: [{ ...team, ...changes }] });

describe("the mail server and the teams", () => {
  refuses([
    [
      "e-mail without a mail server",
      { smtp: undefined },
      [
        "belfry:smtp: is missing: belfry:receivers[1] sends e-mail.",
        "Write it like this: belfry:smtp: {host: smtp.example.com, port: 587, from: belfry@example.com, username: belfry@example.com}",
      ],
    ],
    [
      "a team without a mail server",
      { smtp: undefined, receivers: [slack, heartbeat], teams: [team] },
      [
        "belfry:smtp: is missing: belfry:teams[0] sends e-mail.",
        "Write it like this: belfry:smtp: {host: smtp.example.com, port: 587, from: belfry@example.com, username: belfry@example.com}",
      ],
    ],
    [
      "a mail server with scheme and port",
      withSmtp({ host: "smtp.example.com:587" }),
      [
        'belfry:smtp.host: "smtp.example.com:587" is not a host name or IP address, without scheme and port.',
        "Write it like this: host: smtp.example.com",
      ],
    ],
    ...[0, 65_536, 1.5].map(
      (port) =>
        [
          `port ${port}`,
          withSmtp({ port }),
          [`belfry:smtp.port: ${port} is not a whole number from 1 to 65535.`, "Write it like this: port: 587"],
        ] as const,
    ),
    [
      "a sender that is no address",
      withSmtp({ from: "Belfry" }),
      [`belfry:smtp.from: "Belfry" is not ${address}.`, "Write it like this: from: belfry@example.com"],
    ],
    [
      "a user with a line break",
      withSmtp({ username: "a\nb" }),
      [
        "belfry:smtp.username: the value is not a user name on one line, without white space at its ends.",
        "Write it like this: username: belfry@example.com",
      ],
    ],
    [
      "TLS neither required nor off",
      withSmtp({ tls: "requried" }),
      [
        'belfry:smtp.tls: "requried" is not required or off. Did you mean required?',
        "Write it like this: tls: required",
      ],
    ],
    [
      "TLS as a truth value",
      withSmtp({ tls: false }),
      ["belfry:smtp.tls: false is not required or off.", "Write it like this: tls: required"],
    ],
    [
      "a password that would cross the network in plain text",
      withSmtp({ tls: "off" }),
      [
        "belfry:smtp.tls: is off, so the password would cross the network in plain text; Alertmanager refuses to send it.",
        "Write tls: required, or remove username for a server that wants none.",
      ],
    ],
    [
      "a certificate that is none",
      withSmtp({ caCertificate: "MIIB" }),
      [
        'belfry:smtp.caCertificate: "MIIB" is not a certificate in PEM form.',
        "Write it like this: caCertificate: |",
        "    -----BEGIN CERTIFICATE-----",
        "    ...",
        "    -----END CERTIFICATE-----",
      ],
    ],
    [
      "a certificate that cannot be read",
      withSmtp({ caCertificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" }),
      [
        "belfry:smtp.caCertificate: the value is not a certificate that can be read.",
        "Write it like this: caCertificate: |",
        "    -----BEGIN CERTIFICATE-----",
        "    ...",
        "    -----END CERTIFICATE-----",
      ],
    ],
    [
      "a private key for a certificate",
      withSmtp({ caCertificate: privateKey }),
      [
        "belfry:smtp.caCertificate: the value holds a private key, which must be taken for exposed: replace it.",
        "Write it like this: caCertificate: |",
        "    -----BEGIN CERTIFICATE-----",
        "    ...",
        "    -----END CERTIFICATE-----",
      ],
    ],
    [
      "a team without a namespace",
      withTeam({ namespace: undefined }),
      [`belfry:teams[0].namespace: is missing; it must be ${label}.`, "Write it like this: namespace: shop"],
    ],
    [
      "createNamespace as text",
      withTeam({ createNamespace: "true" }),
      ["belfry:teams[0].createNamespace: is text, not true or false.", "Write it like this: createNamespace: true"],
    ],
    [
      "a team that would create and delete a namespace of Kubernetes",
      withTeam({ namespace: "default", createNamespace: true }),
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is one of Kubernetes itself: it exists, and must not be deleted.",
        "Write it like this: createNamespace: false",
      ],
    ],
    [
      "a team that would create the stack's namespace a second time",
      withTeam({ namespace: "monitoring", createNamespace: true }),
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is the one of the monitoring stack, which is created anyway.",
        "Write it like this: createNamespace: false",
      ],
    ],
    [
      "teams of one namespace that disagree about it, and have one name",
      { teams: [{ ...team, createNamespace: true }, team] },
      [
        "belfry:teams[1].name: is already the name of belfry:teams[0] in the same namespace.",
        "Give every team of a namespace a name of its own.",
      ],
      [
        "belfry:teams[1].createNamespace: differs from belfry:teams[0], which is in the same namespace.",
        "Write the same createNamespace for all teams of a namespace.",
      ],
    ],
  ]);

  accepts([
    ["no TLS on loopback", withSmtp({ host: "localhost", tls: "off" })],
    ["a team in a namespace of Kubernetes that it does not create", withTeam({ namespace: "kube-system" })],
    ["teams of one namespace", { teams: [team, { ...team, name: "second" }] }],
    ["teams of one name in two namespaces", { teams: [team, { ...team, namespace: "other" }] }],
  ]);
});
