import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../../../config/user-error.ts";
import { alertmanagerPods } from "../../../automation/kube/alertmanager-pods.ts";
import type { PodFacts } from "../../../automation/kube/alertmanager-pods.ts";
import { listPods, loadCluster } from "../../../automation/kube/cluster.ts";
import { podRequest } from "../../../automation/kube/port-forward.ts";

let directory: string;
let server: Server | undefined;
const signal = new AbortController().signal;

async function kubeconfig(address: string, current = "one"): Promise<string> {
  const file = join(directory, "kubeconfig");
  // The client speaks plain HTTP, which these servers do, only where certificates are not checked.
  const context = (name: string) => ({ name, context: { cluster: "c", user: "u" } });
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "not-a-real-token" } }],
    contexts: [context("one"), context("two")],
    "current-context": current,
  };
  await writeFile(file, stringify(config));
  return file;
}

/** An API server that gives every request the same answer. */
async function answering(status: number | "never"): Promise<string> {
  const made = createServer((_, response) => {
    if (status !== "never") {
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify({ kind: "Status", code: status }));
    }
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

describe("the cluster", () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-kube-"));
  });
  afterEach(async () => {
    const open = server;
    server = undefined;
    await rm(directory, { recursive: true });
    if (open !== undefined) {
      open.closeAllConnections();
      await new Promise((resolve) => open.close(resolve));
    }
  });

  it("is the current context's, or the one that is asked for", async () => {
    const file = await kubeconfig("https://127.0.0.1:1");
    assert.equal(loadCluster({ kubeconfig: file }).context, "one");
    const { context, server: address } = loadCluster({ kubeconfig: file, context: "two" });
    assert.deepEqual([context, address], ["two", "https://127.0.0.1:1"]);
  });
  it("must be in the kubeconfig", async () => {
    const file = await kubeconfig("https://127.0.0.1:1", "gone");
    assert.throws(() => loadCluster({ kubeconfig: file, context: "prod" }), {
      name: "UserError",
      message:
        `There is no context "prod" in ${file}.\n` + "  It has: one, two. `kubectl config get-contexts` shows them.",
    });
    assert.throws(() => loadCluster({ kubeconfig: file }), {
      name: "UserError",
      message: `No context is chosen in ${file}.\n  Choose one: \`kubectl config use-context NAME\`. It has: one, two.`,
    });
    const missing = join(directory, "missing");
    assert.throws(() => loadCluster({ kubeconfig: missing }), {
      name: "UserError",
      message:
        `The kubeconfig ${missing} cannot be read (ENOENT: no such file or directory, open '${missing}').\n` +
        "  Name another one with the variable KUBECONFIG, or make one with your cloud's command line.",
    });
    await writeFile(file, stringify({ apiVersion: "v1", kind: "Config", clusters: [], users: [], contexts: [] }));
    assert.throws(() => loadCluster({ kubeconfig: file }), {
      message: "There is no kubeconfig with a context.\n  Set KUBECONFIG, or run `npm start` for the embedded cluster.",
    });
  });

  const refusals: readonly [number, string][] = [
    [401, "You are not logged in to CLUSTER.\n  Log in again (the kubeconfig's credentials were refused)."],
    [
      403,
      "You may not list pods in the namespace monitoring in CLUSTER.\n" +
        "  Ask for a role with these rights: get and list pods, get and create pods/portforward.",
    ],
    [
      503,
      "The API server of CLUSTER answered status 503 when asked to list pods in the namespace monitoring.\n" +
        "  Its log says why.",
    ],
  ];
  for (const [status, message] of refusals) {
    it(`that answers ${status} is told with what to do`, async () => {
      const address = await answering(status);
      const cluster = loadCluster({ kubeconfig: await kubeconfig(address) });
      await assert.rejects(listPods(cluster, "monitoring", "a=b", signal), {
        name: "UserError",
        message: message.replace("CLUSTER", `the cluster of the context one (${address})`),
      });
    });
  }
  it("that refuses the port-forward is told with what to do", async () => {
    const address = await answering(403);
    const cluster = loadCluster({ kubeconfig: await kubeconfig(address) });
    await assert.rejects(
      podRequest(
        cluster,
        { namespace: "monitoring", pod: "am-0", port: 9093 },
        { method: "GET", path: "/metrics", signal },
      ),
      {
        name: "UserError",
        message:
          `You may not forward a port of the pod monitoring/am-0 in the cluster of the context one (${address}).\n` +
          "  Ask for a role with these rights: get and list pods, get and create pods/portforward.",
      },
    );
  });
  it("that cannot be reached is told with what to do", async () => {
    const cluster = loadCluster({ kubeconfig: await kubeconfig("http://127.0.0.1:1") });
    await assert.rejects(listPods(cluster, "monitoring", "a=b", signal), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.what,
        /^Cannot reach the cluster of the context one \(http:\/\/127\.0\.0\.1:1\): .*ECONNREFUSED 127\.0\.0\.1:1\.$/,
      );
      assert.equal(
        error.fix,
        "Is the cluster running, the network or VPN up, and the context the right one? " +
          "`kubectl config get-contexts` shows all.",
      );
      return true;
    });
  });
  it("that never answers is left at once after an abort", async () => {
    const cluster = loadCluster({ kubeconfig: await kubeconfig(await answering("never")) });
    const abort = new AbortController();
    const reason = new Error("stopped");
    setTimeout(() => abort.abort(reason), 50);
    await assert.rejects(listPods(cluster, "monitoring", "a=b", abort.signal), reason);
    const target = { namespace: "monitoring", pod: "am-0", port: 9093 };
    await assert.rejects(podRequest(cluster, target, { method: "GET", path: "/", signal: abort.signal }), reason);
  });

  it("must have Alertmanagers, all of them ready", async () => {
    const cluster = loadCluster({ kubeconfig: await kubeconfig("https://127.0.0.1:1") });
    const pod = (name: string, ready: string): PodFacts => ({
      metadata: { name },
      status: { conditions: [{ type: "Ready", status: ready }] },
    });
    assert.deepEqual(alertmanagerPods(cluster, "monitoring", [pod("am-0", "True"), pod("am-1", "True")]), [
      "am-0",
      "am-1",
    ]);
    assert.throws(() => alertmanagerPods(cluster, "monitoring", []), {
      message:
        "There is no Alertmanager in the namespace monitoring of the context one.\n" +
        "  Deploy the stack first (`pulumi up`), or choose another context or namespace.",
    });
    assert.throws(
      () =>
        alertmanagerPods(cluster, "monitoring", [
          pod("am-0", "True"),
          pod("am-1", "False"),
          { metadata: { name: "am-2" } },
        ]),
      {
        message:
          "Not ready in the namespace monitoring: am-1, am-2.\n" +
          "  See why: `kubectl --context one -n monitoring describe pod am-1`.",
      },
    );
  });
});
