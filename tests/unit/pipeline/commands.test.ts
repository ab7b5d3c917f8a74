import assert from "node:assert/strict";
import { Command } from "commander";
import { parseSeconds, registerPipelineCommands, requestOf } from "../../../automation/pipeline/commands.ts";
import { checkNumbers } from "../../../automation/pipeline/numbers.ts";

const hooks = { signal: new AbortController().signal, onEvent: () => undefined };

describe("the commands of a pipeline", () => {
  it("turn their options into a request", () => {
    assert.deepEqual(
      requestOf("up", { stack: "prod,dev", order: "prod, dev", parallel: 2, keepGoing: true, timeout: 60, plan: ["a", "b"], withoutPlan: ["dev"] }, hooks),
      {
        operation: "up", stacks: ["prod", "dev"], ...hooks, order: ["prod", "dev"], parallel: 2, keepGoing: true, timeoutSeconds: 60,
        planFiles: ["a", "b"], withoutPlan: ["dev"],
      },
    );
    assert.deepEqual(requestOf("preview", { all: true, plan: "p", planHours: 2 }, hooks), {
      operation: "preview", stacks: "all", ...hooks, expectNoChanges: false, planFile: "p", planHours: 2,
    });
    assert.deepEqual(requestOf("destroy", { stack: "dev", confirm: ["dev"] }, hooks), { operation: "destroy", stacks: ["dev"], ...hooks, confirm: ["dev"] });
    assert.deepEqual(requestOf("init", { stack: "dev", secretsProvider: "awskms://alias/x" }, hooks), {
      operation: "init", stacks: ["dev"], ...hooks, secretsProvider: "awskms://alias/x",
    });
  });

  it("init makes no stack of all", () => {
    assert.throws(() => requestOf("init", { all: true }, hooks), {
      name: "UsageError",
      message: "--all names the stacks that exist; init makes new ones.\n  Name them: npm run belfry -- init --stack dev",
    });
  });

  it("take times with and without a unit", () => {
    assert.deepEqual(["90", "90s", "1.5m", "2h"].map(parseSeconds), [90, 90, 90, 7200]);
    for (const wrong of ["", "m", "1d", "-1", "1 m", "soon"]) {
      assert.throws(() => parseSeconds(wrong), { message: "Write seconds, or a number with s, m or h, for example 30m." }, wrong);
    }
  });

  it("are registered with what they all take", () => {
    const program = new Command();
    registerPipelineCommands(program, () => Promise.reject(new Error("not called")));
    assert.deepEqual(program.commands.map((command) => command.name()), ["preview", "up", "refresh", "destroy", "status", "init"]);
    for (const command of program.commands) {
      const flags = command.options.map(({ long }) => long);
      assert.deepEqual(flags.slice(0, 8), ["--stack", "--all", "--order", "--parallel", "--keep-going", "--timeout", "--json", "--json-lines"]);
    }
  });

  it("refuse numbers that make no sense", () => {
    for (const parallel of [0, 1.5, 65, Number.NaN]) {
      assert.throws(() => { checkNumbers({ parallel }); }, {
        name: "UsageError",
        message: "How many stacks are worked on at once must be a whole number from 1 to 64.\n  For example: --parallel 4",
      });
    }
    for (const timeoutSeconds of [0, 86_401, Number.NaN]) {
      assert.throws(() => { checkNumbers({ timeoutSeconds }); }, {
        name: "UsageError",
        message: "The time limit must be more than nothing and at most a day.\n  In seconds, or like this: --timeout 30m",
      });
    }
    checkNumbers({ parallel: 1, timeoutSeconds: 0.5 });
  });
});
