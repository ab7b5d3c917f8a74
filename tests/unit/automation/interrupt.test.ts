import assert from "node:assert/strict";
import { Interrupted, interruptible, throwIfInterrupted } from "../../../automation/interrupt.ts";

describe("Ctrl-C", () => {
  it("aborts once, however often the same key press arrives", () => {
    const told: string[] = [];
    const codes: number[] = [];
    const interrupt = interruptible({ onInterrupt: ({ by }) => told.push(by), exit: (code) => codes.push(code) });
    try {
      process.emit("SIGINT");
      process.emit("SIGINT");
      assert.ok(interrupt.signal.aborted);
      assert.deepEqual(told, ["SIGINT"]);
      assert.deepEqual(codes, []);
      assert.throws(() => {
        throwIfInterrupted(interrupt.signal);
      }, Interrupted);
    } finally {
      interrupt.release();
    }
  });

  it("pressed again later gives up waiting, with exit code 130", async () => {
    const codes: number[] = [];
    const interrupt = interruptible({ exit: (code) => codes.push(code) });
    try {
      process.emit("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 1100));
      process.emit("SIGINT");
      assert.deepEqual(codes, [130]);
    } finally {
      interrupt.release();
    }
  });

  it("leaves no handler behind", () => {
    const before = process.listenerCount("SIGINT");
    interruptible().release();
    assert.equal(process.listenerCount("SIGINT"), before);
  });
});
