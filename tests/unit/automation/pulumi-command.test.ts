import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type CommandResult, type Internals, runner } from "../../../automation/pulumi-command.ts";

class Result implements CommandResult {
  constructor(
    readonly stdout: string,
    readonly stderr: string,
    readonly code: number,
    readonly error?: Error,
  ) {}
}
class Failed extends Error {
  constructor(readonly result: CommandResult) {
    super("failed");
  }
}
const sdk: Internals = { CommandResult: Result, createCommandError: (result) => new Failed(result) };

describe("the engine's command line", function () {
  this.timeout(30_000);
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-engine-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A program that stands for the engine. */
  async function program(script: string): Promise<string> {
    const path = join(directory, "pulumi");
    await writeFile(path, `#!${process.execPath}\n${script}`);
    await chmod(path, 0o700);
    return path;
  }

  it("gives what the engine said, and runs without questions", async () => {
    const run = runner(await program('console.log(process.argv.slice(2).join(" "), process.env.A); console.error("warned");'), sdk);
    const told: string[] = [];
    const result = await run(["up"], directory, { A: "b" }, (text) => told.push(text));
    assert.deepEqual({ ...result }, { stdout: "up --non-interactive b", stderr: "warned", code: 0, error: undefined });
    assert.deepEqual(told, ["up --non-interactive b\n"]);
  });

  it("throws the Automation API's own error with the engine's words and exit code", async () => {
    const run = runner(await program('console.error("no stack named x found"); process.exit(255);'), sdk);
    await assert.rejects(run(["up"], directory, {}), (error) => {
      assert.ok(error instanceof Failed);
      assert.deepEqual({ ...error.result }, { stdout: "", stderr: "no stack named x found", code: 255, error: undefined });
      return true;
    });
  });

  it("is interrupted once when Ctrl-C reaches the whole process group of the terminal", async () => {
    const signals = join(directory, "signals");
    const engine = await program(`
      const { appendFileSync } = require("node:fs");
      process.on("SIGINT", () => { appendFileSync(${JSON.stringify(signals)}, "SIGINT\\n"); setTimeout(() => process.exit(1), 500); });
      setInterval(() => undefined, 1000);
      console.log("ready");`);
    const source = join(directory, "parent.mts");
    await writeFile(
      source,
      `import { runner } from ${JSON.stringify(join(import.meta.dirname, "..", "..", "..", "automation", "pulumi-command.ts"))};
       const controller = new AbortController();
       process.on("SIGINT", () => controller.abort());
       class Result { constructor(...all) { this.code = all[2]; } }
       const run = runner(${JSON.stringify(engine)}, { CommandResult: Result, createCommandError: (result) => new Error("code " + result.code) });
       await run(["up"], ".", {}, (text) => process.stdout.write(text), undefined, controller.signal).catch((error) => console.log(error.message));`,
    );
    const parent = spawn(process.execPath, ["--import", "tsx", source], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
      cwd: join(import.meta.dirname, "..", "..", ".."),
    });
    let output = "";
    await new Promise<void>((resolve, reject) => {
      parent.on("error", reject);
      parent.stdout.on("data", (data: Buffer) => {
        output += data.toString();
        if (output === "ready\n" && parent.pid !== undefined) process.kill(-parent.pid, "SIGINT");
      });
      parent.on("close", () => {
        resolve();
      });
    });
    assert.equal(output, "ready\ncode 1\n");
    assert.equal(await readFile(signals, "utf8"), "SIGINT\n");
  });
});
