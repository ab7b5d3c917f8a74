import assert from "node:assert/strict";
import { inspect } from "node:util";

import { loadConfig } from "../../../config/load.ts";
import { UserError } from "../../../config/user-error.ts";
import { basic, basicSecrets, configError, messageOf, rawConfig } from "./helpers.ts";

/** Settings as they print, so that secrets are masked. */
function printed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("loadConfig", () => {
  it("fills in every default", () => {
    const settings = loadConfig(rawConfig());
    const { receivers, smtp, ...rest } = settings;
    assert.deepEqual(rest, {
      stack: "dev",
      environment: "dev",
      clusterName: "dev",
      cluster: {},
      platform: "kubeadm",
      profile: "standard",
      namespace: "monitoring",
      teams: [],
      alerts: {
        watchedNamespaces: "all",
        runbooks: "https://belfry.example.com/alerts/runbooks",
        certificateExpirySeconds: 1_209_600,
        probeSlowSeconds: 3,
        falcoDropRatio: 0.01,
        budgets: {
          messagesPerDay: 100,
          falcoEventsPerDay: 1_000,
          reports: 10_000,
          etcdBytes: 1_610_612_736,
          seriesPerJob: 250_000,
        },
      },
      scrapeTargets: [],
      logs: { mode: "off" },
      falco: {
        enabled: true,
        driver: "modern_ebpf",
        leastPrivileged: false,
        minimumPriority: "notice",
        pushExpiresAfterSeconds: 3_600,
        rules: { exceptions: [], custom: [], macros: [], lists: [], disabled: [] },
      },
      grafana: { enabled: true, mail: true, dataSources: [] },
      prometheus: {},
      alertmanager: {},
      storage: { prometheus: "50Gi", alertmanager: "2Gi", retain: false },
      retention: { time: "15d", size: "40GiB" },
      purgeCrds: false,
    });
    assert.deepEqual(printed(receivers), [
      { name: "slack", type: "slack", channel: "#alerts", severities: "all", webhookUrl: "[secret]" },
      { name: "mail", type: "email", to: ["oncall@example.com"], severities: ["critical"] },
      { name: "heartbeat", type: "heartbeat", intervalSeconds: 300, url: "[secret]" },
    ]);
    assert.deepEqual(printed(smtp), {
      host: "smtp.example.com",
      port: 587,
      from: "belfry@example.com",
      username: "belfry",
      tls: "required",
      password: "[secret]",
    });
  });

  it("takes what is written", () => {
    const settings = loadConfig(
      rawConfig({
        changes: {
          profile: "small",
          environment: "test",
          clusterName: "test-1",
          cluster: {
            context: "arn:aws:eks:eu-west-1:1:cluster/a",
            kubeSystemUid: "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55",
          },
          namespace: "watch",
          receivers: [
            { name: "heartbeat", type: "heartbeat", interval: "1h30m" },
            ...(basic["receivers"] as object[]).slice(0, 1),
          ],
          smtp: { host: "127.0.0.1", port: 2525, from: "a@example.com", tls: "off" },
          teams: [
            { namespace: "shop", createNamespace: true, name: "email", to: ["shop@example.com"], severities: "all" },
          ],
          alerts: {
            watchedNamespaces: ["shop", "payments"],
            runbooks: "https://git.example.com/runbooks/",
            certificateExpiry: "3w",
            probeSlow: "5s",
            falcoDropPercent: 0.1,
            budgets: { messagesPerDay: 50, falcoEventsPerDay: 10, reports: 500, etcdSize: "4GiB", seriesPerJob: 9_000 },
          },
          grafana: { enabled: false, storage: "1Gi" },
          logs: { mode: "install", retention: "4w" },
          storage: { className: "fast", prometheus: "1.5Gi", alertmanager: "500M", retain: true },
          retention: { time: "1d12h" },
          chartMirror: "oci://registry.example.com/charts/",
          purgeCrds: "true",
        },
        secrets: { smtpPassword: undefined },
      }),
    );
    const { receivers, ...rest } = settings;
    assert.deepEqual(rest, {
      stack: "dev",
      environment: "test",
      clusterName: "test-1",
      cluster: { context: "arn:aws:eks:eu-west-1:1:cluster/a", kubeSystemUid: "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55" },
      platform: "kubeadm",
      profile: "small",
      namespace: "watch",
      smtp: { host: "127.0.0.1", port: 2525, from: "a@example.com", tls: "off" },
      teams: [{ namespace: "shop", createNamespace: true, name: "email", to: ["shop@example.com"], severities: "all" }],
      alerts: {
        watchedNamespaces: ["shop", "payments"],
        runbooks: "https://git.example.com/runbooks",
        certificateExpirySeconds: 1_814_400,
        probeSlowSeconds: 5,
        falcoDropRatio: 0.001,
        budgets: {
          messagesPerDay: 50,
          falcoEventsPerDay: 10,
          reports: 500,
          etcdBytes: 4_294_967_296,
          seriesPerJob: 9_000,
        },
      },
      scrapeTargets: [],
      logs: { mode: "install", retention: "4w", storage: "10Gi" },
      falco: {
        enabled: true,
        driver: "modern_ebpf",
        leastPrivileged: false,
        minimumPriority: "notice",
        pushExpiresAfterSeconds: 3_600,
        rules: { exceptions: [], custom: [], macros: [], lists: [], disabled: [] },
      },
      grafana: { enabled: false, mail: false, storage: "1Gi", dataSources: [] },
      prometheus: {},
      alertmanager: {},
      storage: { className: "fast", prometheus: "1.5Gi", alertmanager: "500M", retain: true },
      retention: { time: "1d12h", size: "1228MiB" },
      chartMirror: "oci://registry.example.com/charts",
      purgeCrds: true,
    });
    assert.deepEqual(printed(receivers), [
      { name: "heartbeat", type: "heartbeat", intervalSeconds: 5400, url: "[secret]" },
      { name: "slack", type: "slack", channel: "#alerts", severities: "all", webhookUrl: "[secret]" },
    ]);
  });

  it("takes storage and retention from the profile", () => {
    const of = (profile: string) => {
      const { storage, retention } = loadConfig(rawConfig({ changes: { profile } }));
      return { storage, retention };
    };
    assert.deepEqual(of("small"), {
      storage: { prometheus: "10Gi", alertmanager: "1Gi", retain: false },
      retention: { time: "7d", size: "8GiB" },
    });
    assert.deepEqual(of("ha"), {
      storage: { prometheus: "100Gi", alertmanager: "5Gi", retain: false },
      retention: { time: "30d", size: "80GiB" },
    });
  });

  it("gives each receiver the secret of its own key", () => {
    const { receivers } = loadConfig(
      rawConfig({
        changes: {
          smtp: undefined,
          receivers: [
            { name: "one", type: "slack", channel: "#one" },
            { name: "beat-one", type: "heartbeat" },
            { name: "two", type: "slack", channel: "#two" },
            { name: "beat-two", type: "heartbeat" },
          ],
        },
        secrets: {
          "slackWebhookUrl-two": "https://slack.example.com/two",
          "heartbeatUrl-beat-two": "https://beats.example.com/two",
          smtpPassword: undefined,
        },
      }),
    );
    const secrets = receivers.map((receiver) => {
      const secret =
        receiver.type === "slack" ? receiver.webhookUrl : receiver.type === "heartbeat" ? receiver.url : undefined;
      return [receiver.name, secret?.key, secret?.reveal()];
    });
    assert.deepEqual(secrets, [
      ["one", "belfry:slackWebhookUrl", basicSecrets["slackWebhookUrl"]],
      ["beat-one", "belfry:heartbeatUrl", basicSecrets["heartbeatUrl"]],
      ["two", "belfry:slackWebhookUrl-two", "https://slack.example.com/two"],
      ["beat-two", "belfry:heartbeatUrl-beat-two", "https://beats.example.com/two"],
    ]);
  });

  it("gives settings that print no secret", () => {
    const settings = loadConfig(rawConfig());
    const texts = `${JSON.stringify(settings)} ${inspect(settings, { depth: 9, showHidden: true })}`;
    assert.equal(texts.includes("canary"), false);
    assert.equal(settings.smtp?.password?.reveal(), "canary-password");
  });

  it("does not look at keys of other namespaces", () => {
    const raw = rawConfig();
    const settings = loadConfig({ ...raw, values: { ...raw.values, "kubernetes:context": "x", "aws:region": "y" } });
    assert.deepEqual(printed(settings), printed(loadConfig(raw)));
  });

  it("accepts a setting that is encrypted without need", () => {
    assert.equal(loadConfig(rawConfig({ encrypted: ["platform", "receivers"] })).platform, "kubeadm");
  });

  it("accepts the plain key of a secret that no receiver needs now", () => {
    const receivers = [{ name: "slack", type: "slack", channel: "#alerts" }];
    assert.equal(loadConfig(rawConfig({ changes: { receivers } })).receivers.length, 1);
  });

  it("accepts the sandbox, and http on loopback, only where the target is proved to be the sandbox", () => {
    const slackWebhookUrl = "http://127.0.0.1:4000/services/T/B/x";
    const options = { changes: { platform: "sandbox" }, secrets: { slackWebhookUrl } };
    assert.equal(loadConfig(rawConfig({ ...options, sandbox: true })).platform, "sandbox");
    assert.equal(
      configError(rawConfig(options)).message,
      messageOf(
        [
          "belfry:platform: sandbox is set by the embedded cluster alone: it allows what must never happen to a real cluster.",
          "Write the platform of your cluster (eks, gke, gke-autopilot, aks, kubeadm, k3s or kind), or run: npm start",
        ],
        [
          "belfry:slackWebhookUrl: the value is an http:// URL: who listens on the way could read it.",
          "It must be an https:// URL: https://hooks.slack.com/services/... or that of a compatible server. " +
            "Run this, it asks for the value: pulumi config set --secret belfry:slackWebhookUrl --stack dev",
        ],
      ),
    );
  });

  it("tells all problems at once, in the order of the reference", () => {
    const error = configError({
      stack: "dev",
      values: {
        "belfry:zebra": "1",
        "belfry:platfrom": "eks",
        "belfry:slackWebhookUrl": "https://hooks.slack.com/services/T/B/canary",
        "belfry:purgeCrds": "yes",
        "belfry:teams": "[{",
        "belfry:smtp": JSON.stringify({ host: "smtp.example.com", form: "belfry@example.com", port: "587" }),
        "belfry:receivers": JSON.stringify([
          { name: "slack", type: "slack", channel: null },
          { name: "mail", type: "email", to: ["nobody"], severity: "all" },
          { name: "mail", type: "heartbeat", interval: "10s" },
        ]),
      },
      secretKeys: new Set(),
      sandbox: false,
    });
    assert.equal(
      error.message,
      messageOf(
        [
          "belfry:platform: is missing; it must be one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind.",
          "Write it like this: belfry:platform: eks",
        ],
        [
          "belfry:receivers[0].channel: is empty; it must be a Slack channel (#name in lower case, without spaces and dots) or user (@name).",
          'Write it like this: channel: "#alerts"',
          "The quotes are needed: without them YAML takes # for the beginning of a comment.",
        ],
        [
          'belfry:receivers[1].to[0]: "nobody" is not an e-mail address (name@example.com, without a display name).',
          "Write it like this: - oncall@example.com",
        ],
        [
          "belfry:receivers[1].severity: is not a setting. Did you mean severities?",
          "Rename it to severities, or remove it.",
        ],
        [
          'belfry:receivers[2].interval: "10s" is not a duration from 30s to 24h (such as 90s, 5m, 1h).',
          "Write it like this: interval: 5m",
        ],
        [
          'belfry:receivers[2].name: "mail" is already the name of belfry:receivers[1].',
          "Give every receiver a name of its own.",
        ],
        ["belfry:smtp.port: is text, not a whole number from 1 to 65535.", "Write it like this: port: 587"],
        [
          "belfry:smtp.from: is missing; it must be an e-mail address (name@example.com, without a display name).",
          "Write it like this: from: belfry@example.com",
        ],
        ["belfry:smtp.form: is not a setting. Did you mean from?", "Rename it to from, or remove it."],
        [
          "belfry:teams: is not a list of teams: the text cannot be read as JSON.",
          "Write it like this: belfry:teams:",
          "  - {namespace: shop, createNamespace: true, name: email, to: [shop-team@example.com]}",
        ],
        ['belfry:purgeCrds: "yes" is not true or false.', "Write it like this: belfry:purgeCrds: false"],
        [
          "belfry:slackWebhookUrl: is in plain text in Pulumi.dev.yaml.",
          "Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
            "it asks for the new value: pulumi config set --secret belfry:slackWebhookUrl --stack dev",
        ],
        [
          "belfry:heartbeatUrl: is missing: the receiver mail needs it.",
          "Run this, it asks for the value: pulumi config set --secret belfry:heartbeatUrl --stack dev",
        ],
        [
          "belfry:platfrom: is not a setting. Did you mean belfry:platform?",
          "Rename it in Pulumi.dev.yaml, or remove it: pulumi config rm belfry:platfrom --stack dev",
        ],
        ["belfry:zebra: is not a setting.", "Remove it: pulumi config rm belfry:zebra --stack dev"],
      ),
    );
    assert.ok(error instanceof UserError);
  });
});
