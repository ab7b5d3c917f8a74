/** The stand-in providers under a real engine, on a real API server, with the real Helm. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ApiError } from "../../sandbox/standins/providers/kube-client.ts";
import { until } from "../../sandbox/wait.ts";
import { openStage, type Outcome, type Stage } from "./provider-stage.ts";

/** What the program of most tests can vary. */
interface Variant {
  readonly namespace?: string;
  readonly url?: string;
  readonly label?: string;
  readonly note?: string;
  readonly nodeSelector?: Record<string, string>;
}

const canaries = ["https://canary-one.example.com/x", "https://canary-two.example.com/x"] as const;
const unplaced = { "belfry.dev/nowhere": "true" };

describe("the stand-in providers", function () {
  this.timeout(300_000);
  let stage: Stage;

  before(async function () {
    this.timeout(20 * 60_000);
    stage = await openStage();
  });

  after(() => stage.close());

  const provider = () => ({ provider: new kubernetes.Provider("sandbox", { context: "belfry-sandbox" }) });

  const program =
    (variant: Variant = {}) =>
    () => {
      const options = provider();
      const password = new random.RandomPassword("password", { length: 24, special: false });
      const namespace = new kubernetes.core.v1.Namespace(
        "ns",
        { metadata: { name: variant.namespace ?? "trial" } },
        options,
      );
      const inside = namespace.metadata.name;
      const secret = new kubernetes.core.v1.Secret(
        "hook",
        {
          metadata: { name: "hook", namespace: inside },
          stringData: { url: pulumi.secret(variant.url ?? canaries[0]), password: password.result },
        },
        options,
      );
      new kubernetes.rbac.v1.ClusterRole(
        "role",
        {
          metadata: { name: "trial-role", labels: { "example.com/a": variant.label ?? "one" } },
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
        },
        options,
      );
      const named = new kubernetes.core.v1.ServiceAccount("account", { metadata: { namespace: inside } }, options);
      const values = {
        note: variant.note ?? "first",
        extra: { dropped: null },
        nodeSelector: variant.nodeSelector ?? {},
      };
      const release = new kubernetes.helm.v3.Release(
        "release",
        {
          name: "demo",
          namespace: inside,
          chart: stage.chart,
          timeout: variant.nodeSelector === undefined ? 120 : 4,
          values,
        },
        { ...options, dependsOn: [secret] },
      );
      const system = kubernetes.core.v1.Namespace.get("kube-system", "kube-system", options);
      return Promise.resolve({
        phase: system.status.phase,
        account: named.metadata.name,
        status: release.status,
        resources: release.resourceNames,
      });
    };

  /** As the API server has it; undefined when it is not there. */
  const object = async (path: string): Promise<unknown> => {
    try {
      return await stage.client.call("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  };

  const succeeded = (outcome: Outcome): Outcome => {
    assert.equal(outcome.error, undefined, outcome.text);
    return outcome;
  };

  const failed = (outcome: Outcome): string => {
    assert.notEqual(outcome.error, undefined, outcome.text);
    return outcome.text;
  };

  const created = ["account", "hook", "ns", "password", "release", "role"].map((name) => `${name} create`);

  it("previews without writing", async () => {
    const { steps } = succeeded(await stage.operate("preview", program()));
    assert.deepEqual(steps, created);
    assert.equal(await object("/api/v1/namespaces/trial"), undefined);
    assert.equal(await object("/apis/rbac.authorization.k8s.io/v1/clusterroles/trial-role"), undefined);
  });

  it("creates everything and keeps secrets out of state and output", async () => {
    const outcome = succeeded(await stage.operate("up", program()));
    assert.deepEqual(outcome.steps, created);
    assert.match(outcome.text, /account *: "account-[0-9a-f]{8}"/);
    assert.match(outcome.text, /status *: "deployed"/);
    assert.match(outcome.text, /Deployment.apps\/apps\/v1: \[\n *\[0\]: "trial\/demo-web"/);
    const secret = (await object("/api/v1/namespaces/trial/secrets/hook")) as { data: Record<string, string> };
    assert.equal(Buffer.from(secret.data["url"] ?? "", "base64").toString(), canaries[0]);
    const note = (await object("/api/v1/namespaces/trial/configmaps/demo-note")) as { data: Record<string, string> };
    assert.deepEqual(note.data, { note: "first", extra: '{"kept":1}' });
    const told = `${outcome.text}\n${await stage.backendText()}`;
    for (const text of [canaries[0], secret.data["url"] ?? "", secret.data["password"] ?? ""]) {
      assert.equal(told.includes(text), false, "a secret is in the state or in the output");
    }
  });

  it("has nothing to do the second time", async () => {
    assert.deepEqual(succeeded(await stage.operate("preview", program())).steps, []);
  });

  it("names changed paths, and replaces a Secret as the real provider does", async () => {
    const changed = program({ url: canaries[1], label: "two", note: "second" });
    const { steps, text } = succeeded(await stage.operate("up", changed));
    assert.deepEqual(steps, [
      "hook create-replacement data.url:update-replace",
      "hook delete-replaced",
      "hook replace data.url:update-replace",
      "release update values.note:update",
      'role update metadata.labels["example.com/a"]:update',
    ]);
    assert.equal(text.includes(canaries[1]), false);
    assert.deepEqual(succeeded(await stage.operate("preview", changed)).steps, []);
  });

  it("sees by a refresh what was deleted and changed by hand, and mends it", async () => {
    const wanted = program({ url: canaries[1], label: "two", note: "second" });
    await stage.client.call("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/trial-role");
    await stage.client.call("PATCH", "/api/v1/namespaces/trial/secrets/hook", {
      body: { data: { url: Buffer.from("https://by-hand.example.com").toString("base64") } },
      contentType: "application/merge-patch+json",
    });
    succeeded(await stage.operate("refresh", wanted));
    const { steps } = succeeded(await stage.operate("up", wanted));
    assert.ok(steps.includes("role create"), steps.join("\n"));
    assert.ok(
      steps.some((step) => step.startsWith("hook create-replacement")),
      steps.join("\n"),
    );
    const secret = (await object("/api/v1/namespaces/trial/secrets/hook")) as { data: Record<string, string> };
    assert.equal(Buffer.from(secret.data["url"] ?? "", "base64").toString(), canaries[1]);
    assert.deepEqual(succeeded(await stage.operate("preview", wanted)).steps, []);
  });

  it("replaces everything in a namespace that gets another name", async () => {
    const { steps } = succeeded(await stage.operate("up", program({ namespace: "trial-two", url: canaries[1] })));
    const replaced = steps.filter((step) => step.includes(" create-replacement")).map((step) => step.split(" ")[0]);
    assert.deepEqual(replaced, ["account", "hook", "ns", "release"]);
    assert.equal(await object("/api/v1/namespaces/trial"), undefined);
  });

  it("leaves nothing behind", async () => {
    succeeded(await stage.operate("destroy", program()));
    assert.equal(await object("/api/v1/namespaces/trial-two"), undefined);
    assert.equal(await object("/apis/rbac.authorization.k8s.io/v1/clusterroles/trial-role"), undefined);
  });

  it("records a release that does not become ready, says why, and mends it by the next operation", async () => {
    const text = failed(await stage.operate("up", program({ nodeSelector: unplaced })));
    assert.match(text, /Release trial\/demo was created, but failed to initialize completely: INSTALLATION FAILED: /);
    assert.match(text, /pod demo-web-\S+: not placed on a node: 0\/2 nodes are available/);
    const { steps } = succeeded(await stage.operate("up", program()));
    assert.deepEqual(steps, ['release update timeout:update values.nodeSelector["belfry.dev/nowhere"]:delete']);
    assert.deepEqual(succeeded(await stage.operate("preview", program())).steps, []);
    succeeded(await stage.operate("destroy", program()));
  });

  const small = (define: (options: { provider: kubernetes.Provider }) => void) => () => {
    define(provider());
    return Promise.resolve();
  };

  it("ends Helm when the operation is cancelled, and records how far it came", async () => {
    const waiting = small((options) => {
      const values = { nodeSelector: unplaced };
      new kubernetes.helm.v3.Release(
        "r",
        { name: "late", namespace: "default", chart: stage.chart, timeout: 100, values },
        options,
      );
    });
    const abort = new AbortController();
    const deployments = () => stage.client.list("apps/v1", "deployments", "default");
    const operation = stage.operate("up", waiting, { stack: "cancelled", signal: abort.signal });
    assert.ok(await until(async () => ((await deployments()).length > 0 ? true : undefined), { timeoutMs: 60_000 }));
    const cancelled = performance.now();
    abort.abort();
    const text = failed(await operation);
    assert.ok(performance.now() - cancelled < 10_000);
    assert.match(text, /Release default\/late was created, but failed to initialize completely/);
    succeeded(await stage.operate("destroy", waiting, { stack: "cancelled" }));
    assert.deepEqual(await deployments(), []);
  });

  const refusals: readonly {
    readonly name: string;
    readonly define: () => () => Promise<void>;
    readonly message: RegExp;
  }[] = [
    {
      name: "an object that is there already",
      define: () =>
        small((options) => new kubernetes.core.v1.Namespace("n", { metadata: { name: "default" } }, options)),
      message: /Creating Namespace default failed: namespaces "default" already exists\. To take it into this stack/,
    },
    {
      name: "an object that the API server refuses, without the secret in its message",
      define: () =>
        small((options) => {
          const selector = { app: pulumi.secret("canary with spaces") };
          new kubernetes.core.v1.Service(
            "s",
            { metadata: { name: "s" }, spec: { ports: [{ port: 80 }], selector } },
            options,
          );
        }),
      message:
        /Creating Service default\/s failed: Service "s" is invalid: spec\.selector: Invalid value: "\[secret\]": a valid label/,
    },
    {
      name: "values that the chart does not have",
      define: () =>
        small((options) => {
          const values = { nope: 1 };
          new kubernetes.helm.v3.Release("r", { name: "r", namespace: "default", chart: stage.chart, values }, options);
        }),
      message: /Installing release default\/r failed: [^]*additional properties 'nope' not allowed/,
    },
    {
      name: "a chart that cannot be had",
      define: () =>
        small((options) => {
          const repositoryOpts = { repo: "http://127.0.0.1:9" };
          new kubernetes.helm.v3.Release("r", { name: "r", chart: "demo", repositoryOpts }, options);
        }),
      message:
        /"http:\/\/127\.0\.0\.1:9" is not a valid chart repository or cannot be reached: .*; check the chart name and repository/,
    },
  ];

  for (const { name, define, message } of refusals) {
    it(`refuses ${name}`, async () => {
      const text = failed(await stage.operate("up", define(), { stack: "refused" }));
      assert.match(text, message);
      assert.equal(text.includes("canary with spaces"), false);
      succeeded(await stage.operate("destroy", define(), { stack: "refused" }));
    });
  }

  it("writes to no cluster but the recorded one", async () => {
    const other = join(stage.layout.root, "other.json");
    await writeFile(other, JSON.stringify({ kubeSystemUid: "another" }));
    const map = small(
      (options) => new kubernetes.core.v1.ConfigMap("c", { metadata: { name: "c" }, data: {} }, options),
    );
    const text = failed(await stage.operate("up", map, { stack: "guarded", stateFile: other }));
    assert.match(
      text,
      /works with Belfry's sandbox only, and kube-system at https:\/\/127\.0\.0\.1:\d+ has the UID \S+, the sandbox's has another\. Nothing was written\./,
    );
    assert.equal(await object("/api/v1/namespaces/default/configmaps/c"), undefined);
  });
});
