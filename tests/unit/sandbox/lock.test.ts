import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { acquireLock, LockHeld, withLock } from "../../../sandbox/lock.ts";
import { pause } from "../../../sandbox/wait.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** No process has this start time. */
const deadHolder = { pid: process.pid, startTime: "0:0", purpose: "a command that was killed", id: "00000000000000aa" };

describe("lock", () => {
  const directory = temporaryDirectory();
  const lockFile = () => join(directory(), "lock");

  it("refuses a second holder and names the first one", async () => {
    const release = await acquireLock(lockFile(), { purpose: "starting the sandbox" });
    await assert.rejects(acquireLock(lockFile(), { purpose: "stopping the sandbox" }), (error) => {
      assert.ok(error instanceof LockHeld);
      assert.equal(error.message, `lock is held by process ${process.pid} (starting the sandbox)`);
      assert.equal(error.holder.pid, process.pid);
      assert.equal(error.file, lockFile());
      return true;
    });
    await release();
    await (await acquireLock(lockFile(), { purpose: "stopping the sandbox" }))();
  });

  it("is private and leaves no file behind", async () => {
    const release = await acquireLock(lockFile(), { purpose: "test" });
    assert.equal((await stat(lockFile())).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(directory()), ["lock"]);
    await release();
    assert.deepEqual(await readdir(directory()), []);
  });

  it("is released when the work fails", async () => {
    await assert.rejects(
      withLock(lockFile(), { purpose: "test" }, () => Promise.reject(new Error("the work failed"))),
      { message: "the work failed" },
    );
    assert.deepEqual(await readdir(directory()), []);
  });

  it("gives the result of the work", async () => {
    assert.equal(await withLock(lockFile(), { purpose: "test" }, () => Promise.resolve(42)), 42);
  });

  it("stops waiting when it is aborted", async () => {
    const release = await acquireLock(lockFile(), { purpose: "test" });
    const controller = new AbortController();
    const waiting = acquireLock(lockFile(), { purpose: "test", waitMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("interrupted")), 50);
    await assert.rejects(waiting, { message: "interrupted" });
    await release();
  });

  it("lets one in at a time", async () => {
    let inside = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(lockFile(), { purpose: "test", waitMs: 5_000 }, async () => {
          most = Math.max(most, ++inside);
          await pause(5);
          inside--;
          done++;
        }),
      ),
    );
    assert.deepEqual({ most, done, left: await readdir(directory()) }, { most: 1, done: 8, left: [] });
  });

  it("is taken over from a holder that is dead, by one at a time", async () => {
    await writeFile(lockFile(), JSON.stringify(deadHolder));
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(lockFile(), { purpose: "test", waitMs: 5_000 }, async () => {
          most = Math.max(most, ++inside);
          await pause(5);
          inside--;
        }),
      ),
    );
    assert.deepEqual({ most, left: await readdir(directory()) }, { most: 1, left: [] });
  });

  it("is taken over also when the one who took it over died", async () => {
    const second = { ...deadHolder, id: "00000000000000bb" };
    await writeFile(lockFile(), JSON.stringify(deadHolder));
    await writeFile(`${lockFile()}.after-${deadHolder.id}`, JSON.stringify(second));
    const release = await acquireLock(lockFile(), { purpose: "test" });
    await assert.rejects(acquireLock(lockFile(), { purpose: "test" }), LockHeld);
    await release();
    assert.deepEqual(await readdir(directory()), []);
  });
});
