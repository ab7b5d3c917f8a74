import assert from "node:assert/strict";
import {
  listCommandLines,
  parseCommandLines,
  parsePs,
  parseStat,
  processInfo,
  withDescendants,
} from "../../../sandbox/process-info.ts";

describe("process information", () => {
  it("reads /proc/PID/stat, also with spaces and parentheses in the program's name", () => {
    const rest = "S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 388142 1000 1 0";
    assert.deepEqual(parseStat(`43 (a) b (c)) ${rest}`, "13a3d9c4"), {
      pid: 43,
      parent: 7,
      group: 42,
      zombie: false,
      startTime: "13a3d9c4:388142",
    });
    assert.equal(parseStat(`43 (sh) ${rest.replace("S", "Z")}`, "x").zombie, true);
  });

  it("reads ps", () => {
    const text = "    1     0     1 Ss   Mon Nov 23 19:15:02 2026\n  234     1   230 Z+   Mon Nov 23 19:15:09 2026\n\n";
    assert.deepEqual(parsePs(text), [
      { pid: 1, parent: 0, group: 1, zombie: false, startTime: "Mon Nov 23 19:15:02 2026" },
      { pid: 234, parent: 1, group: 230, zombie: true, startTime: "Mon Nov 23 19:15:09 2026" },
    ]);
    assert.deepEqual(parseCommandLines("  12 /bin/a b c\n345 /d\n"), [
      { pid: 12, line: "/bin/a b c" },
      { pid: 345, line: "/d" },
    ]);
  });

  it("finds this process, and not one that does not exist", async () => {
    assert.equal((await processInfo(process.pid))?.parent, process.ppid);
    assert.equal(await processInfo(2 ** 22 + 1), undefined);
    assert.equal((await listCommandLines()).filter(({ pid }) => pid === process.pid).length, 1);
  });

  it("follows children of children", () => {
    const of = (pid: number, parent: number) => ({ pid, parent, group: pid, zombie: false, startTime: "" });
    const processes = [of(40, 30), of(30, 20), of(20, 10), of(21, 1), of(22, 21)];
    assert.deepEqual(withDescendants([10], processes).sort(), [10, 20, 30, 40]);
    assert.deepEqual(withDescendants([21, 99], processes).sort(), [21, 22, 99]);
  });
});
