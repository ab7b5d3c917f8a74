/** The exit codes of the command, in one place; docs/pipelines.md tells them to people. */
import { ConfigError } from "../config/problems.ts";
import { UserError } from "../config/user-error.ts";
import { ConfigurationFailure, ProgramRefusal, StackLocked } from "./failures.ts";
import { Interrupted, interruptedExitCode } from "./interrupt.ts";
import { UsageError } from "./usage-error.ts";

export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage or configuration; nothing was changed. */
  usage: 2,
  /** Something would change where nothing should: `preview --expect-no-changes`. */
  changesPending: 3,
  /** Somebody else is at work on the stack; nothing was changed. */
  locked: 4,
  interrupted: interruptedExitCode,
} as const;

/** What an error is to the one who called the command. */
export type FailureKind = "failed" | "usage" | "locked" | "interrupted" | "bug";

/** Pure. `bug` is what no user can mend; its exit code is that of `failed`. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof Interrupted) return "interrupted";
  if (error instanceof StackLocked) return "locked";
  if ([ConfigError, ProgramRefusal, ConfigurationFailure, UsageError].some((type) => error instanceof type)) return "usage";
  return error instanceof UserError ? "failed" : "bug";
}

/** Pure. */
export function exitCodeOf(error: unknown): number {
  const kind = failureKind(error);
  return kind === "bug" ? exitCodes.failed : exitCodes[kind];
}
