/** `npm start -- --kube-context NAME`: the stack on a cluster of the user's own, after the preview and a yes. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../../config/user-error.ts";
import { type OperationOptions, openStack, operate, stackOutputs } from "../engine.ts";
import type { PlannedChange } from "../events.ts";
import { clusterIdentity } from "../kube/identity.ts";
import { obtainPulumi, pathWith } from "../obtain-pulumi.ts";
import { type PhaseReport, Phases } from "../phases.ts";
import { formatVerify } from "../verify/format.ts";
import { verify } from "../verify/verify.ts";
import { type Binding, bindCluster, bindStackToContext, readStackFile } from "./bind-cluster.ts";
import { chooseBackend, defaultBackend, loggedInTo, projectBackend } from "./own-backend.ts";
import { plannedText } from "./planned-changes.ts";
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
  /** Refused: what a stack on a real cluster is made of stands in its file, so that plain `pulumi` does the same. */
  readonly chartMirror?: string;
  /** Refused likewise. */
  readonly settingsFile?: string;
}

/** @returns whether the stack was deployed and every receiver proved; false also when the user said no */
export async function startOnOwnCluster(o: OwnClusterOptions): Promise<boolean> {
  refuseOptions(o);
  const startedAt = Date.now();
  const file = join(o.checkout, `Pulumi.${o.stack}.yaml`);
  const stackFile = await readStackFile(file);
  const backend = chooseBackend({
    checkout: o.checkout,
    environment: process.env,
    loggedIn: (await loggedInTo(process.env)) !== undefined || (await projectBackend(o.checkout)) !== undefined,
    stackFile,
  });
  const identity = await clusterIdentity({ context: o.context, signal: o.signal });
  o.write(`Cluster of context ${o.context}: ${identity.server}\n`);
  const binding = { context: o.context, kubeSystemUid: identity.kubeSystemUid };
  // Refuses another cluster before anything is built.
  bindCluster(stackFile, file, binding);
  const environment = backend === "ours" ? await makeBackend(o) : {};
  Object.assign(process.env, environment);

  const prepare = new Phases(o.live, o.write, o.signal);
  const engine = prepare.add("Look for pulumi", [], async (report) => {
    process.env["PATH"] = pathWith(await obtainPulumi(reporting(report).report, prepare.signal), process.env["PATH"] ?? "");
  });
  const previewed = prepare.add("Preview", [engine], async (report) => {
    const { default: program } = await import("../../index.ts");
    const stack = await openStack({ stack: o.stack, workDir: o.checkout, environment, program }, true);
    return { stack, planned: await preview(stack, file, binding, { ...reporting(report), signal: prepare.signal }) };
  });
  await prepare.run();
  const { stack, planned } = await previewed;
  o.write(`\nWhat would be done to the cluster of context ${o.context} (${identity.server}):\n${plannedText(planned)}\n`);
  if (!o.yes && !(await confirmed(o.signal, `Deploy stack ${o.stack} to ${o.context}?`))) {
    o.write("Nothing was changed.\n");
    return false;
  }
  await bindStackToContext({ file, ...binding, write: o.write });

  const phases = new Phases(o.live, o.write, o.signal);
  const deployed = phases.add(`Deploy the stack ${o.stack}`, [], async (report) =>
    operate(stack, "up", { ...reporting(report), signal: phases.signal, configFile: file }),
  );
  const verified = phases.add("Prove that messages arrive", [deployed], async (report) => {
    const { namespace, receivers, alertLabels } = await stackOutputs(stack);
    return verify({
      context: o.context,
      namespace,
      expectedReceivers: receivers,
      labels: alertLabels,
      report: report.line,
      signal: phases.signal,
    });
  });
  await phases.run();
  const result = await verified;
  o.write(
    `\n${changeLine(await deployed, "")}\n${formatVerify(result)}` +
      `In all: ${duration(Math.round((Date.now() - startedAt) / 1000))}\n`,
  );
  return result.passed;
}

function reporting(phase: PhaseReport): Required<Pick<OperationOptions, "report" | "underWay">> {
  return {
    report: (line) => {
      phase.line(line);
    },
    underWay: (lines) => {
      phase.now(lines);
    },
  };
}

/** Before anything is read, built or asked. */
function refuseOptions(o: OwnClusterOptions): void {
  const command = `npm start -- --kube-context ${o.context}${o.stack === "dev" ? "" : ` --stack ${o.stack}`}`;
  if (o.chartMirror !== undefined) {
    throw new UserError(
      "--chart-mirror is for the embedded cluster; on a cluster of your own the setting belfry:chartMirror says where charts come from.",
      `Set it in the stack's file, then leave the option out: pulumi config set belfry:chartMirror URL --stack ${o.stack}`,
    );
  }
  if (o.settingsFile !== undefined) {
    throw new UserError(
      "--settings is for the embedded cluster; on a cluster of your own --stack names the stack, and with it its file.",
      `Leave the option out: ${command}`,
    );
  }
  if (!o.yes && !process.stdin.isTTY) {
    throw new UserError(
      "There is no terminal to ask on before the cluster is changed. Nothing was done.",
      `Look at the preview first (pulumi preview --stack ${o.stack}), then say yes by an option: ${command} --yes`,
    );
  }
}

async function makeBackend(o: OwnClusterOptions): Promise<Record<string, string>> {
  const directory = defaultBackend(o.checkout);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  o.write(`The stack's state is kept in ${directory}; PULUMI_BACKEND_URL or pulumi login names another place.\n`);
  return { PULUMI_BACKEND_URL: `file://${directory}` };
}

/** Previews with the cluster in a copy of the stack's file: the file itself is changed only after the yes. */
async function preview(
  stack: Stack,
  file: string,
  binding: Binding,
  operation: OperationOptions,
): Promise<readonly PlannedChange[]> {
  let planned: readonly PlannedChange[] = [];
  const place = join(dirname(file), ".belfry");
  await mkdir(place, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(place, "preview-"));
  try {
    const copy = join(directory, `Pulumi.${stack.name}.yaml`);
    // Read again: making a stack puts the salt of its encryption into the file.
    await writeFile(copy, bindCluster(await readStackFile(file), file, binding), { mode: 0o600 });
    await operate(stack, "preview", { ...operation, configFile: copy, planned: (changes) => (planned = changes) });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return planned;
}

async function confirmed(signal: AbortSignal, question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // While it asks, the terminal hands Ctrl-C over as a key.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new Promise<string>((resolve) => terminal.once("close", () => { resolve(""); }));
  try {
    const answer = await Promise.race([terminal.question(`${question} Type yes to go on: `, { signal }), closed]);
    return answer.trim() === "yes";
  } finally {
    terminal.close();
  }
}
