/**
 * The plan of a reviewed preview, in one file: Pulumi's own plan, and what it is bound to. Pulumi's plan holds every planned
 * property of every resource; secrets stand in it encrypted by the stack's own secrets provider, like in its state.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../config/user-error.ts";
import type { Refusal } from "./safety.ts";

/** What a plan is bound to. */
export interface PlanBinding {
  readonly stack: string;
  /** Full hash. */
  readonly commit: string;
  /** SHA-256 of the stack's file. */
  readonly settings: string;
}

const planFile = z.strictObject({
  belfryPlan: z.literal(1),
  stack: z.string(),
  commit: z.string(),
  settings: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Text of Pulumi's plan. */
  plan: z.string(),
  /** SHA-256 over everything else: tells a file that was damaged or edited, not one that somebody forged. */
  digest: z.string(),
});
export type PlanFile = z.infer<typeof planFile>;

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The text of a plan file. */
export function writePlan(o: PlanBinding & { readonly plan: string; readonly now: Date; readonly hours: number }): string {
  const content = {
    belfryPlan: 1,
    stack: o.stack,
    commit: o.commit,
    settings: o.settings,
    createdAt: o.now.toISOString(),
    expiresAt: new Date(o.now.getTime() + o.hours * 3_600_000).toISOString(),
    plan: o.plan,
  } as const;
  return `${JSON.stringify({ ...content, digest: digestOf(content) }, undefined, 2)}\n`;
}

function digestOf(content: Omit<PlanFile, "digest">): string {
  const { belfryPlan, stack, commit, settings, createdAt, expiresAt, plan } = content;
  return sha256(JSON.stringify([belfryPlan, stack, commit, settings, createdAt, expiresAt, plan]));
}

/** @throws UserError when the text is no plan, or was changed since it was written */
export function readPlan(text: string, file: string): PlanFile {
  const again = "Make a new plan and have it reviewed: npm run belfry -- preview --stack STACK --plan FILE";
  const parsed = planFile.safeParse(json(text));
  if (!parsed.success) throw new UserError(`${file} is not a plan that belfry preview wrote.`, again);
  if (digestOf(parsed.data) !== parsed.data.digest) throw new UserError(`${file} was changed after belfry preview wrote it.`, again);
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a plan cannot be used for what is there now; nothing when it can. */
export function planRefusals(o: {
  readonly file: string;
  readonly plan: PlanFile;
  /** What is there now; undefined when the plan's stack is not among those that are worked on. */
  readonly binding: PlanBinding | undefined;
  readonly selected: readonly string[];
  readonly now: Date;
}): Refusal[] {
  const { file, plan, binding, now } = o;
  const fix = `Make a new plan and have it reviewed: npm run belfry -- preview --stack ${plan.stack} --plan FILE`;
  if (binding === undefined) {
    return [
      {
        what: `${file} is the plan of the stack ${plan.stack}, which is not among those that are worked on (${o.selected.join(", ")}).`,
        fix: "Name the plan of this stack, or the stack of this plan.",
      },
    ];
  }
  const refusals: Refusal[] = [];
  if (plan.commit !== binding.commit) {
    refusals.push({ what: `${file} was made from commit ${plan.commit.slice(0, 12)}, but this is ${binding.commit.slice(0, 12)}.`, fix: `Check that commit out. Or: ${fix}` });
  }
  if (plan.settings !== binding.settings) {
    refusals.push({ what: `${file} was made with other settings than those that stack ${plan.stack} has now.`, fix });
  }
  if (Date.parse(plan.expiresAt) <= now.getTime()) {
    refusals.push({ what: `${file} has expired: it could be used until ${plan.expiresAt}.`, fix });
  }
  return refusals;
}
