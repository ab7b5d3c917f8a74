import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChildSpec, ManagedChild, restartDelay } from "../../../sandbox/daemon/child.ts";
import type { WorkloadPlan } from "../../../sandbox/daemon/workload.ts";
import { WorkloadRunner } from "../../../sandbox/daemon/workload-runner.ts";
import { ProcessTable } from "../../../sandbox/processes.ts";

/** A program that does nothing, or ends at once. */
const program = process.execPath;
const idle = ["-e", "setInterval(() => {}, 1000)"];
const ends = ["-e", ""];

describe("programs beside the cluster", () => {
  let directory: string;
  let table: ProcessTable;
  let now: number;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-daemon-"));
    table = new ProcessTable(join(directory, "processes.json"));
    now = 1_000_000;
  });

  afterEach(async () => {
    for (const { name } of await table.list()) await table.end(name, { graceSeconds: 1 });
    await rm(directory, { recursive: true });
  });

  function child(): ManagedChild {
    return new ManagedChild({ name: "program", table, logFile: join(directory, "log"), now: () => now });
  }

  function spec(args: readonly string[], identity = "1"): ChildSpec {
    return { command: program, args, env: {}, identity };
  }

  async function untilEnded(): Promise<void> {
    for (;;) {
      const record = await table.find("program");
      if (record === undefined || !(await table.isAlive(record))) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it("wait longer after each failure, at most 30 seconds", () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 60].map(restartDelay), [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("run while they are asked for, and are replaced when something else is asked for", async () => {
    const managed = child();
    assert.equal(await managed.reconcile(spec(idle)), undefined);
    const first = managed.process;
    assert.equal(await managed.reconcile(spec(idle)), undefined);
    assert.equal(managed.process, first);
    assert.equal(await managed.reconcile(spec(idle, "2")), undefined);
    assert.notEqual(managed.process?.pid, first?.pid);
    assert.equal(first && (await table.isAlive(first)), false);
    assert.deepEqual(await managed.reconcile(undefined), { state: "waiting" });
    assert.deepEqual(await table.list(), []);
  });

  it("are started again after they ended, sooner when what made them fail may be mended", async () => {
    const managed = child();
    await managed.reconcile(spec(ends));
    await untilEnded();
    const detail = `program ended; it is started again in 1 s (see ${join(directory, "log")})`;
    assert.deepEqual(await managed.reconcile(spec(ends)), { state: "failed", detail });
    now += 1001;
    assert.equal(await managed.reconcile(spec(ends)), undefined);
    await untilEnded();
    const again = await managed.reconcile(spec(ends));
    assert.equal(again?.detail, detail.replace("1 s", "2 s"));
    managed.forgive();
    assert.equal(await managed.reconcile(spec(ends)), undefined);
    await untilEnded();
    now += 60_000;
    assert.equal((await managed.reconcile(spec(ends)))?.detail, detail);
  });

  it("do not outlive the daemon, not even those that are just being started", async () => {
    const managed = child();
    const starting = managed.reconcile(spec(idle));
    await managed.close();
    await starting;
    assert.deepEqual(await table.list(), []);
    assert.deepEqual(await managed.reconcile(spec(idle)), { state: "waiting" });
    assert.deepEqual(await table.list(), []);
  });

  it("of a daemon that was killed are ended by the next one", async () => {
    await child().reconcile(spec(idle));
    const [left] = await table.list();
    await child().end();
    assert.equal(left && (await table.isAlive(left)), false);
    assert.deepEqual(await table.list(), []);
  });

  describe("with a configuration", () => {
    let server: Server;
    let requests: string[];
    let ready: boolean;
    let accepts: boolean;
    let runner: WorkloadRunner;
    let managed: ManagedChild;

    beforeEach(async () => {
      requests = [];
      ready = true;
      accepts = true;
      server = createServer((incoming, response) => {
        requests.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
        const good = incoming.method === "POST" ? accepts : ready;
        response.writeHead(good ? 200 : 500).end("the secret is hunter2");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      managed = child();
      runner = new WorkloadRunner({
        child: managed,
        root: join(directory, "pod"),
        port: (server.address() as AddressInfo).port,
        environment: {},
        logFile: "/logs/program.log",
        now: () => now,
      });
    });

    afterEach(async () => {
      server.close();
      await once(server, "close");
    });

    function plan(content: string, podUid = "pod-1"): { plan: WorkloadPlan } {
      const files = new Map([
        [join(directory, "pod", "etc", "config.yaml"), Buffer.from(content)],
        ...(content === "second" ? [[join(directory, "pod", "etc", "more.yaml"), Buffer.from("")] as const] : []),
      ]);
      return {
        plan: {
          pod: "monitoring/am-0",
          podUid,
          args: idle,
          env: {},
          files,
          directories: [join(directory, "volumes", "pvc-1", "db")],
          contentHash: content,
          routePrefix: "/x",
        },
      };
    }

    it("start with it on disk, readable by their owner only", async () => {
      ready = false;
      const starting = { state: "starting", detail: "see /logs/program.log" };
      assert.deepEqual(await runner.reconcile(program, plan("first")), starting);
      ready = true;
      const running = { state: "running", detail: "monitoring/am-0" };
      assert.deepEqual(await runner.reconcile(program, plan("first")), running);
      const file = join(directory, "pod", "etc", "config.yaml");
      assert.equal(await readFile(file, "utf8"), "first");
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.equal((await stat(join(directory, "pod", "etc"))).mode & 0o777, 0o700);
      assert.ok((await stat(join(directory, "volumes", "pvc-1", "db"))).isDirectory());
      assert.deepEqual(requests, ["GET /x/-/ready", "GET /x/-/ready"]);
    });

    it("are told of a changed one, once, and keep running", async () => {
      await runner.reconcile(program, plan("first"));
      const before = managed.process;
      await runner.reconcile(program, plan("second"));
      assert.deepEqual((await readdir(join(directory, "pod", "etc"))).sort(), ["config.yaml", "more.yaml"]);
      await runner.reconcile(program, plan("third"));
      await runner.reconcile(program, plan("third"));
      assert.deepEqual(requests, ["GET /x/-/ready", "POST /x/-/reload", "POST /x/-/reload"]);
      assert.equal(await readFile(join(directory, "pod", "etc", "config.yaml"), "utf8"), "third");
      assert.deepEqual(await readdir(join(directory, "pod", "etc")), ["config.yaml"]);
      assert.equal(managed.process, before);
    });

    it("go on with the old one when they refuse the new one; their words stay in their log", async () => {
      await runner.reconcile(program, plan("first"));
      accepts = false;
      const refusal = {
        state: "failed",
        detail: "it refuses its new configuration and goes on with the one before (see /logs/program.log)",
      };
      assert.deepEqual(await runner.reconcile(program, plan("bad")), refusal);
      assert.deepEqual(await runner.reconcile(program, plan("bad")), refusal);
      assert.equal(runner.lastReloadSuccessful, false);
      assert.equal(requests.filter((one) => one.startsWith("POST")).length, 1);
      now += 5_000;
      accepts = true;
      assert.deepEqual(await runner.reconcile(program, plan("bad")), { state: "running", detail: "monitoring/am-0" });
      assert.equal(runner.lastReloadSuccessful, true);
    });

    it("are another process for another pod", async () => {
      await runner.reconcile(program, plan("first"));
      const before = managed.process;
      await runner.reconcile(program, plan("first", "pod-2"));
      assert.notEqual(managed.process?.pid, before?.pid);
    });

    it("go on while something is missing, and leave nothing of it behind when their pod is gone", async () => {
      await runner.reconcile(program, plan("first"));
      assert.deepEqual(await runner.reconcile(program, { waiting: "a Secret is not there" }), {
        state: "waiting",
        detail: "a Secret is not there",
      });
      assert.deepEqual(await runner.reconcile(program, { broken: "unreadable" }), {
        state: "failed",
        detail: "unreadable",
      });
      assert.equal((await table.list()).length, 1);
      assert.deepEqual(runner.directories, [join(directory, "volumes", "pvc-1", "db")]);
      assert.deepEqual(await runner.reconcile(program, undefined), {
        state: "waiting",
        detail: "its pod is not in the cluster, or does not run",
      });
      assert.deepEqual(await table.list(), []);
      assert.deepEqual(runner.directories, []);
      await assert.rejects(stat(join(directory, "pod")), { code: "ENOENT" });
      assert.ok((await stat(join(directory, "volumes", "pvc-1", "db"))).isDirectory());
    });
  });
});
