import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { runChild } from "../../../bench/child.ts";
import { processInfo } from "../../../sandbox/process-info.ts";

const env = { PATH: process.env["PATH"] ?? "" };

async function isRunning(pid: number): Promise<boolean> {
  const info = await processInfo(pid);
  return info !== undefined && !info.zombie;
}

describe("a measured program", () => {
  it("gives its output and exit code", async () => {
    const { signal } = new AbortController();
    const script = "process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3";
    const { code, stdout, stderr } = await runChild(process.execPath, ["-e", script], { cwd: tmpdir(), env, signal });
    assert.deepEqual({ code, stdout, stderr }, { code: 3, stdout: "out", stderr: "err" });
  });

  it("that cannot be started is an error", async () => {
    const { signal } = new AbortController();
    await assert.rejects(runChild("/nonexistent/program", [], { cwd: tmpdir(), env, signal }), { code: "ENOENT" });
  });

  it("ends with what it started, also in a group of its own, when it is interrupted", async () => {
    const controller = new AbortController();
    // As Pulumi's engine starts its plugins: a grandchild that Ctrl-C does not reach.
    const grandchild = "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], {detached: true, stdio: 'ignore'})";
    const pids: number[] = [];
    const reason = new Error("interrupted");
    const running = runChild(process.execPath, ["-e", `${grandchild}; setInterval(() => 0, 1e6)`], {
      cwd: tmpdir(), env, signal: controller.signal, onStart: (pid) => pids.push(pid),
    });
    const failed = assert.rejects(running, reason);
    const { listProcesses, withDescendants } = await import("../../../sandbox/process-info.ts");
    let tree: number[] = [];
    while (tree.length < 2) {
      await delay(50);
      tree = withDescendants(pids, await listProcesses());
    }
    controller.abort(reason);
    await failed;
    await delay(100);
    assert.deepEqual(await Promise.all(tree.map(isRunning)), [false, false]);
  });
});
