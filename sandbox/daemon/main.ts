/** `main.ts --root <.belfry/sandbox>`: runs the daemon of one sandbox until it is told to end. */
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { sandboxLayout } from "../layout.ts";
import { readState } from "../state.ts";
import { startDaemon } from "./daemon.ts";

/** Whoever ended the daemon looks again after 5 seconds. */
const closeMs = 4_500;

const log = (line: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: "string" } } });
  if (values.root === undefined) throw new Error("usage: main.ts --root <directory of the sandbox>");
  const checkout = dirname(dirname(resolve(values.root)));
  const state = await readState(checkout);
  if (state === undefined) throw new Error(`there is no sandbox in ${values.root}`);

  const signalled = new Promise<void>((done) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => done());
  });
  const daemon = await startDaemon({ layout: sandboxLayout(checkout), state, log });
  try {
    await Promise.race([signalled, daemon.failure]);
  } finally {
    log("ending");
    setTimeout(() => process.exit(1), closeMs).unref();
    await daemon.close();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
