import assert from "node:assert/strict";
import { access, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { privateDirectory } from "../../../sandbox/files.ts";
import { sandboxLayout, type SandboxLayout } from "../../../sandbox/layout.ts";
import { acquireLock } from "../../../sandbox/lock.ts";
import { ProcessTable } from "../../../sandbox/processes.ts";
import { deleteSandbox, type SandboxTools, startSandbox, stopSandbox } from "../../../sandbox/sandbox.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Tools that never come: what is asked for them waits until it is interrupted. */
function absentTools(): SandboxTools {
  const never = new Promise<string>(() => undefined);
  return {
    etcd: never,
    "kube-apiserver": never,
    "kube-controller-manager": never,
    "kube-scheduler": never,
    kwok: never,
    kwokctl: never,
    helm: never,
    "prometheus-operator": never,
    alertmanager: never,
    prometheus: never,
  };
}

describe("sandbox", () => {
  const directory = temporaryDirectory();
  let layout: SandboxLayout;
  let table: ProcessTable;
  let lines: string[];
  const report = (line: string) => lines.push(line);

  afterEach(async () => {
    for (const { name } of await table.list()) await table.end(name, { graceSeconds: 0 });
  });

  beforeEach(() => {
    layout = sandboxLayout(directory());
    table = new ProcessTable(layout.processesFile);
    lines = [];
  });

  const makeRunning = async (...names: string[]) => {
    await privateDirectory(layout.root);
    await writeFile(layout.stateFile, "{}");
    for (const name of names) {
      await table.spawn(name, "/bin/sleep", ["60"], { env: {}, logFile: join(directory(), "log") });
    }
    return table.list();
  };

  it("that is not there is not stopped and not deleted", async () => {
    await stopSandbox({ checkout: directory(), report });
    await deleteSandbox({ checkout: directory(), report });
    assert.deepEqual(lines, ["There is no sandbox.", "There is no sandbox."]);
    assert.deepEqual(await readdir(directory()), []);
  });

  it("ends its recorded processes when it is stopped, and keeps its data", async () => {
    const records = await makeRunning("etcd", "kube-apiserver", "daemon", "prometheus");
    await stopSandbox({ checkout: directory(), report });
    assert.deepEqual(await Promise.all(records.map((record) => table.isAlive(record))), [false, false, false, false]);
    assert.deepEqual(lines, ["Ending 4 processes.", "The sandbox is stopped."]);
    assert.deepEqual((await readdir(layout.root)).sort(), ["processes.json", "state.json"]);
    lines = [];
    await stopSandbox({ checkout: directory(), report });
    assert.deepEqual(lines, ["The sandbox does not run."]);
  });

  it("leaves nothing but the rest of .belfry when it is deleted", async () => {
    const records = await makeRunning("etcd", "daemon");
    await mkdir(join(layout.kwok, ".kwok"), { recursive: true });
    await writeFile(join(directory(), "outside"), "");
    await symlink(directory(), join(layout.kwok, "link"));
    await writeFile(join(directory(), ".belfry", "other"), "");
    await deleteSandbox({ checkout: directory(), report });
    assert.deepEqual(await Promise.all(records.map((record) => table.isAlive(record))), [false, false]);
    assert.deepEqual(lines, ["Ending 2 processes.", "The sandbox is stopped.", "Removed .belfry/sandbox."]);
    assert.deepEqual(await readdir(join(directory(), ".belfry")), ["other"]);
    await access(join(directory(), "outside"));
  });

  it("is not deleted through a link", async () => {
    const target = join(directory(), "target");
    await mkdir(join(directory(), ".belfry"));
    await mkdir(target);
    await writeFile(join(target, "precious"), "");
    await symlink(target, layout.root);
    await assert.rejects(deleteSandbox({ checkout: directory(), report }), {
      name: "UserError",
      message: `${layout.root} is not a directory.\n  Look at what it is, and remove it yourself.`,
    });
    assert.deepEqual(await readdir(target), ["precious"]);
  });

  it("belongs to one command at a time", async () => {
    await makeRunning();
    const release = await acquireLock(layout.lockFile, { purpose: "starting the sandbox" });
    const refusal = {
      name: "UserError",
      message:
        `Another command works on this sandbox: process ${process.pid} (starting the sandbox).\n` +
        "  Wait until it is done, then try again.",
    };
    const signal = new AbortController().signal;
    await assert.rejects(startSandbox({ checkout: directory(), tools: absentTools(), report, signal }), refusal);
    await assert.rejects(stopSandbox({ checkout: directory(), report }), refusal);
    await assert.rejects(deleteSandbox({ checkout: directory(), report }), refusal);
    await release();
    assert.deepEqual(lines, []);
  });

  it("stops waiting for its programs when it is interrupted, and clears what an earlier start has left", async () => {
    const records = await makeRunning("etcd", "kwokctl");
    await rm(layout.stateFile);
    await mkdir(join(layout.root, "deleting", "pulumi"), { recursive: true });
    await mkdir(join(layout.kwok, "clusters"), { recursive: true });
    await writeFile(join(layout.root, "sources.json"), "kept");
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("interrupted")), 300);
    await assert.rejects(
      startSandbox({ checkout: directory(), tools: absentTools(), report, signal: controller.signal }),
      { message: "interrupted" },
    );
    assert.deepEqual(lines, []);
    assert.deepEqual(await Promise.all(records.map((record) => table.isAlive(record))), [false, false]);
    assert.deepEqual((await readdir(layout.root)).sort(), ["processes.json", "sources.json"]);
  });

  it("does not begin when it is interrupted already", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(startSandbox({ checkout: directory(), tools: absentTools(), report, signal }), { message: "interrupted" });
    assert.deepEqual(await readdir(directory()), []);
  });
});
