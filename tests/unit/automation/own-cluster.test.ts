import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { clusterIdentity, nearestFirst } from "../../../automation/kube/identity.ts";
import { bindCluster } from "../../../automation/start/bind-cluster.ts";
import { chooseBackend, loggedInTo } from "../../../automation/start/own-backend.ts";
import { plannedText } from "../../../automation/start/planned-changes.ts";

describe("the identity of a cluster", () => {
  let directory: string;
  let server: Server;
  let address: string;
  let kubeconfig: string | undefined;
  let answer: { status: number; body: unknown } | undefined;
  const { signal } = new AbortController();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-identity-"));
    server = createServer((_, response) => {
      if (answer !== undefined) response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const context = (name: string) => ({ name, context: { cluster: "c", user: "u" } });
    const config = {
      apiVersion: "v1",
      kind: "Config",
      // The client speaks plain HTTP only where certificates are not checked.
      clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "not-a-real-token" } }],
      contexts: ["staging", "prod-us", "prod-eu"].map(context),
    };
    kubeconfig = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = join(directory, "kubeconfig");
    await writeFile(process.env["KUBECONFIG"], stringify(config));
  });
  after(async () => {
    if (kubeconfig === undefined) Reflect.deleteProperty(process.env, "KUBECONFIG");
    else process.env["KUBECONFIG"] = kubeconfig;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    await rm(directory, { recursive: true });
  });

  it("is its address and the UID of kube-system", async () => {
    answer = { status: 200, body: { kind: "Namespace", metadata: { name: "kube-system", uid: "the-uid" } } };
    assert.deepEqual(await clusterIdentity({ context: "prod-eu", signal }), { server: address, kubeSystemUid: "the-uid" });
  });

  it("needs the right to read kube-system", async () => {
    answer = { status: 403, body: { kind: "Status", code: 403 } };
    await assert.rejects(clusterIdentity({ context: "prod-eu", signal }), {
      name: "UserError",
      message:
        `You may not read the namespace kube-system in the cluster of the context prod-eu (${address}).\n` +
        "  Belfry installs CRDs and cluster roles: ask for the role cluster-admin, or name a context that has it.",
    });
  });

  it("is not waited for without end", async () => {
    answer = undefined;
    await assert.rejects(clusterIdentity({ context: "prod-eu", signal, timeoutMs: 50 }), {
      name: "UserError",
      message:
        `Cannot reach the cluster of the context prod-eu (${address}): no answer within 0.05 s.\n` +
        "  Is the cluster running, the network or VPN up, and the context the right one? `kubectl config get-contexts` shows all.",
    });
    const abort = new AbortController();
    const reason = new Error("stopped");
    setTimeout(() => { abort.abort(reason); }, 20);
    await assert.rejects(clusterIdentity({ context: "prod-eu", signal: abort.signal }), reason);
  });

  it("of an unknown context: names those there are, the nearest first", async () => {
    await assert.rejects(clusterIdentity({ context: "prod-ue", signal }), {
      name: "UserError",
      message:
        'There is no context "prod-ue" in your kubeconfig.\n' +
        "  It has: prod-us, prod-eu, staging. Name one of them: npm start -- --kube-context NAME",
    });
    assert.deepEqual(nearestFirst("PROD", ["dev", "pred", "prod"]), ["prod", "pred", "dev"]);
  });
});

describe("the state of a stack on a cluster of one's own", () => {
  const checkout = "/checkout";
  const withPassphrase = { PULUMI_CONFIG_PASSPHRASE_FILE: "/passphrase" };
  const choose = (environment: Record<string, string>, loggedIn = false, stackFile = "config: {}\n") =>
    chooseBackend({ checkout, environment, loggedIn, stackFile });

  it("is kept in the checkout unless a backend is named or logged in to", () => {
    assert.equal(choose(withPassphrase), "ours");
    assert.equal(choose({}, true), "theirs");
    assert.equal(choose({ PULUMI_BACKEND_URL: "s3://state" }), "theirs");
    assert.equal(choose({ PULUMI_ACCESS_TOKEN: "pul-token" }), "theirs");
    assert.equal(choose({ PULUMI_BACKEND_URL: "file:///checkout/.belfry/sandbox-of-mine" }), "theirs");
    assert.equal(choose({}, false, "secretsprovider: awskms://alias/x\n"), "ours");
  });

  it("needs a passphrase", () => {
    assert.throws(() => choose({}), {
      name: "UsageError",
      message:
        "PULUMI_CONFIG_PASSPHRASE_FILE is not set: the stack's secrets cannot be read.\n" +
        "  Name the file that holds the passphrase: export PULUMI_CONFIG_PASSPHRASE_FILE=/path/to/passphrase",
    });
  });

  it("is never the sandbox's", () => {
    for (const url of ["file:///checkout/.belfry/sandbox", "file:///checkout/.belfry/sandbox/pulumi/backend"]) {
      assert.throws(() => choose({ ...withPassphrase, PULUMI_BACKEND_URL: url }), {
        name: "UsageError",
        what: "PULUMI_BACKEND_URL names the sandbox's state, which is never mixed with the state of a real cluster.",
      });
    }
  });

  it("is another's when pulumi login has chosen a backend", async () => {
    const home = await mkdtemp(join(tmpdir(), "belfry-home-"));
    try {
      const credentials = join(home, "credentials.json");
      const ask = () => loggedInTo({ PULUMI_HOME: home });
      assert.equal(await ask(), undefined);
      await mkdir(home, { recursive: true });
      for (const [text, expected] of [
        ["{", undefined],
        ["{}", undefined],
        ['{"current":""}', undefined],
        ['{"current":"https://api.pulumi.com"}', "https://api.pulumi.com"],
      ] as const) {
        await writeFile(credentials, text);
        assert.equal(await ask(), expected, text);
      }
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it("is not begun for a stack's file that cannot be read", () => {
    assert.throws(() => bindCluster("config:\n  a: [marked\n", "Pulumi.dev.yaml", { context: "x", kubeSystemUid: "y" }), {
      name: "UserError",
      message: "Pulumi.dev.yaml is not valid YAML (line 3).\n  Mend that line, then run the same command again.",
    });
  });
});

describe("the preview before the question", () => {
  it("names each resource, what would be done to it and which properties differ", () => {
    assert.equal(
      plannedText([
        { operation: "create", resource: "Secret a", properties: [] },
        { operation: "update", resource: "Release b", properties: ["values", "version"] },
        { operation: "replace", resource: "Namespace c", properties: ["metadata"] },
        { operation: "delete", resource: "Service d", properties: [] },
      ]),
      "  +  create  Secret a\n" +
        "  ~  update  Release b (values, version)\n" +
        "  +- replace Namespace c (metadata)\n" +
        "  -  delete  Service d\n" +
        "1 to create, 1 to update, 1 to replace, 1 to delete.\n",
    );
    assert.equal(plannedText([]), "Nothing has to be changed.\n");
  });
});
