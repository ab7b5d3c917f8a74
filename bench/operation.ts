/**
 * A process of its own: one operation of Pulumi's engine on a stack of the sandbox, by the function that the command uses.
 * Arguments: `belfry` or `empty`, and the operation. The clock runs during the operation only, with all modules loaded.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { openStack, operate, type Operation } from "../automation/engine.ts";
import type { ChangeCount } from "../automation/events.ts";
import { interruptedExitCode, interruptible } from "../automation/interrupt.ts";
import { sandboxEnvironment } from "../automation/start/sandbox-stack.ts";
import { sandboxLayout, sandboxStack } from "../sandbox/layout.ts";
import type { Sources } from "../sandbox/sources.ts";

/** `belfry`: the stack that `npm start` deploys; `empty`: a program without resources, on a stack of its own. */
export type BenchStack = "belfry" | "empty";

/** What this process prints, as JSON. */
export interface OperationCost {
  readonly milliseconds: number;
  readonly changes: ChangeCount;
}

const names: Readonly<Record<BenchStack, string>> = { belfry: sandboxStack, empty: "bench-empty" };

async function measure(which: BenchStack, operation: Operation, signal: AbortSignal): Promise<OperationCost> {
  const layout = sandboxLayout(join(import.meta.dirname, ".."));
  const sources = JSON.parse(await readFile(join(layout.root, "sources.json"), "utf8")) as Sources;
  const environment = sandboxEnvironment(layout, sources, names[which], process.env["PATH"] ?? "");
  // The Automation API looks for the engine on this process's own PATH.
  Object.assign(process.env, environment);
  const program: PulumiFn = which === "belfry" ? (await import("../index.ts")).default : () => Promise.resolve({});
  const { home: pulumiHome, workspace: workDir } = layout.pulumi;
  const stack = await openStack({ stack: names[which], workDir, pulumiHome, environment, program }, which === "empty");
  const startedAt = performance.now();
  const changes = await operate(stack, operation, { report: () => undefined, signal });
  return { milliseconds: performance.now() - startedAt, changes };
}

const { signal } = interruptible();
const [which, operation] = process.argv.slice(2) as [BenchStack, Operation];
let code = 0;
try {
  process.stdout.write(JSON.stringify(await measure(which, operation, signal)));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  code = signal.aborted ? interruptedExitCode : 1;
}
// An operation that fails before the engine is up leaves a server open that would keep this process alive.
process.exit(code);
