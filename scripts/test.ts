/**
 * `npm test`: types and lint, then every test, in the order in which failures are cheapest to find. Ends with one line that
 * counts all of it: `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { obtainTools, programNames } from "../sandbox/tools/index.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

/** Suites of mocha, each in a process of its own: Pulumi's mocks and the engine's runtime are global to a process. */
const suites: readonly { readonly name: string; readonly files: readonly string[]; readonly options?: readonly string[] }[] = [
  // Half of them wait for something most of the time.
  { name: "unit and golden", files: ["tests/unit/**/*.test.ts", "tests/golden/**/*.test.ts"], options: ["--parallel", "--jobs", "4"] },
  { name: "rules and routes", files: ["tests/rules/**/*.test.ts"] },
  { name: "delivery", files: ["tests/delivery/**/*.test.ts"] },
  { name: "engine", files: ["tests/engine/**/*.test.ts"] },
  { name: "sandbox", files: ["tests/sandbox/**/*.test.ts"] },
];

interface Count {
  passed: number;
  failed: number;
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

async function check(name: string, command: string, args: readonly string[]): Promise<Count> {
  say(`== ${name}`);
  const code = await run(join(bin, command), args);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A suite that stops before it has counted its tests has failed, whatever it printed. */
async function suite({ name, files, options = [] }: (typeof suites)[number], report: string): Promise<Count> {
  say(`== ${name}`);
  const reporter = ["--reporter", join(root, "tests", "reporter.cjs"), "--reporter-option", `output=${report}`];
  const code = await run(join(bin, "mocha"), [...reporter, ...options, ...files]);
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1 };
  const { passes, failures } = JSON.parse(text) as { passes: number; failures: number };
  const none = passes + failures === 0;
  return { passed: passes, failed: Math.max(failures, code === 0 && !none ? 0 : 1) };
}

/** Before the suites that need them: building them takes minutes on a new machine, which no test's time limit allows for. */
async function programs(): Promise<Count> {
  say("== programs");
  const report = (line: string) => process.stdout.write(`${line}\n`);
  try {
    await Promise.all(Object.values(obtainTools(programNames, { report, signal: new AbortController().signal })));
    return { passed: 1, failed: 0 };
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return { passed: 0, failed: 1 };
  }
}

const reports = await mkdtemp(join(tmpdir(), "belfry-test-"));
const counts: Count[] = [];
try {
  counts.push(await check("types", "tsc", ["--noEmit"]));
  counts.push(await check("lint", "eslint", ["."]));
  counts.push(await programs());
  for (const [index, one] of suites.entries()) counts.push(await suite(one, join(reports, `${index}.json`)));
} finally {
  await rm(reports, { recursive: true, force: true });
}
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
