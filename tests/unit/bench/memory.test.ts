import assert from "node:assert/strict";
import { parsePss } from "../../../bench/memory.ts";

describe("memory of a process", () => {
  it("is its proportional share", () => {
    assert.equal(parsePss("55d-7ff ---p 0 [rollup]\nRss:   2000 kB\nPss:               1234 kB\nPss_Dirty:  99 kB\n"), 1234);
  });

  it("is nothing where the system tells nothing", () => {
    assert.equal(parsePss(""), 0);
  });
});
