import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../../config/problems.ts";
import { UserError } from "../../../config/user-error.ts";
import { exitCodeOf, exitCodes, failureKind } from "../../../automation/exit-codes.ts";
import { ConfigurationFailure, ProgramRefusal, StackLocked } from "../../../automation/failures.ts";
import { Interrupted } from "../../../automation/interrupt.ts";
import { isFailure, overall } from "../../../automation/pipeline/outcome.ts";
import { resultReference, resultReferenceFile } from "../../../automation/pipeline/result-reference.ts";
import { type StackResult, pipelineResultSchema, stackResults } from "../../../automation/pipeline/result.ts";
import { changesText, errorText, progressLine, resultTable, resultText } from "../../../automation/pipeline/table.ts";
import { UsageError } from "../../../automation/usage-error.ts";

const at = "2026-01-02T03:04:05.000Z";

function stack(name: string, result: StackResult["result"], more: Partial<StackResult> = {}): StackResult {
  return { stack: name, protected: false, result, seconds: 12.34, ...more };
}

describe("exit codes", () => {
  it("are what the docs say", () => {
    assert.deepEqual(exitCodes, { done: 0, failed: 1, usage: 2, changesPending: 3, locked: 4, interrupted: 130 });
  });

  it("tell errors apart", () => {
    const kinds = [
      new UserError("a", "b"), new UsageError("a", "b"), new ConfigError("dev", []), new ProgramRefusal("a\n  b"),
      new ConfigurationFailure("a", "b"), new StackLocked("a", "b"), new Interrupted("SIGINT"), new Error("a"), "a",
    ].map((error) => [failureKind(error), exitCodeOf(error)]);
    assert.deepEqual(kinds, [
      ["failed", 1], ["usage", 2], ["usage", 2], ["usage", 2], ["usage", 2], ["locked", 4], ["interrupted", 130], ["bug", 1], ["bug", 1],
    ]);
  });

  it("of several stacks are that of the gravest result", () => {
    const of = (...results: StackResult["result"][]) => {
      const { result, exitCode } = overall(results.map((result) => ({ result })));
      return `${result} ${exitCode}`;
    };
    assert.equal(of(), "done 0");
    assert.equal(of("done", "done"), "done 0");
    assert.equal(of("done", "changes pending"), "changes pending 3");
    assert.equal(of("changes pending", "locked"), "locked 4");
    assert.equal(of("locked", "refused"), "refused 2");
    assert.equal(of("refused", "timed out", "not run"), "failed 1");
    assert.equal(of("failed", "interrupted"), "interrupted 130");
  });

  it("only what stops the others is a failure", () => {
    assert.deepEqual(stackResults.filter((result) => !isFailure(result)), ["done", "changes pending"]);
  });
});

describe("what a person reads", () => {
  const changes = { same: 60, create: 2, update: 1, replace: 0, delete: 0 };

  it("the final table", () => {
    const stacks = [stack("dev", "done", { changes }), stack("staging", "timed out", { seconds: 1800 }), stack("prod", "not run", { seconds: 0 })];
    assert.equal(
      resultTable({ operation: "up", stacks }),
      [
        "stack    operation  result     changes             seconds",
        "dev      up         done       2 create, 1 update     12.3",
        "staging  up         timed out  -                    1800.0",
        "prod     up         not run    -                         -",
        "",
      ].join("\n"),
    );
    assert.equal(changesText({ changes: { ...changes, create: 0, update: 0 } }), "none");
  });

  it("each stack's error under its name, or why nothing was begun", () => {
    const error = { what: "It broke.", fix: "Mend it." };
    assert.equal(errorText({ stacks: [stack("dev", "failed", { error }), stack("prod", "not run")] }), "dev: It broke.\n  Mend it.\n");
    assert.equal(errorText({ stacks: [], error }), "It broke.\n  Mend it.\n");
    assert.equal(errorText({ stacks: [stack("dev", "done")] }), "");
  });

  it("progress with the time since the stack began", () => {
    assert.equal(progressLine({ type: "step", at, stack: "dev", seconds: 75.4, text: "created Secret x" }), "1 min 15 s  dev  created Secret x");
    assert.equal(
      progressLine({ type: "waiting", at, stack: "dev", seconds: 12, resources: ["creating A (9 s)", "creating B (8 s)", "c", "d", "e"] }),
      "     12 s  dev  waits: creating A (9 s), creating B (8 s), c and 2 more",
    );
    assert.equal(progressLine({ type: "started", at, stack: "dev", operation: "up" }), "      0 s  dev  up begins");
  });

  it("nothing that steers a terminal", () => {
    const esc = String.fromCharCode(27);
    assert.equal(progressLine({ type: "step", at, stack: "dev", seconds: 0, text: `created ${esc}[31m` }), "      0 s  dev  created ?[31m");
    assert.ok(!errorText({ stacks: [stack("dev", "failed", { error: { what: `${esc}]0;x`, fix: "y" } })] }).includes(esc));
  });

  it("a preview's changes, a plan's place, a status", () => {
    const planned = [{ operation: "update" as const, resource: "Release stack", properties: ["values"] }];
    const plan = { file: "plan.json", commit: "0123456789abcdef", createdAt: at, expiresAt: at };
    const text = resultText({
      schema: 1, operation: "preview", result: "done", exitCode: 0, startedAt: at, seconds: 1,
      stacks: [stack("dev", "done", { changes, planned, plan })],
    });
    assert.match(text, /^What would be done to the stack dev:\n {2}~ {2}update {2}Release stack \(values\)\n/);
    assert.match(text, /\nThe plan of dev is in plan\.json; it can be used until 2026-01-02T03:04:05\.000Z, with commit 0123456789ab\.\n$/);
    const status = {
      backend: "s3://state", resources: 70, lock: { by: "ada@laptop (pid 1)", since: at },
      last: { operation: "update", result: "succeeded", startedAt: at, seconds: 61 }, releases: [], receivers: [],
    };
    assert.ok(
      resultText({ schema: 1, operation: "status", result: "done", exitCode: 0, startedAt: at, seconds: 1, stacks: [stack("dev", "done", { status })] }).startsWith(
        "dev\n  state:      s3://state, 70 resources\n" +
          "  last:       update succeeded, 2026-01-02T03:04:05.000Z, 1 min 1 s\n" +
          "  locked:     by ada@laptop (pid 1), since 2026-01-02T03:04:05.000Z\n",
      ),
    );
  });
});

describe("the schema of a result", () => {
  it("is documented as it is (if not: npm run docs)", async () => {
    const file = join(import.meta.dirname, "..", "..", "..", resultReferenceFile);
    assert.equal(await readFile(file, "utf8"), resultReference(), `${resultReferenceFile} is stale: run npm run docs`);
  });

  it("takes what the command makes, and nothing of another version", () => {
    const result = { schema: 1, operation: "up", result: "done", exitCode: 0, startedAt: at, seconds: 1, stacks: [stack("dev", "done")] };
    assert.deepEqual(pipelineResultSchema.parse(result), result);
    assert.equal(pipelineResultSchema.safeParse({ ...result, schema: 2 }).success, false);
    assert.equal(pipelineResultSchema.safeParse({ ...result, stacks: [stack("dev", "done", { seconds: -1 })] }).success, false);
  });
});
