/**
 * One operation of a stack in a process of its own, told on standard input and answered on standard output as JSON: a program
 * that refuses leaves rejections and an open server behind in the process that ran it.
 */
import { text } from "node:stream/consumers";
import { ProgramRefusal } from "../../automation/failures.ts";
import { type Operation, openStack, operate } from "../../automation/engine.ts";
import type { PlannedChange } from "../../automation/events.ts";
import { UserError } from "../../config/user-error.ts";
import program from "../../index.ts";

export interface Job {
  readonly stack: string;
  readonly workDir: string;
  readonly operation: Operation;
}

export interface Answer {
  /** Absent when the operation was done. `bug`: not an error that a user can mend. */
  readonly failure?: { readonly kind: "refusal" | "user" | "bug"; readonly message: string };
  readonly planned: readonly PlannedChange[];
  readonly lines: readonly string[];
}

const job = JSON.parse(await text(process.stdin)) as Job;
const lines: string[] = [];
let planned: readonly PlannedChange[] = [];

function kindOf(error: unknown): "refusal" | "user" | "bug" {
  if (error instanceof ProgramRefusal) return "refusal";
  return error instanceof UserError ? "user" : "bug";
}

async function work(): Promise<Answer> {
  try {
    const stack = await openStack({ stack: job.stack, workDir: job.workDir, environment: {}, program }, true);
    await operate(stack, job.operation, {
      report: (line) => lines.push(line),
      planned: (found) => (planned = found),
      signal: new AbortController().signal,
    });
    return { planned, lines };
  } catch (error) {
    return { failure: { kind: kindOf(error), message: error instanceof Error ? error.message : String(error) }, planned, lines };
  }
}

process.stdout.write(JSON.stringify(await work()), () => process.exit(0));
