/** Numbers among the options that make no sense. Pure. */
import { UsageError } from "../usage-error.ts";
import type { PipelineOptions } from "./operations.ts";

/** @throws UsageError for a number of stacks at once, or a time limit, that nobody can mean */
export function checkNumbers({ parallel, timeoutSeconds }: Pick<PipelineOptions, "parallel" | "timeoutSeconds">): void {
  if (parallel !== undefined && !(Number.isInteger(parallel) && parallel >= 1 && parallel <= 64)) {
    throw new UsageError("How many stacks are worked on at once must be a whole number from 1 to 64.", "For example: --parallel 4");
  }
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0 && timeoutSeconds <= 86_400)) {
    throw new UsageError("The time limit must be more than nothing and at most a day.", "In seconds, or like this: --timeout 30m");
  }
}
