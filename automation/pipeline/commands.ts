/** `belfry preview`, `up`, `refresh`, `destroy`, `status`, `init`: options to a request, its result to the terminal. */
import { type Command, InvalidArgumentError } from "commander";
import { restrictEnvironment } from "../environment.ts";
import { err } from "../lines.ts";
import { UsageError } from "../usage-error.ts";
import type { PipelineEvent, PipelineOperation } from "./operations.ts";
import type { PipelineRequest } from "./pipeline.ts";
import { parseSelection, splitNames } from "./selection.ts";

/** What every one of these commands takes. */
export interface SelectionFlags {
  readonly stack?: string;
  readonly all?: true;
  readonly order?: string;
  readonly parallel?: number;
  readonly keepGoing?: true;
  readonly timeout?: number;
  readonly json?: true;
  readonly jsonLines?: true;
}

interface Flags extends SelectionFlags {
  readonly expectNoChanges?: true;
  readonly plan?: string | readonly string[];
  readonly planHours?: number;
  readonly withoutPlan?: readonly string[];
  readonly confirm?: readonly string[];
  readonly secretsProvider?: string;
}

/** Runs a command's work with its interruption; the number is its exit code. */
export type Run = (work: (signal: AbortSignal) => Promise<number>, waitingFor?: () => readonly string[]) => Promise<never>;

const descriptions = {
  preview: "say what an `up` of the stacks would change; changes nothing",
  up: "deploy the stacks; a protected one needs the plan of a reviewed preview",
  refresh: "bring the state of the stacks up to what their clusters have",
  destroy: "remove what the stacks installed; each name must be repeated",
  status: "say what is known of the stacks: last operation, resources, lock, releases, receivers",
  init: "make stacks in the backend; no other command does",
} as const satisfies Partial<Record<PipelineOperation, string>>;

const several = (name: string, before: readonly string[] = []): string[] => [...before, name];

/** `90`, `90s`, `30m`, `1h` in seconds. Pure. */
export function parseSeconds(text: string): number {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)([smh])?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError("Write seconds, or a number with s, m or h, for example 30m.");
  return Number(amount) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

/** The options that select stacks, and say how they are worked on and told. */
export function withSelection(command: Command): Command {
  return command
    .option("--stack <names>", "the stacks, separated by commas")
    .option("--all", "all stacks of the backend")
    .option("--order <names>", "the order of the environments; default: dev,staging,prod, then by name")
    .option("--parallel <number>", "how many stacks at once; default: 4 for preview and status, else 1", parseCount)
    .option("--keep-going", "begin further stacks after one failed")
    .option("--timeout <time>", "how long one stack may take, for example 30m; then its engine is told to end", parseSeconds)
    .option("--json", "print the result as one JSON document (docs/pipelines.md), and nothing else, to standard output")
    .option("--json-lines", "print each event as a line of JSON as it happens, the result last");
}

export function registerPipelineCommands(program: Command, run: Run): void {
  const add = (operation: keyof typeof descriptions) => withSelection(program.command(operation).description(descriptions[operation]));
  const commands = {
    preview: add("preview")
      .option("--expect-no-changes", "exit with 3 when something would change")
      .option("--plan <file>", "write the plan of this preview, for up; for one stack only")
      .option("--plan-hours <hours>", "how long the plan can be used; default: 24", Number),
    up: add("up")
      .option("--plan <file>", "do only what this plan of a reviewed preview says; may be given several times", several)
      .option("--without-plan <stack>", "change this protected stack without a plan; may be given several times", several),
    refresh: add("refresh"),
    destroy: add("destroy").option("--confirm <stack>", "the name of the stack once more; once for each stack", several),
    status: add("status"),
    init: add("init").option("--secrets-provider <address>", "who encrypts the secrets: passphrase, awskms://..., gcpkms://..., azurekeyvault://..."),
  } as const;
  for (const [operation, command] of Object.entries(commands) as [keyof typeof commands, Command][]) {
    command.action((flags: Flags) => pipelineCommand(operation, flags, run));
  }
}

/** Does what a command asks for. */
export function pipelineCommand(operation: PipelineOperation, flags: SelectionFlags, run: Run): Promise<never> {
  const underWay = new Map<string, readonly string[]>();
  return run(
    async (signal) => {
      restrictEnvironment("ownCluster");
      const { progressLine, resultText, errorText } = await import("./table.ts");
      const onEvent = (event: PipelineEvent) => {
        follow(underWay, event);
        if (flags.jsonLines === true) process.stdout.write(`${JSON.stringify(event)}\n`);
        const line = progressLine(event);
        if (line !== undefined) err(line);
      };
      const { notRequested, runPipeline } = await import("./pipeline.ts");
      const request = () => requestOf(operation, flags, { signal, onEvent });
      const result = await Promise.resolve().then(request).then(runPipeline, (error: unknown) => notRequested(operation, error));
      const text = resultText(result);
      if (flags.jsonLines === true) process.stdout.write(`${JSON.stringify({ type: "result", result })}\n`);
      else if (flags.json === true) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
      (flags.json === true || flags.jsonLines === true ? process.stderr : process.stdout).write(text === "" ? "" : `\n${text}`);
      const errors = errorText(result);
      if (errors !== "") process.stderr.write(`\n${errors}`);
      return result.exitCode;
    },
    () => [...underWay].map(([stack, resources]) => `${stack}: ${resources.length === 0 ? "the engine" : resources.join(", ")}`),
  );
}

/** What the stacks that are worked on wait for. */
function follow(underWay: Map<string, readonly string[]>, event: PipelineEvent): void {
  if (event.type === "started") underWay.set(event.stack, []);
  if (event.type === "waiting") underWay.set(event.stack, event.resources);
  if (event.type === "finished") underWay.delete(event.stack);
}

/**
 * The request that a command's options make. Pure.
 *
 * @throws UsageError for a selection that is none
 */
export function requestOf(
  operation: PipelineOperation,
  flags: Flags,
  hooks: { readonly signal: AbortSignal; readonly onEvent: (event: PipelineEvent) => void },
): PipelineRequest {
  const stacks = parseSelection(flags);
  const common = {
    stacks,
    ...hooks,
    ...(flags.order === undefined ? {} : { order: splitNames(flags.order) }),
    ...(flags.parallel === undefined ? {} : { parallel: flags.parallel }),
    ...(flags.keepGoing === undefined ? {} : { keepGoing: true }),
    ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }),
  };
  const plans = typeof flags.plan === "string" ? [flags.plan] : (flags.plan ?? []);
  switch (operation) {
    case "preview": {
      const [planFile] = plans;
      return {
        ...common,
        operation,
        expectNoChanges: flags.expectNoChanges === true,
        ...(planFile === undefined ? {} : { planFile }),
        ...(flags.planHours === undefined ? {} : { planHours: flags.planHours }),
      };
    }
    case "up":
      return { ...common, operation, planFiles: plans, withoutPlan: flags.withoutPlan ?? [] };
    case "destroy":
      return { ...common, operation, confirm: flags.confirm ?? [] };
    case "init":
      if (stacks === "all") throw new UsageError("--all names the stacks that exist; init makes new ones.", "Name them: npm run belfry -- init --stack dev");
      return { ...common, operation, stacks, ...(flags.secretsProvider === undefined ? {} : { secretsProvider: flags.secretsProvider }) };
    case "refresh":
    case "verify":
    case "status":
      return { ...common, operation };
  }
}
