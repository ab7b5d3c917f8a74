import assert from "node:assert/strict";
import { existingStacks, inOrder, newStacks, parseSelection, splitNames } from "../../../automation/pipeline/selection.ts";

const usage = "\n  Name them like this: --stack dev,prod, or take every one there is: --all";

function refused(work: () => unknown, message: string): void {
  assert.throws(work, { name: "UsageError", message });
}

describe("a selection of stacks", () => {
  it("is some names, or all", () => {
    assert.deepEqual(parseSelection({ stack: "prod, dev" }), ["prod", "dev"]);
    assert.deepEqual(parseSelection({ stack: "acme/belfry/prod-eu.1" }), ["acme/belfry/prod-eu.1"]);
    assert.equal(parseSelection({ all: true }), "all");
  });

  it("is refused when it is none, both, malformed or doubled", () => {
    refused(() => parseSelection({}), `No stack is named.${usage}`);
    refused(() => parseSelection({ stack: "dev", all: true }), `--stack and --all are both given: either some stacks are meant or all.${usage}`);
    const notAName = (name: string) => `${name} is not the name of a stack: letters, digits, dots, hyphens and underscores make one.${usage}`;
    refused(() => parseSelection({ stack: "dev,,prod" }), notAName('""'));
    refused(() => parseSelection({ stack: "" }), notAName('""'));
    refused(() => parseSelection({ stack: "dev prod" }), notAName('"dev prod"'));
    refused(() => parseSelection({ stack: "--all" + "\u001b[31m" }), notAName(String.raw`"--all\u001b[31m"`));
    refused(() => parseSelection({ stack: "a/b/c/d" }), notAName('"a/b/c/d"'));
    refused(() => parseSelection({ stack: "dev,prod,dev" }), "The stack dev is named twice.\n  Name each once.");
  });

  it("keeps empty names, so that they are told", () => {
    assert.deepEqual(splitNames("a, b,"), ["a", "b", ""]);
  });
});

describe("the order of stacks", () => {
  it("is that of the environments, then by name", () => {
    assert.deepEqual(inOrder(["zeta", "prod", "alpha", "dev", "staging"]), ["dev", "staging", "prod", "alpha", "zeta"]);
  });

  it("can be another one, and looks at the last part of a name", () => {
    assert.deepEqual(inOrder(["acme/dev", "b", "acme/belfry/prod", "a"], ["prod", "b"]), ["acme/belfry/prod", "b", "a", "acme/dev"]);
  });
});

describe("the selected stacks", () => {
  it("are those of the backend, in order", () => {
    assert.deepEqual(existingStacks("all", ["prod", "dev"]), ["dev", "prod"]);
    assert.deepEqual(existingStacks(["prod", "dev"], ["dev", "prod", "qa"]), ["dev", "prod"]);
    assert.deepEqual(existingStacks(["prod", "dev"], ["dev", "prod"], ["prod"]), ["prod", "dev"]);
  });

  it("must exist: every unknown one is told, with the nearest", () => {
    refused(
      () => existingStacks(["prdo", "dev", "mars"], ["prod", "dev"]),
      "There is no stack prdo in this backend. Did you mean prod?\nThere is no stack mars in this backend.\n" +
        "  It has: dev, prod. To make a new one: npm run belfry -- init --stack prdo,mars",
    );
    refused(
      () => existingStacks(["dev"], []),
      "There is no stack dev in this backend.\n  It has none yet. To make a new one: npm run belfry -- init --stack dev",
    );
    refused(() => existingStacks("all", []), "There is no stack in this backend.\n  Make one: npm run belfry -- init --stack dev");
  });

  it("that are to be made must not exist", () => {
    assert.deepEqual(newStacks(["prod", "dev"], ["qa"]), ["dev", "prod"]);
    refused(() => newStacks(["dev", "qa"], ["dev", "prod"]), "The stack dev exists already.\n  Look at it: npm run belfry -- status --stack dev");
  });
});
