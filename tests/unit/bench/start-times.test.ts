import assert from "node:assert/strict";
import { pushedEventSeconds, startTimes } from "../../../bench/start-times.ts";
import { sandboxSummary } from "../../../automation/start/summary.ts";

describe("the times of npm start", () => {
  it("are read from its summary as it prints it", () => {
    const summary = sandboxSummary({
      stack: "dev",
      changes: { same: 0, create: 9, update: 0, replace: 0, delete: 0 },
      installed: [],
      slack: ["Took: 3 s"],
      verified: [], drill: [],
      inboxPage: "http://127.0.0.1:1/",
      prometheus: "http://127.0.0.1:2",
      alertmanager: "http://127.0.0.1:3",
      notices: [],
      times: [{ title: "Obtain the programs", seconds: 0 }, { title: "Deploy the stack", seconds: 75 }],
      totalSeconds: 80,
    });
    assert.deepEqual(startTimes(`Deploy the stack: done in 75 s\n${summary}`), [
      { title: "Obtain the programs", seconds: 0 },
      { title: "Deploy the stack", seconds: 75 },
    ]);
  });

  it("that are not there are an error", () => {
    assert.throws(() => startTimes("Deploy the stack: 3 s\n"), new Error('npm start printed no section "How long it took"'));
    assert.throws(() => startTimes("How long it took\n  In all: 3 s\n"), new Error('npm start names no phase below "How long it took"'));
  });

  it("reads after how long a pushed event was told, and nothing where it was not", () => {
    assert.equal(pushedEventSeconds("x\n    falco-event    told  Belfry drill: shell in a container  5.1 s  slack (slack)  pushed\n"), 5.1);
    assert.equal(pushedEventSeconds("    falco-event    FAILED  Belfry drill  -  nobody  pushed\n"), undefined);
  });
});
