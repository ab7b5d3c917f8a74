/** Pulumi's Automation API as Belfry uses it: one stack, the one program, one operation at a time. */
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../config/user-error.ts";
import { type ChangeCount, OperationProgress } from "./events.ts";
import { throwIfInterrupted } from "./interrupt.ts";

/** Where a stack's settings, state and program are. */
export interface StackTarget {
  readonly stack: string;
  /** Directory with Pulumi.yaml and Pulumi.<stack>.yaml. */
  readonly workDir: string;
  /** PULUMI_HOME; the user's own when absent. */
  readonly pulumiHome?: string;
  /** Variables for the engine and its plugins, beside the command's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly program: PulumiFn;
}

export interface OperationOptions {
  /** A finished step. */
  readonly report: (line: string) => void;
  /** Called about once a second with what is under way. */
  readonly underWay?: (lines: string[]) => void;
  readonly signal: AbortSignal;
}

export type Operation = "preview" | "up" | "destroy" | "refresh";

/** @param create whether a stack that does not exist is made; elsewhere it is an error, so that a typo makes nothing */
export async function openStack(target: StackTarget, create: boolean): Promise<Stack> {
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  const args = { stackName: target.stack, projectName: "belfry", program: target.program };
  const options = {
    workDir: target.workDir,
    envVars: { PULUMI_SKIP_UPDATE_CHECK: "true", ...target.environment },
    ...(target.pulumiHome === undefined ? {} : { pulumiHome: target.pulumiHome }),
  };
  return create ? LocalWorkspace.createOrSelectStack(args, options) : LocalWorkspace.selectStack(args, options);
}

/**
 * Runs one operation to its end.
 *
 * @throws UserError with the engine's messages when it fails; the signal's reason when it was interrupted
 */
export async function operate(stack: Stack, operation: Operation, options: OperationOptions): Promise<ChangeCount> {
  throwIfInterrupted(options.signal);
  const progress = new OperationProgress(Date.now);
  const timer = setInterval(() => options.underWay?.(progress.underWay()), 1000);
  let output = "";
  const common = {
    color: "never" as const,
    suppressProgress: true,
    suppressOutputs: true,
    signal: options.signal,
    onError: (text: string) => {
      output += text;
    },
    onEvent: (event: EngineEvent) => {
      const line = progress.take(event);
      if (line !== undefined && operation !== "preview") options.report(line);
    },
  };
  try {
    switch (operation) {
      case "preview":
        await stack.preview(common);
        break;
      case "up":
        await stack.up(common);
        break;
      case "destroy":
        await stack.destroy(common);
        break;
      case "refresh":
        await stack.refresh(common);
        break;
    }
  } catch (error) {
    throwIfInterrupted(options.signal);
    throw engineError(stack.name, operation, progress.errors(), output, error);
  } finally {
    clearInterval(timer);
  }
  return progress.changes() ?? { same: 0, create: 0, update: 0, replace: 0, delete: 0 };
}

function engineError(stack: string, operation: Operation, errors: string[], output: string, cause: unknown): UserError {
  const said = errors.length > 0 ? errors : [output.trim() === "" ? String(cause) : output.trim()];
  const details = said.map((text) => text.split("\n").map((line) => `  ${line}`).join("\n")).join("\n\n");
  return new UserError(
    `${operation} of stack ${stack} failed:\n${details}`,
    "What was done so far is in the stack's state: mend the cause, then run the same command again.",
    { cause },
  );
}

/**
 * Puts a secret into a stack's file by the engine's own encryption. The value goes through standard input: never on a command
 * line, where every user of the machine could read it.
 *
 * @param cwd directory with Pulumi.yaml; the stack, its file, backend and passphrase come from the environment (`PULUMI_*`)
 */
export async function setSecret(o: { key: string; value: string; cwd: string; signal: AbortSignal }): Promise<void> {
  const { execa } = await import("execa");
  const result = await execa("pulumi", ["config", "set", "--secret", o.key, "--non-interactive"], {
    cwd: o.cwd,
    input: o.value,
    cancelSignal: o.signal,
    reject: false,
  });
  throwIfInterrupted(o.signal);
  if (result.exitCode !== 0) {
    throw new UserError(
      `the secret ${o.key} could not be encrypted:\n  ${result.stderr.trim().split("\n").join("\n  ")}`,
      "Mend the cause, then run the same command again.",
    );
  }
}

/** The outputs of the program that the command shows. */
export interface StackOutputs {
  readonly namespace: string;
  /** Lines such as `kube-prometheus-stack 88.5.3 in monitoring`. */
  readonly releases: readonly string[];
}

/** @throws UserError when the stack has not been deployed yet */
export async function stackOutputs(stack: Stack): Promise<StackOutputs> {
  const outputs = await stack.outputs();
  const namespace: unknown = outputs["namespace"]?.value;
  const releases: unknown = outputs["releases"]?.value;
  if (typeof namespace !== "string" || typeof releases !== "object" || releases === null) {
    throw new UserError(`stack ${stack.name} has no outputs yet.`, "Deploy it first: pulumi up");
  }
  return { namespace, releases: Object.values(releases).map(String) };
}
