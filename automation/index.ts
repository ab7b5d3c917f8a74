/**
 * Belfry as a library for pipelines: every operation of the command, for a selection of stacks, as a function with a typed
 * result. What goes wrong is in the result; the functions throw for errors in Belfry itself only. Variables of the process
 * (PULUMI_BACKEND_URL, KUBECONFIG, the clouds' credentials) are used as the command uses them: docs/pipelines.md.
 *
 * @example
 * const { result, stacks } = await preview({ stacks: ["dev", "prod"], expectNoChanges: true });
 */
import type { DestroyOptions, InitOptions, PipelineOptions, PreviewOptions, UpOptions } from "./pipeline/operations.ts";
import { runPipeline } from "./pipeline/pipeline.ts";
import type { PipelineResult } from "./pipeline/result.ts";

export type {
  DestroyOptions, InitOptions, PipelineEvent, PipelineOperation, PipelineOptions, PreviewOptions, UpOptions,
} from "./pipeline/operations.ts";
export type { Changes, PipelineResult, ReceiverOutcome, StackResult, StackStatus } from "./pipeline/result.ts";
export { pipelineResultSchema, resultSchemaVersion } from "./pipeline/result.ts";
export { exitCodes } from "./exit-codes.ts";

/** Says what an `up` would change; writes the plan of it where `planFile` is given. Changes nothing. */
export function preview(options: PreviewOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "preview" });
}

/** Deploys. A protected stack needs its plan, or its name in `withoutPlan`. */
export function up(options: UpOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "up" });
}

/** Brings the state up to what the cluster has; changes nothing in the cluster. */
export function refresh(options: PipelineOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "refresh" });
}

/** Removes what the stacks installed; the stacks themselves stay. */
export function destroy(options: DestroyOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "destroy" });
}

/** Sends a marked test alert through every receiver of deployed stacks and proves that each was delivered. */
export function verify(options: PipelineOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "verify" });
}

/** What is known of stacks: the last operation, how many resources, who is at work on it, what is installed. */
export function status(options: PipelineOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "status" });
}

/** Makes stacks in the backend. No other operation does, so that a typo makes none. */
export function init(options: InitOptions): Promise<PipelineResult> {
  return runPipeline({ ...options, operation: "init" });
}
