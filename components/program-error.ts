/** How an error leaves the program, so that Pulumi shows it well. */
import * as pulumi from "@pulumi/pulumi";

import { UserError } from "../config/user-error.ts";

/**
 * What the user can mend becomes an error that Pulumi shows as its message alone; everything else keeps its stack.
 *
 * The SDK prints every error that leaves a program by `util.inspect` in colours. In Node.js 20.20 that never ends for a
 * stack with a line such as `node_modules/@pulumi/resource.ts`: a package with a scope and no directory below it, which
 * the SDK's own source maps produce. Such lines are taken out.
 */
export function programError(error: unknown): unknown {
  if (error instanceof UserError) {
    const shown = new pulumi.RunError(error.message);
    shown.stack = error.message;
    return shown;
  }
  return withoutScopedLines(error);
}

function withoutScopedLines(error: unknown): unknown {
  if (error instanceof Error) {
    if (error.stack !== undefined) {
      const lines = error.stack.split("\n");
      error.stack = lines.filter((line) => !/node_modules[\\/]@[^\\/]+[\\/][^\\/]+$/.test(line)).join("\n");
    }
    withoutScopedLines(error.cause);
  }
  return error;
}
