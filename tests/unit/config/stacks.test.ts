import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse } from "yaml";

import { loadConfig } from "../../../config/load.ts";
import { stackFileConfig } from "../../../config/stack-file.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");
const read = (file: string) => readFile(join(checkout, file), "utf8");

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
  ];
  for (const { stack, ...expected } of stacks) {
    const file = `Pulumi.${stack}.yaml`;

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
