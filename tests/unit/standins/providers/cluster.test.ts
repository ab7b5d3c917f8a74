import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../../config/user-error.ts";
import { assertSandbox, isLoopback } from "../../../../sandbox/standins/providers/guard.ts";
import { installStandinProviders, wrapper } from "../../../../sandbox/standins/providers/install.ts";
import { KubeClient } from "../../../../sandbox/standins/providers/kube-client.ts";
import { kubeconfigFor, readKubeconfig } from "../../../../sandbox/standins/providers/kubeconfig.ts";
import { KubernetesObjects } from "../../../../sandbox/standins/providers/objects.ts";
import { secret, unknown, type WireObject } from "../../../../sandbox/standins/providers/wire.ts";

const seed = new Uint8Array([1, 2, 3]);
const options = { mutable: { secrets: false, configMaps: false }, force: false, upsert: false };

describe("the stand-in provider and its cluster", () => {
  let directory: string;
  let server: Server;
  let client: KubeClient;
  let requests: string[] = [];
  let answers: Record<string, WireObject> = {};

  const answer = (request: IncomingMessage): WireObject | undefined => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    return answers[`${request.method ?? ""} ${(request.url ?? "").split("?")[0] ?? ""}`];
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-standins-"));
    server = createServer((request, response) => {
      const found = answer(request);
      response.statusCode = found === undefined ? 404 : 200;
      response.end(JSON.stringify(found ?? { kind: "Status", reason: "NotFound", message: "not found" }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    client = new KubeClient({ context: "x", namespace: "default", server: new URL(`http://127.0.0.1:${port}`) });
  });

  beforeEach(() => {
    requests = [];
    answers = {
      "GET /api/v1": {
        resources: [
          { name: "secrets", kind: "Secret", namespaced: true },
          { name: "namespaces", kind: "Namespace", namespaced: false },
          { name: "namespaces/status", kind: "Namespace", namespaced: false },
        ],
      },
      "GET /api/v1/namespaces/kube-system": { metadata: { uid: "recorded" } },
    };
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  const record = async (uid: string) => {
    const file = join(directory, `${uid}.json`);
    await writeFile(file, JSON.stringify({ kubeSystemUid: uid }));
    return file;
  };

  const refusal = (because: string) => ({
    name: "UserError",
    message:
      `The stand-in for Pulumi's Kubernetes provider works with Belfry's sandbox only, and ${because}. Nothing was written.\n` +
      "  For a cluster of your own install the real provider: pulumi plugin install resource kubernetes",
  });

  it("is the recorded one, on loopback, or nothing is written", async () => {
    const { origin } = client.access.server;
    await assertSandbox(client, await record("recorded"));
    await assert.rejects(
      assertSandbox(client, await record("another")),
      refusal(`kube-system at ${origin} has the UID recorded, the sandbox's has another`),
    );
    await assert.rejects(assertSandbox(client, undefined), refusal("BELFRY_SANDBOX is not set"));
    const missing = join(directory, "none.json");
    await assert.rejects(assertSandbox(client, missing), refusal(`${missing} is not the record of a sandbox`));
    const away = new KubeClient({ ...client.access, server: new URL("https://10.0.0.1:6443") });
    await assert.rejects(
      assertSandbox(away, await record("recorded")),
      refusal("https://10.0.0.1:6443 is not on this machine's loopback"),
    );
  });

  it("is on loopback only where no name and no address can lead elsewhere", () => {
    const is = (host: string) => isLoopback(new URL(`https://${host}:6443`));
    assert.deepEqual(
      ["127.0.0.1", "127.8.9.1", "[::1]", "localhost"].filter((host) => !is(host)),
      [],
    );
    assert.deepEqual(["10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "[::2]", "0.0.0.0"].filter(is), []);
  });

  it("is not written to when the guard refuses", async () => {
    const refused = () => Promise.reject(new Error("refused"));
    const objects = new KubernetesObjects(client, options, refused);
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
    const request = {
      urn: "u::p::kubernetes:core/v1:Namespace::a",
      news: object,
      timeoutSeconds: 0,
      signal: new AbortController().signal,
    };
    await assert.rejects(objects.create({ ...request, preview: false }), { message: "refused" });
    await assert.rejects(objects.create({ ...request, preview: true }), { message: "refused" });
    await assert.rejects(objects.update({ ...request, preview: false, id: "a", olds: object }), { message: "refused" });
    await assert.rejects(objects.delete({ ...request, id: "a", state: object, oldInputs: object }), {
      message: "refused",
    });
    assert.deepEqual(
      requests.filter((one) => !one.startsWith("GET ")),
      [],
    );
  });

  it("gets names, namespaces and encoded contents before anything is written", async () => {
    const objects = new KubernetesObjects(client, options, () => Promise.resolve());
    const urn = "urn:pulumi:dev::p::a:b:C$kubernetes:core/v1:Secret::hook";
    const news = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { labels: { a: "b" } },
      stringData: { url: secret("x"), later: unknown },
    };
    const { inputs } = await objects.check({ urn, olds: {}, news, randomSeed: seed });
    const name = "hook-039058c6";
    const metadata = {
      labels: { a: "b" },
      name,
      namespace: "default",
      annotations: { "pulumi.com/autonamed": "true" },
    };
    assert.deepEqual(inputs, {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      data: secret({ url: "eA==", later: unknown }),
    });
    const again = await objects.check({ urn, olds: inputs, news, randomSeed: new Uint8Array([9]) });
    assert.deepEqual(again.inputs, inputs);
  });

  it("gives no namespace to what has none, and keeps a given name", async () => {
    const objects = new KubernetesObjects(client, options, () => Promise.resolve());
    const urn = "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::ns";
    const news = { metadata: { name: "monitoring", namespace: "wrong", uid: "x" } };
    const { inputs } = await objects.check({ urn, olds: {}, news, randomSeed: seed });
    assert.deepEqual(inputs, { apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
  });

  it("replaces an object of the same name only after the old one is gone", async () => {
    const objects = new KubernetesObjects(client, options, () => Promise.resolve());
    const at = (name: string, url: string, annotations: WireObject = {}) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "a", annotations },
      data: secret({ url }),
    });
    const diff = async (oldInputs: WireObject, news: WireObject) => {
      const { changes, deleteBeforeReplace } = await objects.diff({ urn: "u", id: "i", oldInputs, news });
      return [...changes.map(({ path, replaces }) => [path.join("."), replaces]), deleteBeforeReplace];
    };
    assert.deepEqual(await diff(at("a", "1"), at("a", "1")), [false]);
    assert.deepEqual(await diff(at("a", "1"), at("a", "2")), [["data.url", true], true]);
    assert.deepEqual(await diff(at("a", "1"), at("b", "1")), [["metadata.name", true], false]);
    const auto = { "pulumi.com/autonamed": "true" };
    assert.deepEqual(await diff(at("a", "1", auto), at("a", "2", auto)), [["data.url", true], false]);
    assert.deepEqual(await diff(at("a", "1"), at("a", "1", { x: "y" })), [["metadata.annotations.x", false], false]);
  });

  it("is read from a kubeconfig by context, from a file or as text", async () => {
    const access = {
      context: "two",
      namespace: "team",
      server: new URL("https://127.0.0.1:6443/"),
      authority: "CA",
      certificate: "C",
      key: "K",
    };
    const text = kubeconfigFor(access);
    assert.deepEqual(await readKubeconfig(text, "two"), access);
    const file = join(directory, "kubeconfig");
    await writeFile(file, text);
    assert.deepEqual(await readKubeconfig(file), access);
    const hint =
      "\n  The stand-in providers work with the sandbox's kubeconfig only: `npm run belfry -- env` names it.";
    await assert.rejects(readKubeconfig(file, "three"), {
      name: "UserError",
      message: `${file} has no context "three" with a cluster and its address.${hint}`,
    });
    await assert.rejects(readKubeconfig(join(directory, "none")), {
      message: `${join(directory, "none")} is not a kubeconfig.${hint}`,
    });
    const proxied = text.replace("server:", "proxy-url: http://example.com\n      server:");
    await assert.rejects(readKubeconfig(proxied), {
      message: `The context "two" of the given kubeconfig leads through a proxy.${hint}`,
    });
  });

  it("that cannot be reached is told with what to do", async () => {
    const gone = new KubeClient({ ...client.access, server: new URL("http://127.0.0.1:9") });
    await assert.rejects(gone.call("GET", "/api/v1"), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(
        error.message,
        "The API server at http://127.0.0.1:9 cannot be reached (ECONNREFUSED).\n  Start the sandbox with `npm start`, then try again.",
      );
      return true;
    });
  });

  it("is reached by programs that the engine finds on its PATH", async () => {
    const providerPath = join(directory, "providers");
    await installStandinProviders({ layout: { providerPath }, helm: "/opt/helm" });
    for (const name of ["pulumi-resource-kubernetes", "pulumi-resource-random"]) {
      assert.equal((await stat(join(providerPath, name))).mode & 0o777, 0o700);
    }
    const script = await readFile(join(providerPath, "pulumi-resource-kubernetes"), "utf8");
    assert.match(
      script,
      /^#!\/bin\/sh\nexec '.*' '--import' 'file:.*tsx.*' '.*kubernetes\.ts' '--helm' '\/opt\/helm' "\$@"\n$/,
    );
    assert.equal(
      wrapper("/a b/node", "file:///t", ["it's"]),
      `#!/bin/sh\nexec '/a b/node' '--import' 'file:///t' 'it'\\''s' "$@"\n`,
    );
  });
});
