import assert from "node:assert/strict";

import { configError, heartbeat, mail, messageOf, rawConfig, slack, smtp, type Entry } from "./helpers.ts";

const set = (key: string) => `pulumi config set --secret ${key} --stack dev`;
const asks = (key: string) => `Run this, it asks for the value: ${set(key)}`;
const replace = (key: string) =>
  "Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
  `it asks for the new value: ${set(key)}`;
const removeAndReplace = (key: string) =>
  "Remove it, replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
  `it asks for the value: ${set(key)}`;

/** No message, and nothing else of the error, may hold any part of a secret. */
function refused(raw: ReturnType<typeof rawConfig>, ...entries: Entry[]): void {
  const error = configError(raw);
  assert.equal(error.message, messageOf(...entries));
  assert.equal(JSON.stringify([error, error.problems, error.stack]).includes("canary"), false);
}

describe("a secret", () => {
  for (const [key, owner] of [
    ["slackWebhookUrl", "the receiver slack"],
    ["smtpPassword", "the user in belfry:smtp"],
    ["heartbeatUrl", "the receiver heartbeat"],
  ] as const) {
    it(`is missed: ${key}`, () => {
      refused(rawConfig({ secrets: { [key]: undefined } }), [
        `belfry:${key}: is missing: ${owner} needs it.`,
        asks(`belfry:${key}`),
      ]);
    });

    it(`is refused in plain text: ${key}`, () => {
      const raw = rawConfig({ secrets: { [key]: undefined } });
      refused({ ...raw, values: { ...raw.values, [`belfry:${key}`]: "https://canary.example.com" } }, [
        `belfry:${key}: is in plain text in Pulumi.dev.yaml.`,
        replace(`belfry:${key}`),
      ]);
    });
  }

  it("is refused in plain text also where no receiver needs it", () => {
    const receivers = [slack];
    const raw = rawConfig({ changes: { receivers }, secrets: { heartbeatUrl: undefined } });
    refused({ ...raw, values: { ...raw.values, "belfry:heartbeatUrl": "https://canary.example.com" } }, [
      "belfry:heartbeatUrl: is in plain text in Pulumi.dev.yaml.",
      replace("belfry:heartbeatUrl"),
    ]);
  });

  it("of a further receiver has the receiver's name in its key", () => {
    const receivers = [slack, { ...slack, name: "ops" }, heartbeat, { ...heartbeat, name: "second" }];
    refused(
      rawConfig({ changes: { receivers } }),
      ["belfry:slackWebhookUrl-ops: is missing: the receiver ops needs it.", asks("belfry:slackWebhookUrl-ops")],
      ["belfry:heartbeatUrl-second: is missing: the receiver second needs it.", asks("belfry:heartbeatUrl-second")],
    );
  });

  it("with the name of no receiver is refused, with the nearest one named", () => {
    const receivers = [slack, { ...slack, name: "security" }];
    refused(
      rawConfig({ changes: { receivers }, secrets: { "slackWebhookUrl-securty": "https://canary.example.com" } }),
      [
        "belfry:slackWebhookUrl-security: is missing: the receiver security needs it.",
        asks("belfry:slackWebhookUrl-security"),
      ],
      [
        "belfry:slackWebhookUrl-securty: is not a setting: no slack receiver has this name. " +
          "Did you mean belfry:slackWebhookUrl-security?",
        "Remove it: pulumi config rm belfry:slackWebhookUrl-securty --stack dev",
      ],
    );
  });

  it("of the first receiver of a kind has the plain key only", () => {
    const secrets = { slackWebhookUrl: undefined, "slackWebhookUrl-slack": "https://canary.example.com" };
    refused(
      rawConfig({ secrets }),
      ["belfry:slackWebhookUrl: is missing: the receiver slack needs it.", asks("belfry:slackWebhookUrl")],
      [
        "belfry:slackWebhookUrl-slack: is not a setting: the first slack receiver has the plain key belfry:slackWebhookUrl.",
        "Remove it: pulumi config rm belfry:slackWebhookUrl-slack --stack dev",
        asks("belfry:slackWebhookUrl"),
      ],
    );
  });

  it("under a misspelt key is refused, and taken for exposed when it is in plain text", () => {
    refused(rawConfig({ changes: { slackWebhookURLs: "https://canary.example.com" } }), [
      "belfry:slackWebhookURLs: is not a setting. Did you mean belfry:slackWebhookUrl?",
      "Remove it: pulumi config rm belfry:slackWebhookURLs --stack dev",
      "If it held a secret, replace that secret where it was issued: it was in plain text.",
      asks("belfry:slackWebhookUrl"),
    ]);
    refused(rawConfig({ changes: { slackWebhookURLs: "canary" }, encrypted: ["slackWebhookURLs"] }), [
      "belfry:slackWebhookURLs: is not a setting. Did you mean belfry:slackWebhookUrl?",
      "Remove it: pulumi config rm belfry:slackWebhookURLs --stack dev",
      asks("belfry:slackWebhookUrl"),
    ]);
    refused(rawConfig({ changes: { pagerToken: "canary" } }), [
      "belfry:pagerToken: is not a setting.",
      "Remove it: pulumi config rm belfry:pagerToken --stack dev",
      "If it held a secret, replace that secret where it was issued: it was in plain text.",
    ]);
  });

  it("inside a setting is refused with the key where it belongs", () => {
    const receivers = [
      { ...slack, webhookUrl: "https://canary.example.com" },
      { ...slack, name: "ops", url: "https://canary.example.com" },
      { ...mail, password: "canary" },
      { ...heartbeat, url: "https://canary.example.com" },
    ];
    const cluster = { token: "canary" };
    refused(
      rawConfig({
        changes: { receivers, cluster, smtp: { ...smtp, auth: { password: "canary" } } },
        secrets: { "slackWebhookUrl-ops": "https://canary.example.com" },
      }),
      [
        "belfry:cluster.token: looks like a secret, which does not belong into belfry:cluster, and is in plain text in Pulumi.dev.yaml.",
        "Remove it, replace the exposed secret where it was issued (it may be in the git history too). Belfry needs no secret here.",
      ],
      ...(
        [
          ["receivers[0].webhookUrl", "belfry:slackWebhookUrl"],
          ["receivers[1].url", "belfry:slackWebhookUrl-ops"],
          ["receivers[2].password", "belfry:smtpPassword"],
          ["receivers[3].url", "belfry:heartbeatUrl"],
        ] as const
      ).map(([path, key]): Entry => [
        `belfry:${path}: looks like a secret, which does not belong into belfry:receivers, and is in plain text in Pulumi.dev.yaml.`,
        removeAndReplace(key),
      ]),
      ["belfry:smtp.auth: is not a setting.", "Remove it. Known here: host, port, from, username, tls, caCertificate."],
      [
        "belfry:smtp.auth.password: looks like a secret, which does not belong into belfry:smtp, and is in plain text in Pulumi.dev.yaml.",
        removeAndReplace("belfry:smtpPassword"),
      ],
    );
  });

  it("inside an encrypted setting is refused, but is not exposed", () => {
    refused(rawConfig({ changes: { smtp: { ...smtp, password: "canary" } }, encrypted: ["smtp"] }), [
      "belfry:smtp.password: looks like a secret, which does not belong into belfry:smtp.",
      "Remove it, then run this, it asks for the value: pulumi config set --secret belfry:smtpPassword --stack dev",
    ]);
  });

  it("inside a receiver whose name is wrong is not sent to the key of another receiver", () => {
    const receivers = [slack, { ...slack, name: "Ops", webhook: "canary" }];
    refused(
      rawConfig({ changes: { receivers } }),
      [
        'belfry:receivers[1].name: "Ops" is not a DNS label (lower-case letters, digits and hyphens, 63 characters at most).',
        "Write it like this: name: slack",
      ],
      [
        "belfry:receivers[1].webhook: looks like a secret, which does not belong into belfry:receivers, and is in plain text in Pulumi.dev.yaml.",
        removeAndReplace("belfry:slackWebhookUrl-NAME"),
      ],
    );
  });

  it("without a user is refused", () => {
    refused(rawConfig({ changes: { smtp: { ...smtp, username: undefined } } }), [
      "belfry:smtp.username: is missing, but belfry:smtpPassword is set.",
      "Add the user to belfry:smtp, or remove the password: pulumi config rm belfry:smtpPassword --stack dev",
    ]);
  });

  const slackForm = "It must be an https:// URL: https://hooks.slack.com/services/... or that of a compatible server.";
  const malformed: readonly (readonly [string, string, string, string])[] = [
    ["slackWebhookUrl", "", "is empty", slackForm],
    ["slackWebhookUrl", "canary", "is not a URL", slackForm],
    ["slackWebhookUrl", "hooks.slack.com/services/T/B/canary", "is not a URL", slackForm],
    ["slackWebhookUrl", "https://slack.example.com/canary\n", "has white space at its beginning or end", slackForm],
    ["slackWebhookUrl", "https://slack.example.com/a canary", "has white space in it", slackForm],
    ["slackWebhookUrl", "ftp://slack.example.com/canary", "is not an https:// URL", slackForm],
    [
      "slackWebhookUrl",
      "http://127.0.0.1/canary",
      "is an http:// URL: who listens on the way could read it",
      slackForm,
    ],
    [
      "slackWebhookUrl",
      "https://hooks.slack.com/canary",
      "is on hooks.slack.com, but its path is not that of an incoming webhook (/services/T.../B.../...)",
      slackForm,
    ],
    ["smtpPassword", "  ", "is empty", "It must be text without line breaks, without white space at its ends."],
    [
      "smtpPassword",
      "canary\nsecond",
      "has more than one line",
      "It must be text without line breaks, without white space at its ends.",
    ],
    [
      "smtpPassword",
      "canary ",
      "has white space at its beginning or end",
      "It must be text without line breaks, without white space at its ends.",
    ],
    ["heartbeatUrl", "beats.example.com/canary", "is not a URL", "It must be an https:// URL."],
    [
      "heartbeatUrl",
      "http://beats.example.com/canary",
      "is an http:// URL: who listens on the way could read it",
      "It must be an https:// URL.",
    ],
  ];
  for (const [key, value, problem, form] of malformed) {
    it(`is described without a character of it: ${key} ${problem}`, () => {
      refused(rawConfig({ secrets: { [key]: value } }), [
        `belfry:${key}: the value ${problem}.`,
        `${form} ${asks(`belfry:${key}`)}`,
      ]);
    });
  }

  it("must lead to https even in the sandbox, where it does not lead to loopback", () => {
    refused(rawConfig({ secrets: { heartbeatUrl: "http://beats.example.com/canary" }, sandbox: true }), [
      "belfry:heartbeatUrl: the value is an http:// URL: who listens on the way could read it.",
      `It must be an https:// URL. ${asks("belfry:heartbeatUrl")}`,
    ]);
  });
});

describe("an encrypted setting that is no secret", () => {
  it("is not shown when it is wrong", () => {
    const changes = {
      platform: "canary",
      purgeCrds: "canary",
      receivers: [
        { ...slack, name: "Canary", channel: "canary" },
        { name: "x", type: "canary" },
      ],
      smtp: "canary",
      storage: { prometheus: "20Gi" },
      retention: { size: "30GiB" },
    };
    const encrypted = Object.keys(changes);
    refused(
      rawConfig({ changes, encrypted, secrets: { smtpPassword: undefined, heartbeatUrl: undefined } }),
      [
        "belfry:platform: the value is not one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind.",
        "Write it like this: belfry:platform: eks",
      ],
      [
        "belfry:receivers[0].name: the value is not a DNS label (lower-case letters, digits and hyphens, 63 characters at most).",
        "Write it like this: name: slack",
      ],
      [
        "belfry:receivers[0].channel: the value is not a Slack channel (#name in lower case, without spaces and dots) or user (@name).",
        'Write it like this: channel: "#alerts"',
        "The quotes are needed: without them YAML takes # for the beginning of a comment.",
      ],
      [
        "belfry:receivers[1].type: the value is not a kind of receiver (slack, email or heartbeat).",
        "Write it like this: type: slack",
      ],
      [
        "belfry:smtp: is not a map of mail server settings: the text cannot be read as JSON.",
        "Write it like this: belfry:smtp: {host: smtp.example.com, port: 587, from: belfry@example.com, username: belfry@example.com}",
      ],
      [
        "belfry:retention.size: the value is not below the Prometheus volume, which would fill up first.",
        "Write at most 80 % of the volume, or make belfry:storage.prometheus larger.",
      ],
      ["belfry:purgeCrds: the value is not true or false.", "Write it like this: belfry:purgeCrds: false"],
    );
  });
});
