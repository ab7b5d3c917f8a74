/** What a pipeline's command found and did: the documented form of `--json`, and what the library returns. */
import { z } from "zod";
import { operations } from "./operations.ts";

/** Raised when a member changes its meaning or goes; members may be added without it. */
export const resultSchemaVersion = 1;

const count = z.number().int().nonnegative();

const changes = z
  .object({ same: count, create: count, update: count, replace: count, delete: count })
  .describe("How many resources were (a preview: would be) left as they are, created, updated, replaced, deleted.");

const plannedChange = z.object({
  operation: z.enum(["create", "update", "replace", "delete"]),
  resource: z.string().describe("Kind and name, for example `Secret belfry-receivers-slack`."),
  properties: z.array(z.string()).describe("Names of the properties that differ; never their values."),
});

const receiver = z.object({
  receiver: z.string(),
  integration: z.string().describe("slack, email, webhook, ..."),
  outcome: z.enum(["passed", "failed", "unproved", "not checked"]),
  expected: z.string(),
  happened: z.string(),
  seconds: z.number().optional().describe("From the test alert to the counted notification."),
});

const status = z.object({
  backend: z.string().describe("Where the state is kept."),
  resources: count.optional().describe("How many resources the state has."),
  lock: z
    .object({ by: z.string().optional(), since: z.string().optional() })
    .optional()
    .describe("Somebody is at work on the stack: who, as user@host (pid N), and since when, where the backend tells."),
  last: z
    .object({
      operation: z.string().describe("update, refresh, destroy, ..."),
      result: z.string().describe("succeeded, failed, in-progress, ..."),
      startedAt: z.string(),
      seconds: z.number().nonnegative(),
      commit: z.string().optional(),
    })
    .optional()
    .describe("The last operation that changed the stack; absent before the first."),
  namespace: z.string().optional().describe("Of the monitoring stack; absent before the first `up`."),
  releases: z.array(z.string()).describe("For example `kube-prometheus-stack 88.5.3 in monitoring`."),
  receivers: z.array(z.string()).describe("Names of all receivers, as Alertmanager has them."),
});

const plan = z.object({
  file: z.string(),
  commit: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});

export const stackResults = [
  "done", "changes pending", "failed", "timed out", "refused", "locked", "interrupted", "not run",
] as const;

const stackResult = z.object({
  stack: z.string(),
  protected: z.boolean(),
  result: z
    .enum(stackResults)
    .describe("refused: nothing was changed, the configuration must be mended; not run: another stack failed before."),
  seconds: z.number().nonnegative(),
  changes: changes.optional(),
  planned: z.array(plannedChange).optional().describe("The resources that were, or by a preview would be, changed."),
  plan: plan.optional().describe("The plan that a preview wrote or an `up` kept to."),
  receivers: z.array(receiver).optional().describe("verify: what became of each receiver."),
  status: status.optional().describe("status: what is known of the stack."),
  error: z.object({ what: z.string(), fix: z.string() }).optional(),
});

export const pipelineResultSchema = z.object({
  schema: z.literal(resultSchemaVersion),
  operation: z.enum(operations),
  result: z.enum(["done", "changes pending", "failed", "refused", "locked", "interrupted"]),
  exitCode: z.number().int().describe("What the command exits with."),
  startedAt: z.string().describe("ISO 8601."),
  seconds: z.number().nonnegative(),
  stacks: z.array(stackResult).describe("In the order in which they were begun; empty when nothing could be begun."),
  error: z.object({ what: z.string(), fix: z.string() }).optional().describe("Why nothing could be begun."),
});

/** How many resources an operation left as they are, created, updated, replaced, deleted. */
export type Changes = z.infer<typeof changes>;
/** What became of one stack. */
export type StackResult = z.infer<typeof stackResult>;
/** What is known of a stack. */
export type StackStatus = z.infer<typeof status>;
/** What became of one receiver's test alert. */
export type ReceiverOutcome = z.infer<typeof receiver>;
/** What became of all stacks. */
export type PipelineResult = z.infer<typeof pipelineResultSchema>;

export { changes as changesSchema, plannedChange as plannedChangeSchema, receiver as receiverSchema, status as statusSchema };
