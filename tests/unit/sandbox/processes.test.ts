import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processInfo } from "../../../sandbox/process-info.ts";
import { type ProcessRecord, ProcessTable } from "../../../sandbox/processes.ts";
import { until } from "../../../sandbox/wait.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const env = { PATH: process.env["PATH"] ?? "" };

describe("process table", () => {
  const directory = temporaryDirectory();
  let table: ProcessTable;
  let others: ChildProcess[] = [];

  const start = (name: string, script: string): Promise<ProcessRecord> =>
    table.spawn(name, "/bin/sh", ["-c", script], { env, logFile: join(directory(), `${name}.log`) });

  /** A process in this test's own group, as a program that somebody else started. */
  const startUnrecorded = async (script: string): Promise<ChildProcess & { pid: number }> => {
    const child = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    others.push(child);
    await once(child, "spawn");
    return child as ChildProcess & { pid: number };
  };

  const logOf = (name: string): Promise<string> => readFile(join(directory(), `${name}.log`), "utf8");

  /** The log's first line, once it is there. */
  const firstLine = async (name: string): Promise<string> =>
    (await until(async () => /^(.*)\n/.exec(await logOf(name))?.[1], { timeoutMs: 3_000, intervalMs: 10 })) ?? "";

  beforeEach(() => {
    table = new ProcessTable(join(directory(), "processes.json"));
  });

  afterEach(async () => {
    for (const { name } of await table.list().catch(() => [])) await table.end(name, { graceSeconds: 0 });
    for (const child of others) child.kill("SIGKILL");
    others = [];
  });

  it("records what it starts, in a file that is private", async () => {
    const record = await start("sleeper", "exec sleep 60");
    const info = await processInfo(record.pid);
    assert.deepEqual(record, { name: "sleeper", pid: info?.pid, startTime: info?.startTime, command: "/bin/sh" });
    assert.equal(info?.group, record.pid);
    assert.deepEqual(await table.list(), [record]);
    assert.deepEqual(await new ProcessTable(table.file).find("sleeper"), record);
    assert.equal(await table.find("other"), undefined);
    assert.equal(await table.isAlive(record), true);
    assert.equal((await stat(table.file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(directory(), "sleeper.log"))).mode & 0o777, 0o600);
  });

  it("gives the process the named environment and directory only, and its output to the log", async () => {
    await table.spawn("env", "/usr/bin/env", [], { env: { ONLY: "this" }, cwd: directory(), logFile: join(directory(), "env.log") });
    assert.equal(await firstLine("env"), "ONLY=this");
    assert.equal(await logOf("env"), "ONLY=this\n");
    await start("both", "pwd; echo wrong >&2; exec sleep 60");
    await until(async () => ((await logOf("both")).includes("wrong") ? true : undefined), { timeoutMs: 3_000 });
    assert.equal(await logOf("both"), `${process.cwd()}\nwrong\n`);
  });

  it("says which program cannot be started, and records nothing", async () => {
    await assert.rejects(table.spawn("none", "/nonexistent", [], { env, logFile: join(directory(), "none.log") }), {
      code: "ENOENT",
    });
    assert.deepEqual(await table.list(), []);
  });

  it("does not start a second process of a name that runs", async () => {
    const first = await start("sleeper", "exec sleep 60");
    await assert.rejects(start("sleeper", "exec sleep 60"), { message: `sleeper already runs as process ${first.pid}` });
    assert.deepEqual(await table.list(), [first]);
  });

  it("starts a name anew that has ended", async () => {
    const first = await start("sleeper", "exit 0");
    await until(async () => ((await table.isAlive(first)) ? undefined : true), { timeoutMs: 3_000 });
    const second = await start("sleeper", "exec sleep 60");
    assert.deepEqual(await table.list(), [second]);
  });

  it("ends a process and forgets it", async () => {
    const record = await start("sleeper", "exec sleep 60");
    await table.end("sleeper");
    assert.equal(await table.isAlive(record), false);
    assert.deepEqual(await table.list(), []);
    await table.end("sleeper");
  });

  it("ends one that does not listen to SIGTERM", async () => {
    const record = await start("stubborn", 'trap "" TERM; echo ready; while true; do sleep 0.05; done');
    assert.equal(await firstLine("stubborn"), "ready");
    const before = performance.now();
    await table.end("stubborn", { graceSeconds: 0.3 });
    assert.ok(performance.now() - before >= 300);
    assert.equal(await table.isAlive(record), false);
  });

  it("ends the group that the process leads", async () => {
    await start("leader", "sleep 60 & echo $!; wait");
    const child = Number(await firstLine("leader"));
    assert.notEqual(await processInfo(child), undefined);
    await table.end("leader");
    const left = await processInfo(child);
    assert.ok(left === undefined || left.zombie);
  });

  it("ends only the process where it does not lead its group", async () => {
    const neighbour = await startUnrecorded("exec sleep 60");
    const child = await startUnrecorded("exec sleep 60");
    const exit = once(child, "exit");
    const record = await table.record("foreign", child.pid, "sleep");
    assert.deepEqual(record, { ...record, name: "foreign", pid: child.pid, command: "sleep" });
    await table.end("foreign");
    assert.deepEqual(await exit, [null, "SIGTERM"]);
    assert.equal((await processInfo(neighbour.pid))?.zombie, false);
  });

  it("never touches a process that has got the pid of a recorded one", async () => {
    const child = await startUnrecorded("exec sleep 60");
    const record = { name: "old", pid: child.pid, startTime: "0:1", command: "sleep" };
    await writeFile(table.file, JSON.stringify([record]));
    assert.equal(await table.isAlive(record), false);
    await table.end("old", { graceSeconds: 0 });
    assert.equal((await processInfo(child.pid))?.zombie, false);
    assert.equal(child.signalCode, null);
    assert.deepEqual(await table.list(), []);
  });

  it("counts a zombie as ended", async () => {
    // The shell becomes a program that never asks for its child's exit code.
    const parent = await startUnrecorded("sleep 0.2 & echo $!; exec sleep 60");
    assert.ok(parent.stdout);
    const pid = Number(String((await once(parent.stdout, "data"))[0]));
    const record = await table.record("child", pid, "sleep");
    assert.equal(await table.isAlive(record), true);
    await until(async () => ((await processInfo(pid))?.zombie === true ? true : undefined), { timeoutMs: 3_000, intervalMs: 20 });
    assert.equal((await processInfo(pid))?.zombie, true);
    assert.equal(await table.isAlive(record), false);
    await table.forgetEnded();
    assert.deepEqual(await table.list(), []);
  });

  it("does not record a process that does not exist", async () => {
    await assert.rejects(table.record("none", 2 ** 22 + 1), { message: `none: there is no process ${2 ** 22 + 1}` });
  });

  it("keeps every record when several use the table at once", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const records = await Promise.all(
      names.map((name) =>
        new ProcessTable(table.file).spawn(name, "/bin/sleep", ["60"], { env, logFile: join(directory(), `${name}.log`) }),
      ),
    );
    const byName = (one: ProcessRecord, other: ProcessRecord) => one.name.localeCompare(other.name);
    assert.deepEqual((await table.list()).sort(byName), records);
    await Promise.all(names.map((name) => table.end(name)));
    assert.deepEqual(await table.list(), []);
  });

  it("puts a log that has grown long aside", async () => {
    const log = join(directory(), "sleeper.log");
    await writeFile(log, "x".repeat(10 * 1024 * 1024 + 1));
    await start("sleeper", "echo new; exec sleep 60");
    assert.equal(await firstLine("sleeper"), "new");
    assert.equal((await stat(`${log}.1`)).size, 10 * 1024 * 1024 + 1);
  });
});
