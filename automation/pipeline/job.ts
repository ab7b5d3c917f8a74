/** What the command and the process that works on one stack tell each other. */
import { z } from "zod";
import { operations } from "./operations.ts";
import { changesSchema, plannedChangeSchema, receiverSchema, statusSchema } from "./result.ts";

/** One operation on one stack. */
export const jobSchema = z.object({
  operation: z.enum(operations),
  stack: z.string(),
  checkout: z.string(),
  /** Directory with Pulumi.yaml and the stack's file. */
  workDir: z.string(),
  /** Address of the backend, without user and password. */
  backend: z.string(),
  /** Where a file backend is. */
  backendDirectory: z.string().optional(),
  /** Pulumi's own plan: written by a preview, kept to by an `up`. */
  planFile: z.string().optional(),
  secretsProvider: z.string().optional(),
});
export type Job = z.infer<typeof jobSchema>;

export const toWorkerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("job"), job: jobSchema }),
  z.object({ type: z.literal("interrupt"), by: z.enum(["SIGINT", "SIGTERM"]) }),
  z.object({ type: z.literal("timeout"), seconds: z.number() }),
]);
export type ToWorker = z.infer<typeof toWorkerSchema>;

const outcomeSchema = z.object({
  result: z.enum(["done", "failed", "timed out", "refused", "locked", "interrupted"]),
  changes: changesSchema.optional(),
  planned: z.array(plannedChangeSchema).optional(),
  receivers: z.array(receiverSchema).optional(),
  status: statusSchema.optional(),
  error: z.object({ what: z.string(), fix: z.string() }).optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

export const fromWorkerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("step"), text: z.string() }),
  z.object({ type: z.literal("waiting"), resources: z.array(z.string()) }),
  z.object({ type: z.literal("outcome"), outcome: outcomeSchema }),
]);
export type FromWorker = z.infer<typeof fromWorkerSchema>;

/** What is told of an operation that reached its time limit. */
export function timedOutcome(stack: string, seconds: number): Outcome {
  return {
    result: "timed out",
    error: {
      what: `The operation on stack ${stack} was not done within ${seconds} s; the engine was told to end.`,
      fix: "What was done so far is in the stack's state: run the same command again, with a longer --timeout where more time is needed.",
    },
  };
}
