import assert from "node:assert/strict";
import { inspect } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { programError } from "../../../components/program-error.ts";
import { UserError } from "../../../config/user-error.ts";

const scoped = "    at async Stack.initialize (/project/node_modules/@pulumi/resource.ts:1598:22)";
const ordinary = "    at program (/project/index.ts:3:1)";

describe("an error that leaves the program", () => {
  it("is its message alone when the user can mend it", () => {
    const error = programError(new UserError("This is wrong.", "Do that."));
    assert.ok(pulumi.RunError.isInstance(error));
    assert.equal(error.message, "This is wrong.\n  Do that.");
    assert.equal(error.stack, "This is wrong.\n  Do that.");
  });

  it("keeps of its stack what Node.js can print", () => {
    const error = new Error("a bug", { cause: new Error("its cause") });
    error.stack = `Error: a bug\n${ordinary}\n${scoped}`;
    (error.cause as Error).stack = `Error: its cause\n${scoped}\n${ordinary}`;
    assert.equal(programError(error), error);
    assert.equal(error.stack, `Error: a bug\n${ordinary}`);
    assert.equal((error.cause as Error).stack, `Error: its cause\n${ordinary}`);
    assert.match(inspect(error, { colors: true }), /a bug/);
  });

  it("is passed on when it is no error", () => {
    assert.equal(programError("text"), "text");
    assert.equal(programError(undefined), undefined);
  });
});
