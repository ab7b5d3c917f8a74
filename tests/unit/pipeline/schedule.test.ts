import assert from "node:assert/strict";
import { schedule } from "../../../automation/pipeline/schedule.ts";

const signal = new AbortController().signal;

/** Work that ends when it is told to. */
class Stage {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, (value: string) => void>();
  readonly work = (name: string): Promise<string> => {
    this.begun.push(name);
    return new Promise((resolve) => this.#ends.set(name, resolve));
  };
  async end(name: string, value: string): Promise<void> {
    this.#ends.get(name)?.(value);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

describe("several stacks", () => {
  const names = ["dev", "staging", "prod"];
  const stopsAfter = (value: string) => value === "failed";

  it("are worked on one after the other", async () => {
    const stage = new Stage();
    const all = schedule({ names, parallel: 1, work: stage.work, stopsAfter, signal });
    assert.deepEqual(stage.begun, ["dev"]);
    await stage.end("dev", "done");
    assert.deepEqual(stage.begun, ["dev", "staging"]);
    await stage.end("staging", "done");
    await stage.end("prod", "done");
    assert.deepEqual(await all, names.map((name) => ({ name, value: "done" })));
  });

  it("are worked on side by side, as many at once as asked for", async () => {
    const stage = new Stage();
    const all = schedule({ names, parallel: 2, work: stage.work, stopsAfter, signal });
    assert.deepEqual(stage.begun, ["dev", "staging"]);
    await stage.end("staging", "done");
    assert.deepEqual(stage.begun, names);
    await stage.end("dev", "done");
    await stage.end("prod", "done");
    assert.deepEqual((await all).map(({ name }) => name), names);
  });

  it("after a failure no further one is begun, and what has begun is ended", async () => {
    const stage = new Stage();
    const all = schedule({ names, parallel: 2, work: stage.work, stopsAfter, signal });
    await stage.end("dev", "failed");
    assert.deepEqual(stage.begun, ["dev", "staging"]);
    await stage.end("staging", "done");
    assert.deepEqual(await all, [
      { name: "dev", value: "failed" },
      { name: "staging", value: "done" },
      { name: "prod", value: undefined },
    ]);
  });

  it("go on after a failure where that is asked for", async () => {
    const stage = new Stage();
    const all = schedule({ names: ["dev", "prod"], parallel: 1, work: stage.work, stopsAfter: () => false, signal });
    await stage.end("dev", "failed");
    await stage.end("prod", "done");
    assert.deepEqual((await all).map(({ value }) => value), ["failed", "done"]);
  });

  it("after an abort no further one is begun", async () => {
    const stage = new Stage();
    const controller = new AbortController();
    const all = schedule({ names, parallel: 1, work: stage.work, stopsAfter, signal: controller.signal });
    controller.abort();
    await stage.end("dev", "interrupted");
    assert.deepEqual((await all).map(({ value }) => value), ["interrupted", undefined, undefined]);
  });

  it("an error in the work itself is thrown after the others have ended", async () => {
    let ended = false;
    const work = async (name: string): Promise<string> => {
      if (name === "dev") throw new Error("a bug");
      await new Promise<void>((resolve) => setImmediate(resolve));
      ended = true;
      return "done";
    };
    await assert.rejects(schedule({ names, parallel: 2, work, stopsAfter, signal }), new Error("a bug"));
    assert.equal(ended, true);
  });
});
