import assert from "node:assert/strict";
import { isLoopback, readAccess } from "../../../sandbox/daemon/kube-client.ts";
import { failureDetail, type Health, HealthBook, partNames } from "../../../sandbox/daemon/health.ts";
import { Loop } from "../../../sandbox/daemon/loop.ts";
import { type LineSource, Watched } from "../../../sandbox/daemon/watched.ts";
import { kubeconfigText } from "../../../sandbox/kube.ts";
import type { KubeObject } from "../../../sandbox/daemon/objects.ts";

describe("the way to the API server", () => {
  const pem = { ca: "CA", certificate: "CERT", key: "KEY" };

  it("is read from the sandbox's kubeconfig", () => {
    assert.deepEqual(readAccess(kubeconfigText(1234, pem), "belfry-sandbox"), {
      server: "https://127.0.0.1:1234",
      ...pem,
    });
  });

  it("never leads to another machine", () => {
    const elsewhere = kubeconfigText(1234, pem).replace("127.0.0.1", "10.0.0.1");
    const message = "the API server of context belfry-sandbox is not on loopback";
    assert.throws(() => readAccess(elsewhere, "belfry-sandbox"), { message });
    const hosts = ["https://127.0.0.1:1", "https://[::1]:1", "https://localhost", "https://127.9.9.9"];
    assert.deepEqual(hosts.map(isLoopback), [true, true, true, true]);
    const foreign = ["https://127.evil.example", "https://10.0.0.1", "https://localhost.example", "https://0.0.0.0"];
    assert.deepEqual(foreign.map(isLoopback), [false, false, false, false]);
  });

  it("needs the named context", () => {
    assert.throws(() => readAccess(kubeconfigText(1, pem), "other"), {
      message: "the kubeconfig has no complete context other",
    });
  });
});

describe("the health of the daemon", () => {
  it("is ready when everything is there that a deployment needs", () => {
    const changes: string[] = [];
    const book = new HealthBook((part, { state }) => changes.push(`${part} ${state}`));
    assert.equal(book.report().ready, false);
    for (const part of partNames) book.set(part, { state: "running" });
    assert.equal(book.report().ready, true);
    book.set("prometheus", { state: "waiting", detail: "no pod" });
    book.set("prometheus", { state: "waiting", detail: "no pod" });
    assert.equal(book.report().ready, true);
    book.set("furniture", { state: "failed" });
    const expected: Health = {
      ready: false,
      parts: {
        cluster: { state: "running" },
        furniture: { state: "failed" },
        provisioner: { state: "running" },
        exporter: { state: "running" },
        sinks: { state: "running" },
        charts: { state: "running" },
        operator: { state: "running" },
        prometheus: { state: "waiting", detail: "no pod" },
        alertmanager: { state: "running" },
        reports: { state: "running" },
      },
    };
    assert.deepEqual(book.report(), expected);
    assert.deepEqual(changes.slice(partNames.length), ["prometheus waiting", "furniture failed"]);
  });

  it("tells failures in one short line", () => {
    assert.equal(failureDetail(new Error("a\n  b")), "a b");
    assert.equal(failureDetail("x".repeat(400)), `${"x".repeat(299)}…`);
  });
});

describe("a loop", () => {
  it("works again after a change, also one during the work, and after a failure", async () => {
    const ending = new AbortController();
    const loop = new Loop();
    const failures: unknown[] = [];
    let runs = 0;
    const done = loop.run(
      () => {
        runs += 1;
        if (runs === 1) loop.trigger();
        if (runs === 2) return Promise.reject(new Error("second"));
        if (runs === 3) setImmediate(() => loop.trigger());
        if (runs === 4) ending.abort();
        return Promise.resolve();
      },
      { signal: ending.signal, everyMs: 60_000, settleMs: 1, retryMs: 1, failed: (error) => failures.push(error) },
    );
    await done;
    assert.equal(runs, 4);
    assert.deepEqual(failures, [new Error("second")]);
  });
});

describe("a watched kind", () => {
  it("follows the cluster, and begins anew when the server says so or goes away", async () => {
    const ending = new AbortController();
    const states: string[][] = [];
    const paths: string[] = [];
    const event = (type: string, name: string, version: string) =>
      JSON.stringify({ type, object: { metadata: { name, uid: `uid-${name}`, resourceVersion: version } } });
    const listed = [["a"], ["b"], ["d"]];
    const source: LineSource = {
      get: () => {
        const items = (listed.shift() ?? []).map((name) => ({ metadata: { name, uid: `uid-${name}` } }));
        return Promise.resolve({ metadata: { resourceVersion: "10" }, items });
      },
      lines: (path, _signal, onLine) => {
        paths.push(new URL(path, "http://x").searchParams.get("resourceVersion") ?? "");
        if (paths.length === 1) {
          onLine(event("ADDED", "c", "11"));
          onLine(event("DELETED", "a", "12"));
          onLine(JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "15" } } }));
          return Promise.resolve();
        }
        if (paths.length === 2) {
          onLine(JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, metadata: {} } }));
          return Promise.resolve();
        }
        if (paths.length === 3) return Promise.reject(new Error("gone"));
        ending.abort();
        return Promise.resolve();
      },
    };
    const watched = new Watched<KubeObject>(
      source,
      { path: "/api/v1/pods" },
      () => states.push([...watched.items().map(({ metadata }) => metadata.name), watched.connected ? "" : "away"]),
      1,
    );
    assert.equal(watched.synced, false);
    await watched.run(ending.signal);
    assert.deepEqual(states, [
      ["a", ""],
      ["a", "c", ""],
      ["c", ""],
      ["c", "away"],
      ["b", ""],
      ["b", "away"],
      ["d", ""],
    ]);
    assert.deepEqual(paths, ["10", "15", "10", "10"]);
    assert.equal(watched.synced, true);
  });
});
