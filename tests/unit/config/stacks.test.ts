import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";

import { loadConfig } from "../../../config/load.ts";
import { settingsSchema } from "../../../config/schema.ts";
import { itemOf, membersOf, type Schema } from "../../../config/schema-walk.ts";
import { isRecord, itemsOf } from "../../../config/secrets.ts";
import { stackFileConfig } from "../../../config/stack-file.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");
const read = (file: string) => readFile(join(checkout, file), "utf8");

/**
 * Paths of the settings that none of these values has.
 *
 * @param values what is written at `path`, once for each item of the lists above it
 */
function unset(schema: Schema, values: readonly unknown[], path: string): string[] {
  const there = values.filter((value) => value !== undefined);
  if (there.length === 0) return [path];
  const item = itemOf(schema);
  const items = there.flatMap((value) => itemsOf(value));
  const records = there.filter(isRecord);
  const names = [...new Set(there.flatMap((value) => Object.keys(membersOf(schema, value))))];
  return [
    // A value that may be a list or something else has no items where it is something else.
    ...(item === undefined || items.length === 0 ? [] : unset(item, items, path)),
    ...names.flatMap((name) => {
      const member = there.map((value) => membersOf(schema, value)[name]).find((found) => found !== undefined);
      return member === undefined ? [] : unset(member, records.map((record) => record[name]), `${path}.${name}`);
    }),
  ];
}

describe("the project's files", () => {
  it("Pulumi.yaml runs the one program through tsx", async () => {
    assert.deepEqual(parse(await read("Pulumi.yaml")), {
      name: "belfry",
      description: "Puts a Kubernetes cluster under watch, and proves that the alarm arrives.",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import=tsx" } },
      main: "index.ts",
    });
  });

  const stacks = [
    { stack: "dev", platform: "kind", profile: "small", receivers: ["slack", "mail", "heartbeat"], teams: ["shop"] },
    {
      stack: "staging",
      platform: "eks",
      profile: "standard",
      receivers: ["slack", "mail", "heartbeat"],
      teams: ["shop"],
    },
    {
      stack: "prod",
      platform: "gke",
      profile: "ha",
      receivers: ["slack", "slack-incidents", "oncall", "platform", "heartbeat"],
      teams: ["shop", "payments"],
    },
    {
      stack: "everything",
      folder: "docs/examples/",
      platform: "kubeadm",
      profile: "standard",
      receivers: ["slack", "slack-incidents", "mail", "heartbeat"],
      teams: ["shop"],
    },
  ];
  for (const { stack, folder = "", ...expected } of stacks) {
    const file = `${folder}Pulumi.${stack}.yaml`;

    it(`${file} loads`, async () => {
      const { platform, profile, receivers, teams } = loadConfig(stackFileConfig(await read(file), file));
      const found = {
        platform,
        profile,
        receivers: receivers.map(({ name }) => name),
        teams: teams.map(({ namespace }) => namespace),
      };
      assert.deepEqual(found, expected);
    });

    it(`${file} says how each of its secrets is set`, async () => {
      const text = await read(file);
      const raw = stackFileConfig(text, file);
      // Whatever is a secret key now was filled in because the settings need it.
      const needed = [...raw.secretKeys].sort();
      const commands = [...text.matchAll(/^# +pulumi config set --secret (\S+) --stack (\S+)$/gm)];
      assert.deepEqual(commands.map(([, key]) => key).sort(), needed);
      assert.deepEqual(new Set(commands.map(([, , name]) => name)), new Set([stack]));
    });

    it(`${file} names only hosts that are reserved for examples`, async () => {
      const hosts = [...(await read(file)).matchAll(/(?:@|\/\/|host: )([a-z0-9.-]+)/g)].map(([, host]) => host ?? "");
      assert.ok(hosts.length > 0);
      assert.deepEqual(
        hosts.filter((host) => !/(^|\.)example\.com$/.test(host)),
        [],
      );
    });
  }

  it("docs/examples/Pulumi.everything.yaml has every setting but those of another choice", async () => {
    const { config } = parse(await read("docs/examples/Pulumi.everything.yaml")) as { config: Record<string, unknown> };
    const written = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("belfry:", ""), value]));
    const missing = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => unset(schema, [written[name]], name));
    assert.deepEqual(missing.sort(), [
      // The sandbox puts its own there.
      "chartMirror",
      "cluster.kubeSystemUid",
      // Other kinds of access.
      "falco.ui.access.host",
      "falco.ui.access.ingressClass",
      "falco.ui.access.port",
      "falco.ui.access.tlsSecret",
      // Another Loki than the stack's own.
      "falco.outputs.loki.tenant",
      "falco.outputs.loki.url",
      "logs.tenant",
      "logs.url",
      "logs.username",
      // Not on a directory of a node.
      "falco.ui.storage.className",
      // The certificate comes from one of two, and one of three asks.
      "alertmanager.ingress.auth.middleware",
      "alertmanager.ingress.auth.url",
      "alertmanager.ingress.clusterIssuer",
      "grafana.ingress.clusterIssuer",
      "prometheus.ingress.auth.middleware",
      "prometheus.ingress.tlsSecret",
      // The public authorities.
      "smtp.caCertificate",
      // What is to be left out is said instead.
      "trivy.namespaces",
    ].sort());
  });

  it("dev has the team whose mail comes from an object in the team's own namespace", async () => {
    const { teams } = loadConfig(stackFileConfig(await read("Pulumi.dev.yaml"), "Pulumi.dev.yaml"));
    assert.deepEqual(teams, [
      {
        namespace: "shop",
        createNamespace: true,
        name: "email",
        to: ["shop-team@example.com"],
        severities: ["critical", "warning"],
      },
    ]);
  });
});
