/** The command `belfry`: `npm run belfry -- COMMAND`. Commands only; what they do stands in the modules that they call. */
import { join } from "node:path";
import { Command } from "commander";
import { restrictEnvironment } from "./environment.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { Interrupted, interruptible } from "./interrupt.ts";
import { err, out } from "./lines.ts";
import { pipelineCommand, registerPipelineCommands, type SelectionFlags, withSelection } from "./pipeline/commands.ts";
import { UserError } from "../config/user-error.ts";
import type { DiffFlags } from "./diff/command.ts";
import { UsageError } from "./usage-error.ts";

const checkout = join(import.meta.dirname, "..");

/** Runs a command's work, and turns whether it was done into the exit code. */
function run(work: (signal: AbortSignal) => Promise<boolean>): Promise<never> {
  return runToExit(async (signal) => ((await work(signal)) ? exitCodes.done : exitCodes.failed));
}

/**
 * Runs a command's work with its interruption, and turns what it throws into a message and an exit code.
 *
 * @param waitingFor what is given up when nobody waits any longer
 */
async function runToExit(work: (signal: AbortSignal) => Promise<number>, waitingFor?: () => readonly string[]): Promise<never> {
  const { signal } = interruptible({
    onInterrupt: () => {
      err("\nInterrupted: ending what was started. The next start carries on from here.");
      for (const line of waitingFor?.() ?? []) err(`  waiting for ${line}`);
    },
    onImpatience: () => {
      for (const line of waitingFor?.() ?? []) err(`  no longer waiting for ${line}; what is known is in the state`);
    },
  });
  let code: number;
  try {
    code = await work(signal);
  } catch (error) {
    code = failure(error, signal);
  }
  // An operation that fails before the engine is up leaves a server open that would keep this process alive.
  await written(process.stdout);
  process.exit(code);
}

/** A pipe takes what is written in its own time, and `process.exit` would not wait for it. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => { resolve(); }));
}

function failure(error: unknown, signal: AbortSignal): number {
  if (signal.aborted || error instanceof Interrupted) return exitCodes.interrupted;
  err(
    error instanceof UserError
      ? `\n${error.message}`
      : `\nThis is an error in Belfry itself, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return exitCodeOf(error);
}

const live = () => process.stdout.isTTY && process.env["CI"] === undefined;
const write = (text: string) => process.stdout.write(text);

const command = new Command("belfry")
  .description("Puts a Kubernetes cluster under watch, and proves that the alarm arrives.")
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage));

interface StartFlags {
  readonly installedIn: string;
  readonly kubeContext?: string;
  readonly chartMirror?: string;
  readonly settings?: string;
  readonly stack?: string;
  readonly yes?: true;
}

command
  .command("start")
  .description("deploy the stack dev, into the embedded cluster unless a context is named, and prove that its messages arrive")
  .option("--kube-context <name>", "deploy to this cluster of yours instead (shows the preview, then asks)")
  .option("--stack <stack>", "with --kube-context: which stack", "dev")
  .option("--yes", "with --kube-context: do not ask")
  .option("--chart-mirror <url>", "take the charts from this repository")
  .option("--settings <file>", "deploy the settings of this stack file into the embedded cluster instead of Pulumi.dev.yaml")
  .option("--installed-in <seconds>", "how long the installation of the packages took", "0")
  .action((flags: StartFlags) =>
    run(async (signal) => {
      const own = flags.kubeContext !== undefined;
      restrictEnvironment(own ? "ownCluster" : "sandbox");
      const more = {
        ...(flags.chartMirror === undefined ? {} : { chartMirror: flags.chartMirror }),
        ...(flags.settings === undefined ? {} : { settingsFile: flags.settings }),
      };
      if (flags.kubeContext !== undefined) {
        const { startOnOwnCluster } = await import("./start/own-cluster.ts");
        return startOnOwnCluster({
          checkout, live: live(), write, signal, context: flags.kubeContext, stack: flags.stack ?? "dev", yes: flags.yes === true,
          ...more,
        });
      }
      const { startInSandbox } = await import("./start/sandbox.ts");
      return startInSandbox({ checkout, live: live(), write, signal, installedIn: Number(flags.installedIn), ...more });
    }),
  );

registerPipelineCommands(command, runToExit);

interface VerifyFlags extends SelectionFlags {
  readonly kubeContext?: string;
  readonly namespace: string;
  readonly report?: string;
}

withSelection(command.command("verify"))
  .description("send a marked test alert through every receiver and prove that each was delivered")
  .option("--kube-context <name>", "without --stack: a cluster of yours; default: the sandbox")
  .option("--namespace <namespace>", "without --stack: where Alertmanager runs", "monitoring")
  .option("--report <file>", "without --stack: write what was sent, what arrived and when as an HTML page that stands alone")
  .action((flags: VerifyFlags) => {
    if (flags.stack !== undefined || flags.all === true) {
      return flags.kubeContext === undefined && flags.report === undefined
        ? pipelineCommand("verify", flags, runToExit)
        : run(() => Promise.reject(new UsageError("--kube-context and --report are for one cluster, --stack and --all for stacks.", "Leave out the one or the other.")));
    }
    return run(async (signal) => {
      restrictEnvironment(flags.kubeContext === undefined ? "sandbox" : "ownCluster");
      const { verifyCommand } = await import("./verify-command.ts");
      return verifyCommand({
        checkout, namespace: flags.namespace, context: flags.kubeContext, reportFile: flags.report, write, signal,
      });
    });
  });

interface DrillFlags {
  readonly list?: true;
  readonly scenario: readonly string[];
  readonly report?: string;
  readonly namespace: string;
}

command
  .command("drill")
  .description("play what can go wrong in the sandbox, and show which message tells it, to whom and after how long")
  .option("--list", "say which scenarios there are")
  .option("--scenario <name>", "only this one; may be given several times", (name: string, before: string[]) => [...before, name], [])
  .option("--report <file>", "where the HTML page with every message and the time line is written; default: .belfry/drill.html")
  .option("--namespace <namespace>", "where the stack's Prometheus runs", "monitoring")
  .action((flags: DrillFlags) =>
    run(async (signal) => {
      restrictEnvironment("sandbox");
      const { drillCommand, drillList } = await import("./drill/command.ts");
      if (flags.list === true) {
        write(drillList());
        return true;
      }
      return drillCommand({
        checkout, namespace: flags.namespace, names: flags.scenario, reportFile: flags.report, write, signal,
      });
    }),
  );

command
  .command("alerts")
  .description("list every alert of a stack: whose it is, how severe, who is told, its runbook and its tests")
  .option("--stack <stack>", "the stack", "dev")
  .option("--json", "as JSON")
  .action((flags: { stack: string; json?: true }) =>
    run(async () => {
      restrictEnvironment("sandbox");
      const { alertsOutput } = await import("./alerts/command.ts");
      write(await alertsOutput(checkout, flags.stack, flags.json === true));
      return true;
    }),
  );

command
  .command("render")
  .description("write everything a stack would apply as files: no cluster, plugin or network is needed, secrets are masked")
  .requiredOption("--stack <stack>", "the stack")
  .requiredOption("--out <directory>", "where to write; must be empty or made by this command")
  .action((flags: { stack: string; out: string }) =>
    run(async () => {
      restrictEnvironment("sandbox");
      const { writeRendered } = await import("./render-files.ts");
      const count = await writeRendered({ checkout, stack: flags.stack, directory: flags.out });
      out(`${count} files written to ${flags.out}`);
      return true;
    }),
  );

command
  .command("diff")
  .description("show a reviewer what a change does: objects, alerts, receivers, requests, privileges; no cluster, plugin or network is needed")
  .option("--from <revision>", "compare from this revision; default: where what is checked out left the main branch")
  .option("--to <revision>", "to this revision; default: what is checked out, also what is not committed")
  .option("--from-dir <directory>", "compare directories that render wrote, instead of revisions: from this one")
  .option("--to-dir <directory>", "to this one")
  .option("--stack <stacks>", "only these stacks, with commas between them")
  .option("--all", "all stacks that have a file; this is the default")
  .option("--charts <source>", "a directory of charts, or the address of a repository: compare the objects that they render to (needs helm)")
  .option("--markdown", "as Markdown of at most 60,000 characters, for a comment")
  .option("--json", "as JSON; its form: docs/diff.schema.json")
  .option("--out <file>", "write there instead of to standard output")
  .action((flags: DiffFlags) =>
    run(async (signal) => {
      restrictEnvironment("sandbox");
      const { diffCommand, diffFlags } = await import("./diff/command.ts");
      return diffCommand({ checkout, signal, write, bold: process.stdout.isTTY && process.env["NO_COLOR"] === undefined, ...diffFlags(flags) });
    }),
  );

command
  .command("env")
  .description("print what a shell needs for plain pulumi on the sandbox's stack: eval \"$(npm run --silent belfry -- env)\"")
  .action(() =>
    run(async () => {
      restrictEnvironment("sandbox");
      const { environmentLines } = await import("./sandbox-commands.ts");
      out(await environmentLines(checkout));
      return true;
    }),
  );

command
  .command("password")
  .description("print a generated password of the sandbox's stack")
  .argument("<of>", "grafana or falco-ui")
  .action((of: string) =>
    run(async () => {
      restrictEnvironment("sandbox");
      const { password } = await import("./sandbox-commands.ts");
      out(await password(checkout, of));
      return true;
    }),
  );

const sandbox = command.command("sandbox").description("the embedded cluster");
for (const [name, description] of [
  ["stop", "end its processes and keep its data"],
  ["remove", "end its processes and remove it"],
  ["status", "say what runs"],
] as const) {
  sandbox
    .command(name)
    .description(description)
    .action(() =>
      run(async () => {
        restrictEnvironment("sandbox");
        const commands = await import("./sandbox-commands.ts");
        await commands[name](checkout, out);
        return true;
      }),
    );
}

await command.parseAsync();
