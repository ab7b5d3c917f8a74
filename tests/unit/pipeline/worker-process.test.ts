import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interrupted } from "../../../automation/interrupt.ts";
import type { Job } from "../../../automation/pipeline/job.ts";
import { runInWorker, type WorkerHooks } from "../../../automation/pipeline/worker-process.ts";

const job: Job = { operation: "up", stack: "dev", checkout: "/checkout", workDir: "/checkout", backend: "s3://state" };

describe("the process of a stack", function () {
  this.timeout(30_000);
  let directory: string;
  const steps: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-worker-"));
    steps.length = 0;
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** @param script what a worker does with each `message`; `tell` answers, `done` answers and ends */
  async function worked(script: string, more: Partial<WorkerHooks> = {}) {
    const program = join(directory, "worker.mjs");
    await writeFile(
      program,
      `const tell = (message, then) => process.send(message, undefined, undefined, then);
       const done = (outcome) => tell({ type: "outcome", outcome }, () => process.exit(0));
       process.on("message", (message) => { ${script} });`,
    );
    return runInWorker(job, {
      step: (text) => steps.push(text),
      waiting: (resources) => steps.push(`waits: ${resources.join()}`),
      signal: new AbortController().signal,
      environment: { PATH: process.env["PATH"] ?? "", MARK: "here" },
      program,
      ...more,
    });
  }

  it("is handed the job and only the given variables, and tells steps and the outcome", async () => {
    const names = `Object.keys(process.env).filter((name) => !/^(NODE_CHANNEL|__CF)/.test(name)).sort().join()`;
    const outcome = await worked(
      `tell({ type: "step", text: message.job.stack + " " + ${names} }); tell({ type: "waiting", resources: ["a", "b"] }); done({ result: "done" });`,
    );
    assert.deepEqual(outcome, { result: "done" });
    assert.deepEqual(steps, ["dev MARK,PATH", "waits: a,b"]);
  });

  it("is told of an interruption once, and may end what it does", async () => {
    const controller = new AbortController();
    const outcome = await worked(
      `if (message.type === "job") tell({ type: "step", text: "begun" }); else { tell({ type: "step", text: message.type + " " + message.by }); done({ result: "interrupted" }); }`,
      {
        signal: controller.signal,
        step: (text) => {
          steps.push(text);
          if (text === "begun") controller.abort(new Interrupted("SIGTERM"));
        },
      },
    );
    assert.deepEqual(outcome, { result: "interrupted" });
    assert.deepEqual(steps, ["begun", "interrupt SIGTERM"]);
  });

  it("is told of the time limit; one that then ends without a word has timed out all the same", async () => {
    const outcome = await worked(`if (message.type === "timeout") process.exit(1);`, { timeoutSeconds: 0.2 });
    assert.deepEqual(outcome, {
      result: "timed out",
      error: {
        what: "The operation on stack dev was not done within 0.2 s; the engine was told to end.",
        fix: "What was done so far is in the stack's state: run the same command again, with a longer --timeout where more time is needed.",
      },
    });
  });

  it("that dies without a result has failed", async () => {
    const failed = (how: string) => ({
      result: "failed",
      error: {
        what: `The process that worked on stack dev ended without a result (${how}); what it said stands above.`,
        fix: "See what was done: npm run belfry -- status --stack dev",
      },
    });
    assert.deepEqual(await worked("process.exit(7);"), failed("exit code 7"));
    assert.deepEqual(await worked('process.kill(process.pid, "SIGKILL");'), failed("SIGKILL"));
  });
});
