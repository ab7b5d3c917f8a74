import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { locksOf, removeStaleLocks } from "../../../automation/recovery.ts";

/** Above every pid that a system gives by default. */
const deadPid = 4_999_999;

describe("locks of the file backend", () => {
  it("go only when their owner is proven dead", async () => {
    const backend = await mkdtemp(join(tmpdir(), "belfry-locks-"));
    const directory = join(backend, ".pulumi", "locks", "organization", "belfry", "dev");
    try {
      await mkdir(directory, { recursive: true });
      const locks = {
        "dead.json": JSON.stringify({ pid: deadPid, hostname: hostname() }),
        "alive.json": JSON.stringify({ pid: process.pid, hostname: hostname() }),
        "elsewhere.json": JSON.stringify({ pid: deadPid, hostname: "another-machine" }),
        "unreadable.json": "{",
      };
      for (const [name, content] of Object.entries(locks)) await writeFile(join(directory, name), content);
      assert.equal(await removeStaleLocks(backend), 1);
      assert.deepEqual((await readdir(directory)).sort(), ["alive.json", "elsewhere.json", "unreadable.json"]);
    } finally {
      await rm(backend, { recursive: true });
    }
  });

  it("of one stack tell who is at work on it, and since when", async () => {
    const backend = await mkdtemp(join(tmpdir(), "belfry-locks-"));
    const lock = { pid: 4711, username: "ada", hostname: "laptop", timestamp: "2026-01-02T03:04:05Z" };
    try {
      for (const stack of ["dev", "prod"]) {
        const directory = join(backend, ".pulumi", "locks", "organization", "belfry", stack);
        await mkdir(directory, { recursive: true });
        await writeFile(join(directory, "a.json"), JSON.stringify({ ...lock, pid: stack === "dev" ? 4711 : 1 }));
      }
      assert.deepEqual(await locksOf(backend, "dev"), [lock]);
      assert.deepEqual(await locksOf(backend, "staging"), []);
    } finally {
      await rm(backend, { recursive: true });
    }
  });

  it("need not be there", async () => {
    assert.equal(await removeStaleLocks("/no/such/backend"), 0);
  });
});
