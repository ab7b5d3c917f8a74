/** One operation on a selection of stacks: looked at, refused as a whole or worked on, told as one result. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../config/user-error.ts";
import { allowedEnvironment } from "../environment.ts";
import { exitCodeOf, failureKind } from "../exit-codes.ts";
import { obtainPulumi, pathWith } from "../obtain-pulumi.ts";
import { removeStaleLocks } from "../recovery.ts";
import { type FoundBackend, findBackend, listStacks } from "./backend.ts";
import type { Job, Outcome } from "./job.ts";
import {
  type DestroyOptions, type InitOptions, type PipelineEvent, type PipelineOperation, type PipelineOptions, type PreviewOptions,
  type UpOptions, changing,
} from "./operations.ts";
import { checkNumbers } from "./numbers.ts";
import { isFailure, overall } from "./outcome.ts";
import { type Plans, keptPlans } from "./plans.ts";
import { type PipelineResult, type StackResult, resultSchemaVersion } from "./result.ts";
import { refusalsOf, refuse, stackFacts, type StackFacts } from "./safety.ts";
import { schedule } from "./schedule.ts";
import { checkNames, existingStacks, newStacks, shortName } from "./selection.ts";
import { runInWorker, type WorkerHooks } from "./worker-process.ts";

/** An operation with all that it takes. */
export type PipelineRequest =
  | ({ readonly operation: "preview" } & PreviewOptions)
  | ({ readonly operation: "up" } & UpOptions)
  | ({ readonly operation: "destroy" } & DestroyOptions)
  | ({ readonly operation: "init" } & InitOptions)
  | ({ readonly operation: "refresh" | "verify" | "status" } & PipelineOptions);

const ownCheckout = join(import.meta.dirname, "..", "..");

/** Side by side unless a number is given: what changes something is done one after the other, so that a failure stops the rest. */
function defaultParallel(operation: PipelineOperation): number {
  return operation === "preview" || operation === "status" ? 4 : 1;
}

/**
 * Does it. What goes wrong is in the result; nothing is begun unless everything that can be known before is in order.
 *
 * @throws what is an error in Belfry itself
 */
export async function runPipeline(request: PipelineRequest): Promise<PipelineResult> {
  const startedAt = new Date();
  const { operation } = request;
  const signal = request.signal ?? new AbortController().signal;
  const result = (told: Told) => resultOf(operation, startedAt, told);
  let prepared: Prepared | undefined;
  try {
    prepared = await prepare(request, signal);
    const stacks = await work(request, prepared, signal);
    return result({ ...(signal.aborted ? overall([{ result: "interrupted" }]) : overall(stacks)), stacks });
  } catch (error) {
    if (signal.aborted) return result({ ...overall([{ result: "interrupted" }]), stacks: [] });
    return result(notBegun(error));
  } finally {
    await prepared?.plans.close();
  }
}

type Told = Pick<PipelineResult, "result" | "exitCode" | "stacks" | "error">;

function resultOf(operation: PipelineOperation, startedAt: Date, told: Told): PipelineResult {
  return { schema: resultSchemaVersion, operation, startedAt: startedAt.toISOString(), seconds: secondsSince(startedAt), ...told };
}

/** @throws the error itself when no user can mend it */
function notBegun(error: unknown): Told {
  const kind = failureKind(error);
  if (!(error instanceof UserError) || kind === "bug" || kind === "interrupted") throw error;
  const result = kind === "usage" ? "refused" : kind;
  return { result, exitCode: exitCodeOf(error), stacks: [], error: { what: error.what, fix: error.fix } };
}

/** The result of a request that could not even be made. @throws the error itself when no user can mend it */
export function notRequested(operation: PipelineOperation, error: unknown): PipelineResult {
  return resultOf(operation, new Date(), notBegun(error));
}

interface Prepared {
  readonly checkout: string;
  readonly facts: readonly StackFacts[];
  readonly found: FoundBackend;
  readonly environment: Readonly<Record<string, string>>;
  readonly plans: Plans;
}

async function prepare(request: PipelineRequest, signal: AbortSignal): Promise<Prepared> {
  checkNumbers(request);
  const selection = request.stacks === "all" ? request.stacks : checkNames(request.stacks);
  const checkout = request.checkout ?? ownCheckout;
  const own = allowedEnvironment(process.env, "ownCluster");
  const found = await findBackend(checkout, own);
  const directory = await obtainPulumi((text) => {
    tell(request, { type: "note", at: now(), text });
  }, signal);
  const environment = { ...own, ...found.environment, PATH: pathWith(directory, own["PATH"] ?? "") };
  const existing = await listStacks({ workDir: found.workDir, environment, signal });
  const names =
    request.operation === "init" ? newStacks(request.stacks, existing, request.order) : existingStacks(selection, existing, request.order);
  const texts = new Map(await Promise.all(names.map(async (stack) => [stack, await settingsOf(stack, found.workDir, environment)] as const)));
  const facts = names.map((stack) =>
    stackFacts({ stack, file: `Pulumi.${shortName(stack)}.yaml`, text: texts.get(stack), backend: found.backend }),
  );
  const plans = await keptPlans({ request, checkout, names, settings: texts, now: new Date(), signal });
  try {
    refuse([
      ...plans.refusals,
      ...refusalsOf({
        operation: request.operation,
        stacks: facts,
        backend: found.backend,
        sandbox: found.sandbox,
        environment,
        planned: [...plans.kept.keys()],
        ...(request.operation === "up" ? { withoutPlan: request.withoutPlan ?? [] } : {}),
        ...(request.operation === "destroy" ? { confirm: request.confirm } : {}),
      }),
    ]);
  } catch (error) {
    await plans.close();
    throw error;
  }
  // A lock whose owner is proven dead holds nobody up; any other stays.
  if (changing.has(request.operation) && found.directory !== undefined) await removeStaleLocks(found.directory);
  return { checkout, facts, found, environment, plans };
}

/** Text of the file that Pulumi reads for this stack. */
async function settingsOf(stack: string, workDir: string, environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  const file = environment["PULUMI_OPTION_CONFIG_FILE"] ?? join(workDir, `Pulumi.${shortName(stack)}.yaml`);
  return readFile(file, "utf8").catch(() => undefined);
}

async function work(request: PipelineRequest, prepared: Prepared, signal: AbortSignal): Promise<StackResult[]> {
  const { facts, plans } = prepared;
  const scheduled = await schedule({
    names: facts.map(({ stack }) => stack),
    parallel: request.parallel ?? defaultParallel(request.operation),
    signal,
    stopsAfter: ({ result }: StackResult) => request.keepGoing !== true && isFailure(result),
    work: async (stack): Promise<StackResult> => {
      const startedAt = new Date();
      tell(request, { type: "started", at: now(), stack, operation: request.operation });
      const outcome = await runInWorker(job(stack, request, prepared), hooks(stack, startedAt, request, prepared, signal));
      const plan = outcome.result === "done" ? await plans.after(stack) : undefined;
      const seconds = secondsSince(startedAt);
      const result: StackResult["result"] = pending(request, outcome) ? "changes pending" : outcome.result;
      tell(request, { type: "finished", at: now(), stack, seconds, result });
      return { stack, protected: isProtected(stack, prepared), ...outcome, result, seconds, ...(plan === undefined ? {} : { plan }) };
    },
  });
  return scheduled.map(({ name, value }) => value ?? { stack: name, protected: isProtected(name, prepared), result: "not run", seconds: 0 });
}

function job(stack: string, request: PipelineRequest, { checkout, found, plans }: Prepared): Job {
  const planFile = plans.path(stack);
  return {
    operation: request.operation,
    stack,
    checkout,
    workDir: found.workDir,
    backend: found.backend.url,
    ...(found.directory === undefined ? {} : { backendDirectory: found.directory }),
    ...(planFile === undefined ? {} : { planFile }),
    ...(request.operation === "init" && request.secretsProvider !== undefined ? { secretsProvider: request.secretsProvider } : {}),
  };
}

function hooks(stack: string, startedAt: Date, request: PipelineRequest, { environment }: Prepared, signal: AbortSignal): WorkerHooks {
  return {
    environment,
    signal,
    ...(request.timeoutSeconds === undefined ? {} : { timeoutSeconds: request.timeoutSeconds }),
    step: (text) => {
      tell(request, { type: "step", at: now(), stack, seconds: secondsSince(startedAt), text });
    },
    waiting: (resources) => {
      tell(request, { type: "waiting", at: now(), stack, seconds: secondsSince(startedAt), resources });
    },
  };
}

function pending(request: PipelineRequest, { result, changes }: Outcome): boolean {
  if (request.operation !== "preview" || request.expectNoChanges !== true || result !== "done" || changes === undefined) return false;
  return changes.create + changes.update + changes.replace + changes.delete > 0;
}

function isProtected(stack: string, { facts }: Prepared): boolean {
  return facts.some((one) => one.stack === stack && one.protected);
}

function tell({ onEvent }: { readonly onEvent?: (event: PipelineEvent) => void }, event: PipelineEvent): void {
  onEvent?.(event);
}

function now(): string {
  return new Date().toISOString();
}

/** With one decimal. */
function secondsSince(start: Date): number {
  return Math.round((Date.now() - start.getTime()) / 100) / 10;
}
