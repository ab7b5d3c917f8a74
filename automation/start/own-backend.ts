/** Where the state of a stack on the user's own cluster is kept, and whether its secrets can be read. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { UserError } from "../../config/user-error.ts";
import { sandboxLayout } from "../../sandbox/layout.ts";

/** What is known about the user's Pulumi before anything is asked of it. */
export interface BackendFacts {
  readonly checkout: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether `pulumi login` has chosen a backend. */
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
 * @throws UserError for the sandbox's backend, and when no passphrase is there that the default backend needs
 */
export function chooseBackend({ checkout, environment, loggedIn, stackFile }: BackendFacts): "ours" | "theirs" {
  const named = environment["PULUMI_BACKEND_URL"];
  if (named !== undefined && isBelow(named, sandboxLayout(checkout).root)) {
    throw new UserError(
      "PULUMI_BACKEND_URL names the sandbox's state, which is never mixed with the state of a real cluster.",
      "This shell is set up for the sandbox: open a new one, or run: unset PULUMI_BACKEND_URL PULUMI_HOME " +
        "PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_STACK PULUMI_OPTION_CONFIG_FILE KUBECONFIG BELFRY_SANDBOX",
    );
  }
  if (named !== undefined || loggedIn) return "theirs";
  const hasPassphrase = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].some((name) => environment[name] !== undefined);
  if (!hasPassphrase && !hasSecretsProvider(stackFile)) {
    throw new UserError(
      "PULUMI_CONFIG_PASSPHRASE_FILE is not set: the stack's secrets cannot be read.",
      "Name the file that holds the passphrase: export PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/passphrase",
    );
  }
  return "ours";
}

/** Whether `pulumi login` has chosen a backend. */
export async function isLoggedIn(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const text = await readFile(join(home, "credentials.json"), "utf8").catch(() => "null");
  try {
    const current = (JSON.parse(text) as { readonly current?: unknown } | null)?.current;
    return typeof current === "string" && current !== "";
  } catch {
    return false;
  }
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

/** A stack's file may name a key of a cloud instead of a passphrase. */
function hasSecretsProvider(text: string): boolean {
  const file = parse(text) as { readonly secretsprovider?: unknown } | null;
  return typeof file?.secretsprovider === "string" && file.secretsprovider !== "passphrase";
}
