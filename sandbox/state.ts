/** The record of a sandbox: written once, when its cluster is known. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { readIfThere, writePrivateFile } from "./files.ts";
import { loopback, sandboxLayout, type SandboxPorts, type SandboxState } from "./layout.ts";
import { portNames } from "./ports.ts";

const port = z.number().int().min(1).max(65_535);
const text = z.string().min(1);

const stateSchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  kubeSystemUid: text,
  ports: z.strictObject(Object.fromEntries(portNames.map((name) => [name, port])) as Record<keyof SandboxPorts, typeof port>),
  inboxToken: text,
  slackWebhookUrl: z.url(),
  heartbeatUrl: z.url(),
  smtp: z.strictObject({ username: text, password: text }),
}) satisfies z.ZodType<SandboxState>;

/**
 * @param checkout the directory that holds package.json
 * @returns `undefined` when no sandbox was made there
 * @throws UserError when the record cannot be read
 */
export async function readState(checkout: string): Promise<SandboxState | undefined> {
  const { stateFile } = sandboxLayout(checkout);
  const content = await readIfThere(stateFile);
  return content === undefined ? undefined : parseState(content, stateFile);
}

/** @throws UserError that names the file, and never quotes its content */
export function parseState(content: string, file: string): SandboxState {
  const parsed = stateSchema.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${file} is not a record that this version of Belfry can read.`,
    "Run `npm run sandbox:delete` and start again.",
    { cause: parsed.error },
  );
}

export async function writeState(file: string, state: SandboxState): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify(state, undefined, 2)}\n`);
}

/** A record with new random addresses and passwords. */
export function newState(cluster: { ports: SandboxPorts; kubeSystemUid: string; now: Date }): SandboxState {
  const hooks = `http://${loopback}:${cluster.ports.hooks}`;
  return {
    version: 1,
    createdAt: cluster.now.toISOString(),
    kubeSystemUid: cluster.kubeSystemUid,
    ports: cluster.ports,
    inboxToken: secret(),
    slackWebhookUrl: `${hooks}/services/T${identifier()}/B${identifier()}/${secret()}`,
    heartbeatUrl: `${hooks}/heartbeat/${secret()}`,
    smtp: { username: `belfry-${identifier().toLowerCase()}`, password: secret() },
  };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** 192 random bits, safe in addresses. */
function secret(): string {
  return randomBytes(24).toString("base64url");
}

/** As long as Slack's ids of workspaces and webhooks. */
function identifier(): string {
  return randomBytes(5).toString("hex").toUpperCase();
}
