/** Plans on disk: what a preview writes and an `up` keeps to. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../../config/user-error.ts";
import { writePrivateFile } from "../../sandbox/files.ts";
import { UsageError } from "../usage-error.ts";
import { cleanCommit } from "./git.ts";
import type { PipelineRequest } from "./pipeline.ts";
import { type PlanFile, planRefusals, readPlan, sha256, writePlan } from "./plan-file.ts";
import type { StackResult } from "./result.ts";
import type { Refusal } from "./safety.ts";

/** The plans of one command. */
export interface Plans {
  /** Why they cannot be used. */
  readonly refusals: readonly Refusal[];
  /** Plans that are kept to, by stack. */
  readonly kept: ReadonlyMap<string, PlanFile>;
  /** Pulumi's own plan file for a stack's engine. */
  path(stack: string): string | undefined;
  /** Called when the stack is done: writes a preview's plan. @returns what the result tells about it */
  after(stack: string): Promise<StackResult["plan"]>;
  /** Removes the temporary files. */
  close(): Promise<void>;
}

const none: Plans = {
  refusals: [],
  kept: new Map(),
  path: () => undefined,
  after: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};

interface PlansInput {
  readonly request: PipelineRequest;
  readonly checkout: string;
  /** The stacks that are worked on. */
  readonly names: readonly string[];
  /** Text of each stack's file. */
  readonly settings: ReadonlyMap<string, string | undefined>;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** @throws UsageError for plans that cannot be read, and where there is no commit to bind one to */
export async function keptPlans(o: PlansInput): Promise<Plans> {
  const { request } = o;
  if (request.operation === "preview" && request.planFile !== undefined) return newPlan(o, request.planFile, request.planHours ?? 24);
  if (request.operation === "up" && request.planFiles !== undefined && request.planFiles.length > 0) return reviewedPlans(o, request.planFiles);
  return none;
}

async function newPlan(o: PlansInput, file: string, hours: number): Promise<Plans> {
  const [stack, ...more] = o.names;
  if (stack === undefined || more.length > 0) {
    throw new UsageError(`A plan is for one stack, and ${o.names.length} are named.`, "Make one for each: npm run belfry -- preview --stack STACK --plan FILE");
  }
  if (!(hours > 0 && hours <= 24 * 30)) throw new UsageError("A plan can be used for at most 30 days (720 hours).", "For example: --plan-hours 48");
  const binding = { stack, commit: await cleanCommit(o.checkout, o.signal), settings: sha256(o.settings.get(stack) ?? "") };
  const directory = await privateDirectory();
  const own = join(directory, "plan.json");
  // Before the engine does it, which would let everybody read it.
  await writeFile(own, "", { mode: 0o600 });
  return {
    ...none,
    path: () => own,
    async after() {
      const text = writePlan({ ...binding, plan: await readFile(own, "utf8"), now: o.now, hours });
      await writePrivateFile(resolve(file), text);
      const { commit, createdAt, expiresAt } = readPlan(text, file);
      return { file, commit, createdAt, expiresAt };
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

async function reviewedPlans(o: PlansInput, files: readonly string[]): Promise<Plans> {
  const commit = await cleanCommit(o.checkout, o.signal);
  const kept = new Map<string, PlanFile>();
  const names = new Map<string, string>();
  const refusals: Refusal[] = [];
  for (const file of files) {
    const plan = await read(file);
    const { stack } = plan;
    const binding = o.names.includes(stack) ? { stack, commit, settings: sha256(o.settings.get(stack) ?? "") } : undefined;
    refusals.push(...planRefusals({ file, plan, binding, selected: o.names, now: o.now }));
    if (kept.has(stack)) refusals.push({ what: `Two plans are for the stack ${stack}: ${names.get(stack) ?? ""} and ${file}.`, fix: "Name one of them." });
    kept.set(stack, plan);
    names.set(stack, file);
  }
  const directory = await privateDirectory();
  const paths = new Map<string, string>();
  for (const [index, [stack, { plan }]] of [...kept].entries()) {
    const path = join(directory, `${index}.json`);
    await writeFile(path, plan, { mode: 0o600 });
    paths.set(stack, path);
  }
  return {
    refusals,
    kept,
    path: (stack) => paths.get(stack),
    after(stack) {
      const plan = kept.get(stack);
      if (plan === undefined) return Promise.resolve(undefined);
      const { commit: of, createdAt, expiresAt } = plan;
      return Promise.resolve({ file: names.get(stack) ?? "", commit: of, createdAt, expiresAt });
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

async function read(file: string): Promise<PlanFile> {
  const text = await readFile(resolve(file), "utf8").catch(() => {
    throw new UsageError(`The plan ${file} cannot be read.`, "Make one: npm run belfry -- preview --stack STACK --plan FILE");
  });
  try {
    return readPlan(text, file);
  } catch (error) {
    throw error instanceof UserError ? new UsageError(error.what, error.fix) : error;
  }
}

/** Made with mode 0700. */
function privateDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "belfry-plan-"));
}
