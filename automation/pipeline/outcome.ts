/** One result and one exit code for all stacks. Pure. */
import { exitCodes } from "../exit-codes.ts";
import type { PipelineResult, StackResult } from "./result.ts";

type Result = PipelineResult["result"];

/** The gravest first: what somebody must look at before anything else. */
const gravity: readonly { readonly result: Result; readonly of: readonly StackResult["result"][]; readonly exitCode: number }[] = [
  { result: "interrupted", of: ["interrupted"], exitCode: exitCodes.interrupted },
  { result: "failed", of: ["failed", "timed out"], exitCode: exitCodes.failed },
  { result: "refused", of: ["refused"], exitCode: exitCodes.usage },
  { result: "locked", of: ["locked"], exitCode: exitCodes.locked },
  { result: "changes pending", of: ["changes pending"], exitCode: exitCodes.changesPending },
];

/** @param stacks their results; one that was not run does not count by itself, what kept it from being run does */
export function overall(stacks: readonly Pick<StackResult, "result">[]): { readonly result: Result; readonly exitCode: number } {
  const found = gravity.find(({ of }) => stacks.some(({ result }) => of.includes(result)));
  return found === undefined ? { result: "done", exitCode: exitCodes.done } : { result: found.result, exitCode: found.exitCode };
}

/** Whether no further stack is begun after this one, unless `--keep-going` is given. Pending changes are no failure. */
export function isFailure(result: StackResult["result"]): boolean {
  return result !== "done" && result !== "changes pending";
}
