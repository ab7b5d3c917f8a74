import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { accepts, configError, messageOf, rawConfig, refuses, team } from "./helpers.ts";

const existing = { mode: "existing", url: "https://logs.example.com" };
const address = "an https:// or http:// address without user, query and path of a request";
const urlFix = "Write it like this: url: https://logs.example.com";

describe("logs", () => {
  refuses([
    [
      "an unknown mode",
      { logs: { mode: "instal" } },
      [
        'belfry:logs.mode: "instal" is not off, existing or install. Did you mean install?',
        "Write it like this: mode: install",
      ],
    ],
    [
      "logs that are only switched on",
      { logs: "true" },
      [
        "belfry:logs: true is not a map with mode and what the mode needs.",
        "Write it like this: belfry:logs: {mode: install, retention: 14d, storage: 50Gi}",
      ],
    ],
    [
      "an existing Loki without an address",
      { logs: { mode: "existing" } },
      [
        "belfry:logs.url: is missing: mode existing needs the address of the Loki that exists.",
        "Write it like this: url: https://logs.example.com, or install one: mode: install",
      ],
    ],
    [
      "an existing Loki that nobody would show",
      { logs: existing, grafana: { enabled: false } },
      [
        "belfry:logs.mode: is existing, but there is no Grafana that would show these logs (belfry:grafana.enabled is false).",
        "Write it like this: mode: off, or switch Grafana on.",
      ],
    ],
    [
      "keys of another mode, each",
      { logs: { mode: "install", url: "https://logs.example.com", tenant: "a", username: "b" } },
      ...(["url", "tenant", "username"] as const).map(
        (name) =>
          [
            `belfry:logs.${name}: belongs to mode existing, but the mode is install.`,
            `Write it like this: mode: existing, or remove ${name}.`,
          ] as const,
      ),
    ],
    [
      "retention and storage without a mode",
      { logs: { retention: "7d", storage: "10Gi" } },
      ...(["retention", "storage"] as const).map(
        (name) =>
          [
            `belfry:logs.${name}: belongs to mode install, but the mode is off.`,
            `Write it like this: mode: install, or remove ${name}.`,
          ] as const,
      ),
    ],
    ...["23h", "11y", "7", "a week"].map(
      (retention) =>
        [
          `a retention of ${retention}`,
          { logs: { mode: "install", retention } },
          [
            `belfry:logs.retention: ${JSON.stringify(retention)} is not a duration from 1d to 10y (such as 7d, 4w); Loki deletes nothing that is younger than a day.`,
            "Write it like this: retention: 14d",
          ],
        ] as const,
    ),
    [
      "a volume that is too small",
      { logs: { mode: "install", storage: "500Mi" } },
      [
        'belfry:logs.storage: "500Mi" is not a Kubernetes quantity of at least 1Gi.',
        "Write it like this: storage: 50Gi",
      ],
    ],
    [
      "an address that is none",
      { logs: { mode: "existing", url: "logs.example.com" } },
      [`belfry:logs.url: "logs.example.com" is not ${address}.`, urlFix],
    ],
    [
      "a password in the address",
      { logs: { mode: "existing", url: "https://me:canary@logs.example.com" } },
      ["belfry:logs.url: the value holds a user or password, which must be taken for exposed: replace it.", urlFix],
    ],
    [
      "a query in the address",
      { logs: { mode: "existing", url: "https://logs.example.com/?a=b" } },
      ["belfry:logs.url: the value has a query or a fragment.", urlFix],
    ],
    [
      "the address of one request",
      { logs: { mode: "existing", url: "https://logs.example.com/loki/api/v1/push" } },
      ["belfry:logs.url: the value is the address of one request, not of Loki.", urlFix],
    ],
    [
      "a tenant that Loki would refuse",
      { logs: { ...existing, tenant: "a/b" } },
      [
        `belfry:logs.tenant: "a/b" is not a tenant of Loki (letters, digits and !-_.*'()), or several with | between them.`,
        "Write it like this: tenant: payments",
      ],
    ],
    [
      "a user with a colon, which would end his name",
      { logs: { ...existing, username: "a:b" } },
      [
        'belfry:logs.username: "a:b" is not a user name without white space and colons.',
        "Write it like this: username: grafana",
      ],
      [
        "belfry:lokiPassword: is missing: the user in belfry:logs needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:lokiPassword --stack dev",
      ],
    ],
    [
      "a password inside",
      { logs: { ...existing, password: "canary" } },
      [
        "belfry:logs.password: looks like a secret, which does not belong into belfry:logs, and is in plain text in Pulumi.dev.yaml.",
        "Remove it, replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
          "it asks for the value: pulumi config set --secret belfry:lokiPassword --stack dev",
      ],
    ],
    [
      "a namespace that is that of Loki",
      { namespace: "logging", logs: { mode: "install" }, teams: [{ ...team, namespace: "logging", createNamespace: true }] },
      [
        "belfry:namespace: is the namespace of Loki and Alloy (belfry:logs).",
        "Name another one: belfry:namespace: monitoring",
      ],
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is the one of the monitoring stack, which is created anyway.",
        "Write it like this: createNamespace: false",
      ],
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is that of Loki and Alloy (belfry:logs), which is created anyway.",
        "Write it like this: createNamespace: false",
      ],
    ],
  ]);

  it("refuses a user without a password, and a password without a user", () => {
    const logs = { ...existing, username: "grafana" };
    assert.equal(
      configError(rawConfig({ changes: { logs } })).message,
      messageOf([
        "belfry:lokiPassword: is missing: the user in belfry:logs needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:lokiPassword --stack dev",
      ]),
    );
    assert.equal(
      configError(rawConfig({ changes: { logs: existing }, secrets: { lokiPassword: "canary" } })).message,
      messageOf([
        "belfry:logs.username: is missing, but belfry:lokiPassword is set.",
        "Add the user to belfry:logs, or remove the password: pulumi config rm belfry:lokiPassword --stack dev",
      ]),
    );
  });

  it("refuses a password that would cross the network in plain text, and a malformed one", () => {
    const logs = { mode: "existing", url: "http://logs.example.com", username: "grafana" };
    assert.equal(
      configError(rawConfig({ changes: { logs }, secrets: { lokiPassword: "canary" } })).message,
      messageOf([
        "belfry:logs.url: is an http:// address outside the cluster, and the password would cross the network in plain text.",
        "Write it like this: url: https://logs.example.com, or remove username for a Loki that wants none.",
      ]),
    );
    const inside = { ...logs, url: "http://loki-gateway.logs.svc" };
    assert.equal(
      configError(rawConfig({ changes: { logs: inside }, secrets: { lokiPassword: "canary\ncanary" } })).message,
      messageOf([
        "belfry:lokiPassword: the value has more than one line.",
        "It must be text without line breaks, without white space at its ends. " +
          "Run this, it asks for the value: pulumi config set --secret belfry:lokiPassword --stack dev",
      ]),
    );
  });

  accepts([
    ["a day", { logs: { mode: "install", retention: "24h" } }],
    ["an existing Loki in the cluster", { logs: { mode: "existing", url: "http://loki.logs.svc:3100" } }],
    ["an existing Loki below a path, with two tenants", { logs: { ...existing, url: "https://a.example.com/loki", tenant: "a|b" } }],
    ["the namespace of Loki where none is installed", { namespace: "logging", logs: { mode: "off" } }],
  ]);

  it("takes retention and storage from the profile", () => {
    const of = (profile: string) => loadConfig(rawConfig({ changes: { profile, logs: { mode: "install" } } })).logs;
    assert.deepEqual(of("small"), { mode: "install", retention: "3d", storage: "10Gi" });
    assert.deepEqual(of("standard"), { mode: "install", retention: "7d", storage: "50Gi" });
    assert.deepEqual(of("ha"), { mode: "install", retention: "14d", storage: "200Gi" });
  });

  it("gives the password to the existing Loki alone", () => {
    const logs = { ...existing, url: "https://logs.example.com/", username: "grafana", tenant: "a" };
    const found = loadConfig(rawConfig({ changes: { logs }, secrets: { lokiPassword: "canary" } })).logs;
    assert.equal(found.mode === "existing" ? found.password?.reveal() : "", "canary");
    assert.deepEqual(JSON.parse(JSON.stringify(found)), {
      mode: "existing",
      url: "https://logs.example.com",
      tenant: "a",
      username: "grafana",
      password: "[secret]",
    });
  });
});
