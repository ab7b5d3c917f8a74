/**
 * Pulumi's command line as the Automation API starts it, in a process group of its own. A terminal sends Ctrl-C to the whole
 * group of the foreground; an engine in that group would get it there and once more from the abort signal, take the second one
 * for "terminate at once", and leave in the cluster what it has no record of. This way it is interrupted exactly once.
 */
import { createRequire } from "node:module";
import { delimiter, dirname, isAbsolute } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/** What a command that has ended said. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The method of PulumiCommand that runs it, and what that needs: exported by the SDK, but left out of its types. */
export type Run = (
  args: string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
) => Promise<CommandResult>;
export interface Internals {
  readonly CommandResult: new (stdout: string, stderr: string, code: number, error?: Error) => CommandResult;
  readonly createCommandError: (result: CommandResult) => Error;
}

/** The exit code that the Automation API gives a command that ended without one. */
const unknownCode = -2;

/** @throws Error when no `pulumi` is on PATH, or one that the SDK cannot work with */
export async function interruptibleOnce(): Promise<PulumiCommand> {
  const { PulumiCommand: Command } = await import("@pulumi/pulumi/automation/index.js");
  const command = await Command.get();
  // By `require`: which names an import of a CommonJS module has depends on who loads it.
  const internals = createRequire(import.meta.url)("@pulumi/pulumi/automation/index.js") as Internals;
  return Object.assign(command, { run: runner(command.command, internals) });
}

/** @param program path or name of `pulumi` */
export function runner(program: string, { CommandResult: Result, createCommandError }: Internals): Run {
  return async (args, cwd, environment, onOutput, onError, signal) => {
    const { execa } = await import("execa");
    const path = [dirname(program), environment["PATH"] ?? process.env["PATH"] ?? ""].join(delimiter);
    const child = execa(program, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
      cwd,
      env: { ...environment, ...(isAbsolute(program) ? { PATH: path } : {}), PULUMI_AUTOMATION_API: "true" },
      detached: true,
      // A detached process would outlive this one by itself; see `endNow`.
      cleanup: false,
      stdin: "ignore",
      reject: false,
    });
    const interrupt = () => void child.kill("SIGINT");
    // This process ends without waiting any longer: an engine that is interrupted a second time writes down what it knows and ends.
    const endNow = () => {
      interrupt();
      interrupt();
    };
    child.stdout.on("data", (data: Buffer) => onOutput?.(data.toString()));
    child.stderr.on("data", (data: Buffer) => onError?.(data.toString()));
    signal?.addEventListener("abort", interrupt, { once: true });
    process.once("exit", endNow);
    // An abort before the process was there would be missed.
    if (signal?.aborted === true) interrupt();
    try {
      const { stdout, stderr, exitCode, failed, shortMessage } = await child;
      if (exitCode === 0) return new Result(stdout, stderr, 0);
      const cause = failed && exitCode === undefined ? new Error(shortMessage ?? "pulumi did not end by itself") : undefined;
      throw createCommandError(new Result(stdout, stderr, exitCode ?? unknownCode, cause));
    } finally {
      signal?.removeEventListener("abort", interrupt);
      process.removeListener("exit", endNow);
    }
  };
}
