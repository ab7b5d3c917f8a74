/** Where the state of a stack on the user's own cluster is kept, and whether its secrets can be read. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { sandboxLayout } from "../../sandbox/layout.ts";
import { UsageError } from "../usage-error.ts";

/** What is known about the user's Pulumi before anything is asked of it. */
export interface BackendFacts {
  readonly checkout: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether `pulumi login` or Pulumi.yaml has chosen a backend. */
  readonly loggedIn: boolean;
  /** Text of the stack's file. */
  readonly stackFile: string;
}

/** Without a backend of the user's own the state is kept here, apart from the sandbox's. */
export function defaultBackend(checkout: string): string {
  return join(checkout, ".belfry", "state");
}

/**
 * Pure.
 *
 * @returns `ours`: the default backend; `theirs`: the one that the variable or `pulumi login` names
 * @throws UsageError for the sandbox's backend, and when no passphrase is there that the default backend needs
 */
export function chooseBackend({ checkout, environment, loggedIn, stackFile }: BackendFacts): "ours" | "theirs" {
  const named = environment["PULUMI_BACKEND_URL"];
  if (named !== undefined && isSandboxBackend(named, checkout)) {
    throw new UsageError(
      "PULUMI_BACKEND_URL names the sandbox's state, which is never mixed with the state of a real cluster.",
      "This shell is set up for the sandbox: open a new one, or run: unset PULUMI_BACKEND_URL PULUMI_HOME " +
        "PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_STACK PULUMI_OPTION_CONFIG_FILE KUBECONFIG BELFRY_SANDBOX",
    );
  }
  // With a token Pulumi goes to its own service, also where nobody has logged in.
  if (named !== undefined || loggedIn || environment["PULUMI_ACCESS_TOKEN"] !== undefined) return "theirs";
  if (!hasPassphrase(environment) && !hasSecretsProvider(stackFile)) {
    throw new UsageError(
      "PULUMI_CONFIG_PASSPHRASE_FILE is not set: the stack's secrets cannot be read.",
      "Name the file that holds the passphrase: export PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/passphrase",
    );
  }
  return "ours";
}

/** The backend that `pulumi login` has chosen; undefined when it was never called. */
export async function loggedInTo(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const text = await readFile(join(home, "credentials.json"), "utf8").catch(() => "null");
  try {
    const current = (JSON.parse(text) as { readonly current?: unknown } | null)?.current;
    return typeof current === "string" && current !== "" ? current : undefined;
  } catch {
    return undefined;
  }
}

/** The backend that Pulumi.yaml names (`backend: {url: ...}`), for everybody who works with this checkout. */
export async function projectBackend(checkout: string): Promise<string | undefined> {
  const text = await readFile(join(checkout, "Pulumi.yaml"), "utf8").catch(() => "");
  const project = parse(text) as { readonly backend?: { readonly url?: unknown } | null } | null;
  const url = project?.backend?.url;
  return typeof url === "string" && url !== "" ? url : undefined;
}

/** Whether a backend's address is the sandbox's. Pure. */
export function isSandboxBackend(url: string, checkout: string): boolean {
  return isBelow(url, sandboxLayout(checkout).root);
}

function isBelow(url: string, directory: string): boolean {
  if (!url.startsWith("file://")) return false;
  try {
    return `${fileURLToPath(url)}${sep}`.startsWith(`${directory}${sep}`);
  } catch {
    // `file://~/state` is Pulumi's own way of writing it.
    return false;
  }
}

/** Pure. */
export function hasPassphrase(environment: NodeJS.ProcessEnv): boolean {
  return ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].some((name) => environment[name] !== undefined);
}

/** A stack's file may name a key of a cloud instead of a passphrase. */
function hasSecretsProvider(text: string): boolean {
  const file = parse(text) as { readonly secretsprovider?: unknown } | null;
  return typeof file?.secretsprovider === "string" && file.secretsprovider !== "passphrase";
}
