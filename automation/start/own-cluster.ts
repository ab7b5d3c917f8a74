/** `npm start -- --kube-context NAME`: the stack on a cluster of the user's own, after the preview and a yes. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { UserError } from "../../config/user-error.ts";
import { type ProgramName, cacheDirectory, obtainTools } from "../../sandbox/tools/index.ts";
import { openStack, operate, stackOutputs } from "../engine.ts";
import { Phases } from "../phases.ts";
import { formatVerify } from "../verify/format.ts";
import { verify } from "../verify/verify.ts";
import { clusterIdentity } from "../kube/identity.ts";
import { bindStackToContext } from "./bind-cluster.ts";
import { changeLine, duration } from "./summary.ts";

export interface OwnClusterOptions {
  readonly checkout: string;
  readonly live: boolean;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
  readonly context: string;
  readonly stack: string;
  /** Do not ask. */
  readonly yes: boolean;
}

const needed = ["pulumi", "pulumi-language-nodejs"] as const satisfies readonly ProgramName[];

/** @returns whether the stack was deployed and every receiver proved; false also when the user said no */
export async function startOnOwnCluster(o: OwnClusterOptions): Promise<boolean> {
  if (!o.yes && !process.stdin.isTTY) {
    throw new UserError(
      "There is no terminal to ask on before the cluster is changed.",
      `Look at the preview first, then say it by a word: npm start -- --kube-context ${o.context} --yes`,
    );
  }
  const startedAt = Date.now();
  const identity = await clusterIdentity({ context: o.context, signal: o.signal });
  o.write(`Cluster of context ${o.context}: ${identity.server}\n`);
  await bindStackToContext({ file: join(o.checkout, `Pulumi.${o.stack}.yaml`), context: o.context, kubeSystemUid: identity.kubeSystemUid, write: o.write });
  const environment = await backendEnvironment(o.checkout);
  Object.assign(process.env, environment);

  const prepare = new Phases(o.live, o.write, o.signal);
  const previewed = prepare.add("Preview", [], async (report) => {
    const tools = obtainTools(needed, { report: report.line, signal: prepare.signal });
    const pulumi = await tools.pulumi;
    process.env["PATH"] = `${join(pulumi, "..")}:${process.env["PATH"] ?? ""}`;
    const { default: program } = await import("../../index.ts");
    const stack = await openStack({ stack: o.stack, workDir: o.checkout, environment, program }, true);
    const changes = await operate(stack, "preview", { report: report.line, underWay: report.now, signal: prepare.signal });
    return { stack, changes, resources: changes.create + changes.update + changes.replace + changes.delete };
  });
  await prepare.run();
  const { stack, changes } = await previewed;
  o.write(`\n${changeLine(changes, "would be ")}\n`);
  if (!o.yes && !(await confirmed(o.signal, `Deploy stack ${o.stack} to ${o.context}?`))) {
    o.write("Nothing was changed.\n");
    return false;
  }

  const phases = new Phases(o.live, o.write, o.signal);
  const deployed = phases.add(`Deploy the stack ${o.stack}`, [], async (report) =>
    operate(stack, "up", { report: report.line, underWay: report.now, signal: phases.signal }),
  );
  const verified = phases.add("Prove that messages arrive", [deployed], async (report) => {
    const { namespace } = await stackOutputs(stack);
    return verify({ context: o.context, namespace, report: report.line, signal: phases.signal });
  });
  await phases.run();
  const result = await verified;
  o.write(
    `\n${changeLine(await deployed, "")}\n${formatVerify(result)}` +
      `In all: ${duration(Math.round((Date.now() - startedAt) / 1000))}\n`,
  );
  return result.passed;
}

/** Without a backend of the user's own the state is kept below `.belfry/state`, apart from the sandbox's. */
async function backendEnvironment(checkout: string): Promise<Record<string, string>> {
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const loggedIn = await readFile(join(home, "credentials.json"), "utf8").then(
    (text) => typeof (JSON.parse(text) as { current?: unknown }).current === "string",
    () => false,
  );
  if (process.env["PULUMI_CONFIG_PASSPHRASE"] === undefined && process.env["PULUMI_CONFIG_PASSPHRASE_FILE"] === undefined && !loggedIn) {
    throw new UserError(
      "PULUMI_CONFIG_PASSPHRASE_FILE is not set: the stack's secrets cannot be read.",
      "Name the file that holds the passphrase: export PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/passphrase",
    );
  }
  if (process.env["PULUMI_BACKEND_URL"] !== undefined || loggedIn) return {};
  const { mkdir } = await import("node:fs/promises");
  const directory = join(checkout, ".belfry", "state");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await mkdir(cacheDirectory(process.env), { recursive: true });
  return { PULUMI_BACKEND_URL: `file://${directory}` };
}

async function confirmed(signal: AbortSignal, question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} Type yes to go on: `, { signal });
    return answer.trim() === "yes";
  } finally {
    terminal.close();
  }
}
