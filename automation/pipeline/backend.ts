/** Where the state of a pipeline's stacks is, and which stacks there are. */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { sandboxLayout } from "../../sandbox/layout.ts";
import { explainFailure } from "../failures.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { defaultBackend, isSandboxBackend, loggedInTo, projectBackend } from "../start/own-backend.ts";
import { UsageError } from "../usage-error.ts";
import { type Backend, describeBackend } from "./safety.ts";

export interface FoundBackend {
  readonly backend: Backend;
  /** Where a file backend is. */
  readonly directory: string | undefined;
  /** Whether it is the embedded cluster's, in a shell that was set up for it. */
  readonly sandbox: boolean;
  /**
   * Directory with Pulumi.yaml and the stack files. The sandbox has its own: some of Pulumi's commands write the salt of a
   * stack's secrets into the file that they find here, which must not be the checkout's.
   */
  readonly workDir: string;
  /** What the engine must be told beyond the command's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Pulumi's own service. */
const pulumiCloud = "https://api.pulumi.com";

/**
 * As Pulumi itself chooses: PULUMI_BACKEND_URL, Pulumi.yaml's `backend.url`, `pulumi login`, its service where a token is set;
 * else `.belfry/state` of the checkout, so that nothing needs an account.
 *
 * @throws UsageError for the sandbox's backend in a shell that was not set up for the sandbox
 */
export async function findBackend(checkout: string, environment: NodeJS.ProcessEnv): Promise<FoundBackend> {
  const named =
    environment["PULUMI_BACKEND_URL"] ??
    (await projectBackend(checkout)) ??
    (await loggedInTo(environment)) ??
    (environment["PULUMI_ACCESS_TOKEN"] === undefined ? undefined : pulumiCloud);
  if (named === undefined) {
    const directory = defaultBackend(checkout);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const url = `file://${directory}`;
    return { backend: describeBackend(url), directory, sandbox: false, workDir: checkout, environment: { PULUMI_BACKEND_URL: url } };
  }
  const sandbox = isSandboxBackend(named, checkout);
  if (sandbox && environment["BELFRY_SANDBOX"] === undefined) {
    throw new UsageError(
      "PULUMI_BACKEND_URL names the sandbox's state, but this shell is not set up for the sandbox.",
      'Set it up: eval "$(npm run --silent belfry -- env)"; or leave the sandbox alone: unset PULUMI_BACKEND_URL',
    );
  }
  const backend = describeBackend(named);
  const workDir = sandbox ? sandboxLayout(checkout).pulumi.workspace : checkout;
  return { backend, directory: backend.isFile ? fileDirectory(named) : undefined, sandbox, workDir, environment: {} };
}

/** Pulumi also writes `file://~` and `file://./state`. */
function fileDirectory(url: string): string | undefined {
  const path = url.slice("file://".length);
  if (path.startsWith("~")) return join(homedir(), path.slice(1));
  return path.startsWith("/") ? fileURLToPath(url) : undefined;
}

const rows = z.array(z.object({ name: z.string() }));

/**
 * The names of the project's stacks in the backend.
 *
 * @param o.environment all variables that the engine gets
 * @throws UserError when the backend cannot be asked
 */
export async function listStacks(o: {
  readonly workDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<string[]> {
  const { execa } = await import("execa");
  const result = await execa("pulumi", ["stack", "ls", "--json", "--non-interactive"], {
    cwd: o.workDir,
    env: { ...o.environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    extendEnv: false,
    cancelSignal: o.signal,
    reject: false,
    stdin: "ignore",
  });
  throwIfInterrupted(o.signal);
  if (result.exitCode !== 0) {
    throw explainFailure({ stack: "(all)", operation: "open", errors: [], output: result.stderr, cause: new Error(result.stderr) });
  }
  return rows.parse(JSON.parse(result.stdout)).map(({ name }) => name);
}
