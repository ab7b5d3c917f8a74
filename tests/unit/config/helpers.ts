import assert from "node:assert/strict";

import { loadConfig, type RawConfig } from "../../../config/load.ts";
import { ConfigError } from "../../../config/problems.ts";

/** A setting as a stack file holds it; undefined takes it away. */
export type Changes = Readonly<Record<string, unknown>>;

export const slack = { name: "slack", type: "slack", channel: "#alerts" };
export const mail = { name: "mail", type: "email", to: ["oncall@example.com"] };
export const heartbeat = { name: "heartbeat", type: "heartbeat" };
export const smtp = { host: "smtp.example.com", from: "belfry@example.com", username: "belfry" };
export const team = { namespace: "shop", name: "email", to: ["shop@example.com"] };

/** Shortest valid settings that use every kind of receiver. */
export const basic: Changes = { platform: "kubeadm", receivers: [slack, mail, heartbeat], smtp };

export const basicSecrets: Readonly<Record<string, string | undefined>> = {
  slackWebhookUrl: "https://hooks.slack.com/services/T0/B0/canary-slack",
  smtpPassword: "canary-password",
  heartbeatUrl: "https://beats.example.com/canary-heartbeat",
};

/** Settings as Pulumi has them: lists and maps as JSON text. */
export function rawConfig(
  options: {
    changes?: Changes;
    secrets?: Readonly<Record<string, string | undefined>>;
    /** Further keys that are encrypted. */
    encrypted?: readonly string[];
    sandbox?: boolean;
  } = {},
): RawConfig {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...basic, ...options.changes })) {
    if (value !== undefined) {
      values[`belfry:${name}`] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  const secretKeys = new Set((options.encrypted ?? []).map((name) => `belfry:${name}`));
  for (const [name, value] of Object.entries({ ...basicSecrets, ...options.secrets })) {
    if (value !== undefined) {
      values[`belfry:${name}`] = value;
      secretKeys.add(`belfry:${name}`);
    }
  }
  return { stack: "dev", values, secretKeys, sandbox: options.sandbox ?? false };
}

/** The error that these settings give. */
export function configError(raw: RawConfig): ConfigError {
  try {
    loadConfig(raw);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the settings were accepted" });
}

/** The whole message for entries that are each `key: problem` and the lines of the fix. */
export function messageOf(...entries: readonly Entry[]): string {
  const count = entries.length === 1 ? "1 problem" : `${entries.length} problems`;
  const texts = entries.map((lines) => `${lines.join("\n  ")}\n`);
  return [`${count} in the settings of stack dev:\n`, ...texts, "  Nothing was created or changed."].join("\n");
}

/** `key: problem`, then the lines of the fix. */
export type Entry = readonly [string, ...string[]];

/** One test for each: what is written beside the basic settings, and the whole message it gives. */
export function refuses(cases: readonly (readonly [string, Changes, ...Entry[]])[]): void {
  for (const [title, changes, ...entries] of cases) {
    it(`refuses ${title}`, () => {
      assert.equal(configError(rawConfig({ changes })).message, messageOf(...entries));
    });
  }
}

/** One test for each: what is written beside the basic settings is accepted. */
export function accepts(cases: readonly (readonly [string, Changes])[]): void {
  for (const [title, changes] of cases) {
    it(`accepts ${title}`, () => {
      assert.equal(loadConfig(rawConfig({ changes })).stack, "dev");
    });
  }
}
