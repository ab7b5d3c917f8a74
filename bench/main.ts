/** `npm run bench`: the table on standard output, what goes on meanwhile on standard error. */
import { mkdir } from "node:fs/promises";
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { join } from "node:path";
import { Interrupted, interruptedExitCode } from "../automation/interrupt.ts";
import { err, out } from "../automation/lines.ts";
import { UserError } from "../config/user-error.ts";
import { obtainTools, programNames } from "../sandbox/tools/index.ts";
import { fillCheckout, removeCheckout, temporaryDirectory } from "./checkout.ts";
import { judge } from "./figures.ts";
import { type Measured, measure } from "./measure.ts";
import { type BenchOptions, benchOptions, usage } from "./options.ts";
import { figureTable } from "./table.ts";

/** One Ctrl-C arrives several times: from the terminal and from npm. */
const oneKeyMilliseconds = 1000;

const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The first Ctrl-C ends what is measured and cleans up; a second one leaves at once. */
function interruption(directory: string): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const handle = (by: "SIGINT" | "SIGTERM") => {
    if (!controller.signal.aborted) {
      firstAt = Date.now();
      err("Interrupted: ending the sandbox of the benchmark.");
      controller.abort(new Interrupted(by));
    } else if (Date.now() - firstAt > oneKeyMilliseconds) {
      err(`What is left is in ${directory}: run npm run sandbox:delete in its directory checkout, then remove it.`);
      process.exit(interruptedExitCode);
    }
  };
  process.on("SIGINT", () => handle("SIGINT"));
  process.on("SIGTERM", () => handle("SIGTERM"));
  return controller.signal;
}

async function bench(options: BenchOptions): Promise<void> {
  const startedAt = Date.now();
  const directory = await temporaryDirectory();
  const checkout = join(directory, "checkout");
  const signal = interruption(directory);
  const report = (line: string) => err(`[${Math.round((Date.now() - startedAt) / 1000)} s] ${line}`);
  let measured: Measured;
  try {
    // Built before the clock runs: what is measured is a warm start.
    const needed = programNames.filter((name) => !["promtool", "amtool", "blackbox_exporter"].includes(name));
    await Promise.all(Object.values(obtainTools(needed, { report, signal })));
    await mkdir(checkout);
    await fillCheckout(checkout);
    const { quick, chartMirror } = options;
    measured = await measure({ checkout, directory, quick, chartMirror, report, signal });
  } finally {
    report("removing the sandbox");
    const left = await removeCheckout(directory, checkout);
    for (const line of left) err(`Still running: ${line}`);
  }
  signal.throwIfAborted();
  print(measured, options);
  report("done");
}

function print({ figures, sources }: Measured, { json, quick }: BenchOptions): void {
  const judged = figures.map((figure) => judge(figure, sources));
  const machine = {
    platform: platform(),
    arch: arch(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
  };
  if (json) {
    out(JSON.stringify({ takenAt: new Date().toISOString(), machine, quick, sources, figures: judged }, undefined, 2));
    return;
  }
  out(`${machine.platform} ${machine.arch}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node.js ${machine.node}\n`);
  out(figureTable(judged));
}

async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = benchOptions(process.argv.slice(2));
  } catch (error) {
    err(error instanceof Error ? error.message : String(error));
    return exitCodes.usage;
  }
  if (options.help) {
    out(usage.trimEnd());
    return exitCodes.done;
  }
  try {
    await bench(options);
    return exitCodes.done;
  } catch (error) {
    if (error instanceof Interrupted) return interruptedExitCode;
    err(error instanceof UserError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failed;
  }
}

process.exit(await main());
