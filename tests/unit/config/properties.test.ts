import assert from "node:assert/strict";

import fc from "fast-check";

import { loadConfig, type RawConfig } from "../../../config/load.ts";
import { settingsSchema } from "../../../config/schema.ts";
import { secretKindOf } from "../../../config/secrets.ts";
import { basicSecrets, configError, rawConfig } from "./helpers.ts";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((name) => name !== "null");
const address = label.map((name) => `${name}@example.com`);
const addresses = fc.uniqueArray(address, { minLength: 1, maxLength: 3 });
const severities = fc.constantFrom<unknown>(undefined, "all", ["critical"], ["critical", "warning"], ["warning"]);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const receiver = fc.oneof(
  fc.record({ type: fc.constant("slack"), channel: label.map((name) => `#${name}`), severities }),
  fc.record({ type: fc.constant("email"), to: addresses, severities }),
  fc.record({
    type: fc.constant("heartbeat"),
    interval: fc.constantFrom(undefined, "60s", "90s", "5m", "1h30m", "24h"),
  }),
);

const receivers = fc
  .uniqueArray(label, { minLength: 1, maxLength: 6 })
  .chain((names) => fc.tuple(...names.map((name) => receiver.map((rest) => ({ ...rest, name })))))
  .filter((all) => all.some(({ type }) => type !== "heartbeat"));

const changes = fc.record({
  platform: fc.constantFrom("eks", "gke", "gke-autopilot", "aks", "kubeadm", "k3s", "kind"),
  profile: fc.constantFrom(undefined, "small", "standard", "ha"),
  environment: maybe(label),
  clusterName: maybe(label),
  cluster: fc.constantFrom(undefined, {}, { context: "mine" }),
  namespace: fc.constantFrom(undefined, "watch"),
  receivers,
  smtp: fc.record({
    host: fc.constantFrom("smtp.example.com", "10.0.0.1"),
    port: fc.integer({ min: 1, max: 65_535 }),
    from: address,
    tls: fc.constantFrom(undefined, "required"),
    username: label,
  }),
  teams: fc.uniqueArray(fc.record({ namespace: label, name: label, to: addresses, severities }), {
    selector: ({ namespace }) => namespace,
    maxLength: 3,
  }),
  grafana: fc.constantFrom(undefined, {}, { enabled: false }, { storage: "1Gi" }),
  logs: fc.constantFrom(undefined, {}, { mode: "install", retention: "1w" }),
  storage: fc.constantFrom(undefined, {}, { prometheus: "12Gi" }, { alertmanager: "3Gi", className: "fast" }),
  retention: fc.constantFrom(undefined, {}, { time: "3d" }, { size: "9GiB" }),
  chartMirror: fc.constantFrom(undefined, "https://charts.example.com", "oci://charts.example.com/a"),
  purgeCrds: fc.constantFrom(undefined, true, false),
});

/** The settings with a secret for everybody who needs one. */
function withSecrets(settings: typeof changes extends fc.Arbitrary<infer T> ? T : never): RawConfig {
  const secrets: Record<string, string> = {};
  for (const [type, key] of [
    ["slack", "slackWebhookUrl"],
    ["heartbeat", "heartbeatUrl"],
  ] as const) {
    const [, ...further] = settings.receivers.filter((candidate) => candidate.type === type);
    // In the path: as part of a host's name a label that begins with xn-- would have to be one of international names.
    further.forEach(({ name }) => {
      secrets[`${key}-${name}`] = `https://example.com/${name}`;
    });
  }
  return rawConfig({ changes: settings, secrets });
}

describe("any settings", () => {
  it("load when each of them is valid", () => {
    fc.assert(
      fc.property(changes, (settings) => {
        const loaded = loadConfig(withSecrets(settings));
        assert.deepEqual(
          loaded.receivers.map(({ name, type }) => ({ name, type })),
          settings.receivers.map(({ name, type }) => ({ name, type })),
        );
        assert.deepEqual(
          loaded.teams.map(({ namespace }) => namespace),
          settings.teams.map(({ namespace }) => namespace),
        );
        const secrets = loaded.receivers.flatMap((one) =>
          one.type === "email" ? [] : one.type === "slack" ? [one.webhookUrl] : [one.url],
        );
        assert.equal(new Set(secrets.map(({ key }) => key)).size, secrets.length);
        assert.ok(secrets.every((secret) => secret.reveal().startsWith("https://")));
      }),
      { numRuns: 200 },
    );
  });

  it("are refused with any key that is not known, which is told exactly once", () => {
    const known = Object.keys(settingsSchema.shape);
    const unknown = fc
      .oneof(fc.string({ minLength: 1 }), label, fc.constantFrom("__proto__", "constructor", "toString", "Platform"))
      .filter((name) => !known.includes(name) && secretKindOf(`belfry:${name}`) === undefined);
    fc.assert(
      fc.property(unknown, (name) => {
        const raw = rawConfig();
        const { problems } = configError({ ...raw, values: { ...raw.values, [`belfry:${name}`]: "x" } });
        assert.deepEqual(
          problems.map(({ key }) => key),
          [`belfry:${name}`],
        );
      }),
      { numRuns: 300 },
    );
  });

  it("are refused with any key inside a setting that is not known", () => {
    const members = ["host", "port", "from", "username", "tls", "caCertificate"];
    fc.assert(
      fc.property(
        fc
          .oneof(fc.string({ minLength: 1 }), fc.constantFrom("__proto__", "constructor"))
          .filter((name) => !members.includes(name)),
        (name) => {
          const raw = rawConfig();
          const smtp = (raw.values["belfry:smtp"] ?? "").replace(/}$/, `,${JSON.stringify(name)}:"x"}`);
          const { problems } = configError({ ...raw, values: { ...raw.values, "belfry:smtp": smtp } });
          assert.equal(problems.length, 1);
          assert.ok(problems[0]?.key.startsWith("belfry:smtp"));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("never give an error that holds a secret, whatever is wrong", () => {
    const anything = fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 3 }));
    const wild = fc.record(Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, anything])));
    fc.assert(
      fc.property(wild, fc.string(), (settings, noise) => {
        const secrets = Object.fromEntries(Object.keys(basicSecrets).map((key) => [key, `canary${noise}`]));
        const error = configError(rawConfig({ changes: { ...settings, zz: "x" }, secrets }));
        assert.equal(JSON.stringify([error.message, error.problems]).includes("canary"), false);
      }),
      { numRuns: 300 },
    );
  });
});
