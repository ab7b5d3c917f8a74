/** Stand-ins write to the sandbox and to nothing else: this is asked before every write. */
import { readFile } from "node:fs/promises";
import { UserError } from "../../../config/user-error.ts";
import type { KubeClient } from "./kube-client.ts";
import { textAt, type Wire } from "./wire.ts";

/** The variable with the absolute path of the sandbox's record. */
export const sandboxVariable = "BELFRY_SANDBOX";

/**
 * @param stateFile value of {@link sandboxVariable}
 * @throws UserError when the cluster is not the sandbox that was recorded there
 */
export async function assertSandbox(client: KubeClient, stateFile: string | undefined): Promise<void> {
  const { server } = client.access;
  if (!isLoopback(server)) throw refusal(`${server.origin} is not on this machine's loopback`);
  const recorded = await recordedUid(stateFile);
  const path = "/api/v1/namespaces/kube-system";
  const found = textAt(await client.call("GET", path), "metadata", "uid");
  if (found !== recorded) {
    throw refusal(`kube-system at ${server.origin} has the UID ${found ?? "(none)"}, the sandbox's has ${recorded}`);
  }
}

/** Whether an address cannot lead to another machine. */
export function isLoopback(server: URL): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(server.hostname);
}

/** @throws UserError when there is no record, or none that can be read */
async function recordedUid(stateFile: string | undefined): Promise<string> {
  if (stateFile === undefined || stateFile === "") throw refusal(`${sandboxVariable} is not set`);
  const text = await readFile(stateFile, "utf8").catch(() => "null");
  const uid = textAt(parsed(text), "kubeSystemUid");
  if (uid === undefined) throw refusal(`${stateFile} is not the record of a sandbox`);
  return uid;
}

function refusal(because: string): UserError {
  return new UserError(
    `The stand-in for Pulumi's Kubernetes provider works with Belfry's sandbox only, and ${because}. Nothing was written.`,
    "For a cluster of your own install the real provider: pulumi plugin install resource kubernetes",
  );
}

function parsed(text: string): Wire {
  try {
    return JSON.parse(text) as Wire;
  } catch {
    return null;
  }
}
