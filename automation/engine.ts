/** Pulumi's Automation API as Belfry uses it: one stack, the one program, one operation at a time. */
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../config/user-error.ts";
import { type ChangeCount, OperationProgress, type PlannedChange } from "./events.ts";
import { explainFailure } from "./failures.ts";
import { throwIfInterrupted } from "./interrupt.ts";
import { interruptibleOnce } from "./pulumi-command.ts";

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
  /** Who encrypts the secrets of a stack that is made, for example `awskms://alias/belfry`; the backend's default when absent. */
  readonly secretsProvider?: string;
}

export interface OperationOptions {
  /** A finished step. */
  readonly report: (line: string) => void;
  /** Called about once a second with what is under way. */
  readonly underWay?: (lines: string[]) => void;
  /** Called once, when the operation is done, with the resources that it changed or, as a preview, would change. */
  readonly planned?: (changes: readonly PlannedChange[]) => void;
  /** The stack's file to read instead of `Pulumi.<stack>.yaml` in the work directory. */
  readonly configFile?: string;
  /** Pulumi's plan file: a preview writes it, an `up` does nothing else than what stands in it. */
  readonly planFile?: string;
  readonly signal: AbortSignal;
}

export type Operation = "preview" | "up" | "destroy" | "refresh";

/** The message with which each stack's program refused its settings or its cluster, in the operation that runs or ran last. */
const refusals = new WeakMap<Stack, { message: string | undefined }>();

/**
 * @param create whether a stack that does not exist is made; elsewhere it is an error, so that a typo makes nothing
 * @throws UserError when the backend or the stack cannot be had
 */
export async function openStack(target: StackTarget, create: boolean): Promise<Stack> {
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  const { RunError } = await import("@pulumi/pulumi");
  const refusal: { message: string | undefined } = { message: undefined };
  // The engine repeats a program's error in its own words; here it is still the program's.
  const program: PulumiFn = async () => {
    try {
      return await target.program();
    } catch (error) {
      if (RunError.isInstance(error)) refusal.message = error.message;
      throw error;
    }
  };
  const args = { stackName: target.stack, projectName: "belfry", program };
  try {
    const options = {
      workDir: target.workDir,
      envVars: { PULUMI_SKIP_UPDATE_CHECK: "true", ...target.environment },
      pulumiCommand: await interruptibleOnce(),
      ...(target.pulumiHome === undefined ? {} : { pulumiHome: target.pulumiHome }),
      ...(target.secretsProvider === undefined ? {} : { secretsProvider: target.secretsProvider }),
    };
    const stack = await (create ? LocalWorkspace.createOrSelectStack(args, options) : LocalWorkspace.selectStack(args, options));
    refusals.set(stack, refusal);
    return stack;
  } catch (cause) {
    throw explainFailure({ stack: target.stack, operation: "open", errors: [], output: "", cause });
  }
}

/**
 * Runs one operation to its end.
 *
 * @throws UserError with the cause and what mends it when it fails (ProgramRefusal when the program itself refused); the signal's reason when it was interrupted
 */
export async function operate(stack: Stack, operation: Operation, options: OperationOptions): Promise<ChangeCount> {
  throwIfInterrupted(options.signal);
  const refusal = refusals.get(stack);
  if (refusal !== undefined) refusal.message = undefined;
  const progress = new OperationProgress(Date.now);
  const timer = setInterval(() => options.underWay?.(progress.underWay()), 1000);
  let output = "";
  const common = {
    color: "never" as const,
    suppressProgress: true,
    suppressOutputs: true,
    signal: options.signal,
    ...(options.configFile === undefined ? {} : { configFile: options.configFile }),
    onError: (text: string) => {
      output += text;
    },
    onEvent: (event: EngineEvent) => {
      const line = progress.take(event);
      if (line !== undefined && operation !== "preview") options.report(line);
    },
  };
  const plan = options.planFile === undefined ? {} : { plan: options.planFile };
  try {
    switch (operation) {
      case "preview":
        await stack.preview({ ...common, ...plan });
        break;
      case "up":
        await stack.up({ ...common, ...plan });
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
    throw explainFailure({
      stack: stack.name,
      operation,
      refusal: refusal?.message,
      errors: progress.errors(),
      output,
      cause: error,
    });
  } finally {
    clearInterval(timer);
  }
  options.planned?.(progress.planned());
  return progress.changes() ?? { same: 0, create: 0, update: 0, replace: 0, delete: 0 };
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
  /** Names of all receivers as Alertmanager has them; a team's is `namespace/name/name`. */
  readonly receivers: readonly string[];
  /** Labels that every alert of the stack has. */
  readonly alertLabels: Readonly<Record<string, string>>;
}

/** @throws UserError when the stack has not been deployed yet */
export async function stackOutputs(stack: Stack): Promise<StackOutputs> {
  const outputs = await stack.outputs();
  const value = (name: string): unknown => outputs[name]?.value;
  const namespace = value("namespace");
  if (typeof namespace !== "string") {
    throw new UserError(`stack ${stack.name} has no outputs yet.`, "Deploy it first: pulumi up");
  }
  const texts = (name: string) => Object.values((value(name) ?? []) as readonly unknown[]).map(String);
  return {
    namespace,
    releases: texts("releases"),
    // prometheus-operator names a team's receiver after namespace, object and receiver; the latter two are called alike.
    receivers: [...texts("receivers"), ...texts("teamReceivers").map((team) => `${team}/${team.split("/").at(-1) ?? ""}`)],
    alertLabels: (value("alertLabels") ?? {}) as Readonly<Record<string, string>>,
  };
}
