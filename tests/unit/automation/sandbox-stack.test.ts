import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { languageHostScript, sandboxEnvironment, sandboxSecrets, sandboxStackConfig, writeStackFile } from "../../../automation/start/sandbox-stack.ts";
import { secretKindOf } from "../../../config/secrets.ts";
import { type SandboxState, sandboxLayout } from "../../../sandbox/layout.ts";

const state: SandboxState = {
  version: 1,
  createdAt: "2026-11-01T00:00:00.000Z",
  kubeSystemUid: "uid-1",
  ports: {
    apiServer: 1, etcd: 2, etcdPeer: 3, controllerManager: 4, scheduler: 5, kwok: 6, operator: 7, prometheus: 8, alertmanager: 9,
    exporter: 10, hooks: 11, smtp: 12, inbox: 13, charts: 14,
  },
  inboxToken: "token",
  slackWebhookUrl: "http://127.0.0.1:11/services/T/B/x",
  heartbeatUrl: "http://127.0.0.1:11/heartbeat/x",
  smtp: { username: "user", password: "marked" },
};

const settings = `
config:
  belfry:platform: kind
  belfry:profile: small
  belfry:storage: {className: fast, prometheus: 5Gi}
  belfry:smtp: {host: smtp.example.com, from: belfry@example.com, username: someone}
  belfry:receivers:
    - {name: slack, type: slack, channel: "#alerts"}
    - {name: second, type: slack, channel: "#more"}
    - {name: heartbeat, type: heartbeat, interval: 5m}
  belfry:slackWebhookUrl: {secure: AAAB}
`;

const input = { settings, state, sources: { providers: "stand-in", charts: "stand-in" } as const, caCertificate: "PEM" };

describe("the sandbox's stack", () => {
  it("is dev's, with the sandbox's platform, cluster, mail server and charts over it, and none of its secrets", () => {
    assert.deepEqual(sandboxStackConfig(input), {
      "belfry:platform": "sandbox",
      "belfry:profile": "small",
      "belfry:storage": { prometheus: "5Gi" },
      "belfry:prometheus": { externalUrl: "http://127.0.0.1:8" },
      "belfry:alertmanager": { externalUrl: "http://127.0.0.1:9" },
      "belfry:smtp": {
        from: "belfry@example.com", host: "127.0.0.1", port: 12, username: "user", tls: "required", caCertificate: "PEM",
      },
      "belfry:receivers": [
        { name: "slack", type: "slack", channel: "#alerts" },
        { name: "second", type: "slack", channel: "#more" },
        { name: "heartbeat", type: "heartbeat", interval: "30s" },
      ],
      "belfry:cluster": { context: "belfry-sandbox", kubeSystemUid: "uid-1" },
      "belfry:purgeCrds": true,
      "belfry:chartMirror": "http://127.0.0.1:14",
    });
  });

  it("takes the charts from their repositories, or from a mirror, where these can be had", () => {
    const mirror = (sources: { charts: "published" | "mirror"; chartMirror?: string }) =>
      sandboxStackConfig({ ...input, sources: { providers: "published", ...sources } })["belfry:chartMirror"];
    assert.equal(mirror({ charts: "published" }), undefined);
    assert.equal(mirror({ charts: "mirror", chartMirror: "http://127.0.0.1:9" }), "http://127.0.0.1:9");
  });

  it("has the sandbox's secrets for every receiver", () => {
    assert.deepEqual(sandboxSecrets(sandboxStackConfig(input), state), {
      "belfry:smtpPassword": "marked",
      "belfry:slackWebhookUrl": state.slackWebhookUrl,
      "belfry:slackWebhookUrl-second": state.slackWebhookUrl,
      "belfry:heartbeatUrl": state.heartbeatUrl,
    });
  });

  it("makes the namespaces of teams, which a real cluster has", () => {
    const team = { name: "email", to: ["a@example.com"] };
    const settings = JSON.stringify({
      config: { "belfry:teams": [{ ...team, namespace: "shop" }, { ...team, namespace: "monitoring" }] },
    });
    assert.deepEqual(sandboxStackConfig({ ...input, settings })["belfry:teams"], [
      { ...team, namespace: "shop", createNamespace: true },
      { ...team, namespace: "monitoring" },
    ]);
  });

  it("has a password for the Loki of somebody else", () => {
    const logs = { mode: "existing", url: "https://logs.example.com" };
    const secrets = (changes: object) => Object.keys(sandboxSecrets({ "belfry:logs": { ...logs, ...changes } }, state));
    assert.deepEqual(secrets({ username: "grafana" }), ["belfry:smtpPassword", "belfry:lokiPassword"]);
    assert.deepEqual(secrets({}), ["belfry:smtpPassword"]);
  });

  it("has well-formed secrets for Grafana and for who passes an Ingress, which keeps its address", () => {
    const ingress = { className: "nginx", clusterIssuer: "letsencrypt", auth: { type: "nginx-basic" } };
    const exposed = { externalUrl: "https://prometheus.example.com", ingress };
    const grafana = { oidc: {}, dataSources: [{ name: "traces", auth: "bearer" }] };
    const changed = JSON.stringify({ config: { "belfry:grafana": grafana, "belfry:prometheus": exposed } });
    const config = sandboxStackConfig({ ...input, settings: changed });
    assert.deepEqual(config["belfry:prometheus"], exposed);
    const secrets = sandboxSecrets(config, state);
    assert.deepEqual(Object.keys(secrets), [
      "belfry:smtpPassword",
      "belfry:grafanaOidcClientSecret",
      "belfry:dataSourceSecret-traces",
      "belfry:ingressUsers",
    ]);
    assert.equal(secretKindOf("belfry:ingressUsers")?.problem(secrets["belfry:ingressUsers"] ?? "", { sandbox: true }), undefined);
  });

  it("has a value for the secret of every login of the probes", () => {
    const logins = [{ name: "api", type: "bearer" }, { name: "old", type: "basic", username: "probe" }];
    const secrets = sandboxSecrets({ ...sandboxStackConfig(input), "belfry:probes": { logins } }, state);
    assert.equal(secrets["belfry:probeToken-api"], "not-sent-to-anybody");
    assert.equal(secrets["belfry:probePassword-old"], "not-sent-to-anybody");
  });

  it("keeps in its file what the engine put there, and tells which secrets are still missing", async () => {
    const directory = await mkdtemp(join(tmpdir(), "belfry-stack-"));
    const file = join(directory, "Pulumi.dev.yaml");
    try {
      await writeFile(file, "encryptionsalt: v1:abc\nconfig:\n  belfry:smtpPassword: {secure: xyz}\n  belfry:old: 1\n");
      const missing = await writeStackFile(file, { "belfry:platform": "sandbox" }, ["belfry:smtpPassword", "belfry:heartbeatUrl"]);
      assert.deepEqual(missing, ["belfry:heartbeatUrl"]);
      assert.deepEqual(parse(await readFile(file, "utf8")), {
        encryptionsalt: "v1:abc",
        config: { "belfry:platform": "sandbox", "belfry:smtpPassword": { secure: "xyz" } },
      });
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is reached by plain pulumi through variables that hold no secret", () => {
    const layout = sandboxLayout("/checkout");
    const root = "/checkout/.belfry/sandbox";
    const environment = sandboxEnvironment(layout, input.sources, "dev", `/usr/bin:${root}/bin`);
    assert.deepEqual(environment, {
      PATH: `${root}/bin:${root}/providers:/usr/bin`,
      KUBECONFIG: `${root}/kubeconfig`,
      BELFRY_SANDBOX: `${root}/state.json`,
      PULUMI_HOME: `${root}/pulumi/home`,
      PULUMI_BACKEND_URL: `file://${root}/pulumi/backend`,
      PULUMI_CONFIG_PASSPHRASE_FILE: `${root}/pulumi/passphrase`,
      PULUMI_STACK: "dev",
      PULUMI_OPTION_CONFIG_FILE: `${root}/pulumi/workspace/Pulumi.dev.yaml`,
    });
    assert.ok(!sandboxEnvironment(layout, { providers: "published", charts: "published" }, "dev", "")["PATH"]?.includes("providers"));
  });

  it("starts the language host with the options of Pulumi.yaml, whatever the paths are called", () => {
    assert.equal(
      languageHostScript("/cache/it's/host", "/my checkout"),
      "#!/bin/sh\nexec '/cache/it'\\''s/host' -typescript=false -nodeargs='--import=file:///my%20checkout/node_modules/tsx/dist/loader.mjs' \"$@\"\n",
    );
  });
});
