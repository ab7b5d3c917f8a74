/** What `destroy` leaves of the whole stack, and of what others have in the same cluster. */
import assert from "node:assert/strict";

import { KubernetesObjectApi } from "@kubernetes/client-node";

import { environmentLines } from "../../automation/sandbox-commands.ts";
import { sandboxKube } from "../../sandbox/kube.ts";
import { type SandboxLayout, sandboxLayout } from "../../sandbox/layout.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { obtainTools, programNames } from "../../sandbox/tools/index.ts";
import { type Checkout, makeCheckout, npmStart, runProgram } from "./checkout.ts";
import { type ClusterObject, clusterObjects, title } from "./cluster-objects.ts";

/** Somebody else's, who uses the same operator. */
const foreign = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "others" } },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "theirs", namespace: "others" },
    spec: { selector: { matchLabels: { app: "theirs" } }, endpoints: [{ port: "http" }] },
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "theirs", namespace: "others" },
    spec: { groups: [{ name: "theirs", rules: [{ record: "theirs", expr: "vector(1)" }] }] },
  },
];
/** Every namespace has these. */
const ofEveryNamespace = (namespace: string) => [
  `ConfigMap ${namespace}/kube-root-ca.crt`,
  `Namespace ${namespace}`,
  `ServiceAccount ${namespace}/default`,
];
const theirs = ["PrometheusRule others/theirs", "ServiceMonitor others/theirs"];

describe("the end of the whole stack", function () {
  this.timeout(900_000);
  let checkout: Checkout;
  let layout: SandboxLayout;
  let untouched: Set<string>;

  before(async () => {
    checkout = await makeCheckout();
    layout = sandboxLayout(checkout.directory);
    const { signal } = new AbortController();
    const tools = obtainTools(programNames, { report: () => undefined, signal });
    await startSandbox({ checkout: checkout.directory, tools, report: () => undefined, signal });
    untouched = new Set((await clusterObjects(layout.kubeconfig)).map(title));
    const { code, output } = await npmStart(checkout.directory, ["--settings", "Pulumi.prod.yaml"]).ended;
    assert.equal(code, 0, output);
  });
  after(async () => {
    await checkout.remove();
  });

  async function pulumi(...args: readonly string[]): Promise<string> {
    const lines = await environmentLines(checkout.directory);
    const variables = [...lines.matchAll(/^export ([A-Z_]+)='(.*)'$/gm)].map(([, name = "", value = ""]) => [name, value]);
    const environment = { ...(Object.fromEntries(variables) as Record<string, string>), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { code, output } = await runProgram("pulumi", args, checkout.directory, environment).ended;
    assert.equal(code, 0, output);
    return output;
  }

  const set = (path: string, value: string) => pulumi("config", "set", "--path", path, value);
  const up = () => pulumi("up", "--yes", "--skip-preview");
  const destroy = () => pulumi("destroy", "--yes", "--skip-preview");

  const added = async (): Promise<ClusterObject[]> =>
    (await clusterObjects(layout.kubeconfig)).filter((object) => !untouched.has(title(object)));
  const kinds = (objects: readonly ClusterObject[], kind: string) => objects.filter((object) => object.kind === kind);
  const uids = (objects: readonly ClusterObject[]) =>
    objects.map((object) => `${title(object)} ${(object.object["metadata"] as { uid: string }).uid}`).sort();

  let claims: string[];

  // Each step starts from what the one before has left.
  describe("with what others have", () => {
    before(async () => {
      const api = KubernetesObjectApi.makeApiClient(sandboxKube(layout.kubeconfig));
      for (const object of foreign) await api.create(object);
      await set("belfry:purgeCrds", "false");
      await set("belfry:storage.retain", "true");
      await up();
      claims = uids(kinds(await added(), "PersistentVolumeClaim"));
      assert.ok(claims.length >= 3, claims.join("\n"));
    });

    it("keeps the CRDs, their objects and the volumes, each as it was, says so, and leaves nothing else", async () => {
      const said = await pulumi("stack", "output", "destroyKeeps");
      await destroy();
      assert.match(said, /The CRDs of prometheus-operator, and with them everybody's objects of their kinds/);
      assert.match(said, /The volumes with their claims, and so the namespaces monitoring and logging/);
      const left = await added();
      assert.equal(kinds(left, "CustomResourceDefinition").filter(({ name }) => name.endsWith(".monitoring.coreos.com")).length, 10);
      assert.deepEqual(uids(kinds(left, "PersistentVolumeClaim")), claims);
      assert.equal(kinds(left, "PersistentVolume").length, claims.length);
      const kept = new Set(["CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume"]);
      const others = left.filter(({ kind }) => !kept.has(kind)).map(title);
      const expected = [...["logging", "monitoring", "others"].flatMap(ofEveryNamespace), ...theirs];
      assert.deepEqual(others.sort(), expected.sort());
    });

    it("is followed by an up that takes all of it over", async () => {
      await up();
      const now = await added();
      assert.deepEqual(uids(kinds(now, "PersistentVolumeClaim")), claims);
      const crds = kinds(now, "CustomResourceDefinition").filter(({ name }) => name.endsWith(".monitoring.coreos.com"));
      const owners = crds.map(({ object }) => (object["metadata"] as { annotations: Record<string, string> }).annotations["meta.helm.sh/release-name"]);
      assert.deepEqual(new Set(owners), new Set(["prometheus-operator-crds"]));
      assert.deepEqual(now.map(title).filter((name) => theirs.includes(name)), theirs);
    });
  });

  describe("with everything purged", () => {
    it("leaves nothing of this stack, and nobody's objects of the CRDs' kinds", async () => {
      await set("belfry:purgeCrds", "true");
      await set("belfry:storage.retain", "false");
      await up();
      assert.equal((await pulumi("stack", "output", "destroyKeeps")).trim(), "[]");
      await destroy();
      assert.deepEqual((await added()).map(title), ofEveryNamespace("others"));
    });
  });
});
