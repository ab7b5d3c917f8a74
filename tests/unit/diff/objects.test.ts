import assert from "node:assert/strict";
import { compareStack } from "../../../automation/diff/compare.ts";
import { definitionVersions } from "../../../automation/diff/objects.ts";
import { UserError } from "../../../config/user-error.ts";
import { compared, files, helmOutput, object, section, side } from "./stage.ts";

const service = (name: string, spec: Record<string, unknown> = {}) => object("Service", name, { spec: { ports: [{ name: "http", port: 80 }], ...spec } });

describe("the objects of a comparison", () => {
  it("that come, go and change are listed, the gone ones first and in bold", () => {
    const diff = compared(
      { objects: [service("gone"), service("same"), object("ConfigMap", "settings", { data: { level: "info", "a.b/c": "1" } })] },
      { objects: [service("same"), service("new"), object("ConfigMap", "settings", { data: { level: "debug", "a.b/c": "1", more: "x" } })] },
    );
    assert.equal(
      section(diff, "All objects"),
      [
        "- **removed** `Service monitoring/gone`",
        "- changed `ConfigMap monitoring/settings`",
        "  - `data.level`: `info` → `debug`",
        "  - `data.more` added: `x`",
        "- added `Service monitoring/new`",
      ].join("\n"),
    );
    assert.equal(section(diff, "To look at"), "- **deleted**: `Service monitoring/gone`");
  });

  it("that cannot be changed in place are replaced, with the reason", () => {
    const account = (role: string) =>
      object("ClusterRoleBinding", "b", { apiVersion: "rbac.authorization.k8s.io/v1", roleRef: { kind: "ClusterRole", name: role }, subjects: [] }, null);
    const diff = compared({ objects: [account("view")] }, { objects: [account("edit")] });
    assert.equal(section(diff, "To look at"), "- **replaced**: `ClusterRoleBinding b`: `roleRef cannot be changed in place`");
    assert.equal(
      section(diff, "All objects"),
      "- **replaced** `ClusterRoleBinding b`: `roleRef cannot be changed in place`\n  - `roleRef.name`: `view` → `edit`",
    );
  });

  it("keep what the provider changes in place", () => {
    const diff = compared({ objects: [object("ConfigMap", "c", { data: { a: "1" } })] }, { objects: [object("ConfigMap", "c", { data: { a: "2" } })] });
    assert.deepEqual(diff.findings, []);
    assert.deepEqual(diff.objects.map(({ change }) => change), ["changed"]);
  });

  it("count a release that moves to another namespace as replaced, and one that goes as deleted with all it has", () => {
    const release = (namespace: string) => ({ name: "falco", namespace, chart: "falco", version: "9.1.0", values: { driver: { modernEbpf: { leastPrivileged: true } } } });
    assert.equal(
      section(compared({ releases: [release("falco")] }, { releases: [release("security")] }), "To look at"),
      "- **replaced**: `Release security/falco`: `a release cannot move to another namespace`",
    );
    assert.equal(
      section(compared({ releases: [release("falco")] }, {}), "To look at"),
      "- **deleted**: `Release falco/falco`: `with everything that it installed`",
    );
  });

  it("of a chart are told from the program's own, and what Helm cannot change is said", () => {
    const set = (size: string) =>
      object("StatefulSet", "db", {
        apiVersion: "apps/v1",
        spec: { replicas: 1, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage: size } } } }] },
      });
    const charted = (size: string) => side({}, { charts: new Map([["kube-prometheus-stack", helmOutput(set(size))]]) });
    const diff = compareStack("prod", charted("5Gi"), charted("10Gi"));
    assert.deepEqual(diff.notes, []);
    assert.equal(
      section(diff, "To look at"),
      "- **replaced**: `StatefulSet monitoring/db`: `spec.volumeClaimTemplates cannot be changed in place: Helm's upgrade fails until the object is deleted (release kube-prometheus-stack)`",
    );
    const [change] = diff.objects;
    assert.deepEqual([change?.change, change?.release, change?.paths.map(({ path }) => path)], [
      "changed",
      "kube-prometheus-stack",
      ["spec.volumeClaimTemplates[0].spec.resources.requests.storage"],
    ]);
  });

  it("of a chart that was rendered on one side only are not mistaken for new ones", () => {
    const before = side({});
    const after = side({ values: { a: 1 } }, { charts: new Map([["kube-prometheus-stack", helmOutput(object("Service", "x"))]]) });
    const diff = compareStack("prod", before, after);
    assert.deepEqual(diff.objects.map(({ kind, change }) => [kind, change]), [["Release", "changed"]]);
    assert.deepEqual(diff.notes, ["Compared by their values only, without the objects that their charts make of them: kube-prometheus-stack."]);
  });

  it("of a chart that makes some up anew each time are compared without those parts", () => {
    const made = (certificate: string, replicas: number) => ({
      charts: new Map([
        ["kube-prometheus-stack", helmOutput(object("Secret", "tls", { data: { crt: certificate } }), object("Deployment", "app", { apiVersion: "apps/v1", spec: { replicas } }))],
      ]),
    });
    const before = { ...side({}, made("YQ==", 1)), chartsAgain: made("Yg==", 1).charts };
    const diff = compareStack("prod", before, side({ values: { a: 1 } }, made("Yw==", 2)));
    assert.deepEqual(diff.objects.map(({ kind }) => kind), ["Release", "Deployment"]);
    assert.deepEqual(diff.notes, ["Made anew by their charts each time, so not compared: parts of Secret monitoring/tls."]);
  });

  it("that an upgrade only labels anew are one line", () => {
    const labelled = (version: string) =>
      helmOutput(
        ...["a", "b"].map((name) => ({
          apiVersion: "v1",
          kind: "Service",
          metadata: { name, labels: { "helm.sh/chart": `x-${version}`, "app.kubernetes.io/version": version } },
        })),
      );
    const at = (version: string) => side({ version }, { charts: new Map([["kube-prometheus-stack", labelled(version)]]) });
    assert.equal(
      section(compareStack("prod", at("1.0.0"), at("1.0.1")), "All objects"),
      "- changed `Release monitoring/kube-prometheus-stack`\n  - `version`: `1.0.0` → `1.0.1`\n- 2 objects change only in labels that name the version of a chart",
    );
  });

  it("of a stack that is new or gone are all of them", () => {
    const diff = compareStack("prod", undefined, side({ objects: [service("a")] }));
    assert.deepEqual(diff.objects.map(({ name, change }) => [name, change]), [["kube-prometheus-stack", "added"], ["a", "added"]]);
    assert.deepEqual(diff.notes.slice(0, 1), ["This stack is new."]);
    assert.deepEqual(compareStack("prod", side({ objects: [service("a")] }), undefined).objects.map(({ change }) => change), ["removed", "removed"]);
  });

  it("are none when nothing differs", () => {
    const diff = compared({ objects: [service("a")] }, { objects: [service("a")] });
    assert.deepEqual([diff.objects, diff.findings, diff.alerts, diff.receivers, diff.requests, diff.secrets], [[], [], [], [], null, []]);
  });

  it("cannot be read from a file that is none", () => {
    const broken = { ...side({}), files: new Map([...files({}), ["monitoring/x.yaml", "a: [canary-in-a-broken-file"]]) };
    assert.throws(
      () => compareStack("prod", broken, side({})),
      new UserError(
        "monitoring/x.yaml is not a file that belfry render writes.",
        "Render the stack anew into an empty directory: npm run belfry -- render --stack STACK --out DIRECTORY",
      ),
    );
  });
});

const definition = (served: boolean, more: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    a: b
  name: probes.monitoring.coreos.com
spec:
  group: monitoring.coreos.com
  versions:
  - additionalPrinterColumns:
    - name: Age
      type: date
    name: v1
    schema:
      openAPIV3Schema:
        properties:
          name: {type: string}${more}
    served: ${String(served)}
    storage: true
  - name: v1alpha1
    served: false
    storage: false
status:
  a: b
`;

describe("definitions of kinds", () => {
  it("are read for their versions alone", () => {
    assert.deepEqual(definitionVersions(definition(true, "")), { v1: "served: true, storage: true", v1alpha1: "served: false, storage: false" });
    assert.deepEqual(definitionVersions("kind: CustomResourceDefinition\n"), {});
  });

  const charted = (...texts: readonly string[]) => side({}, { charts: new Map([["kube-prometheus-stack", texts.map((text) => `---\n${text}`).join("")]]) });

  it("that the cluster keeps are said to stay", () => {
    const kept = definition(true, "").replace("a: b\n  name", "a: b\n    helm.sh/resource-policy: keep\n  name");
    assert.equal(
      section(compareStack("prod", charted(kept), charted()), "To look at"),
      "- **definition deleted**: `CustomResourceDefinition probes.monitoring.coreos.com`: `the cluster keeps it: helm.sh/resource-policy`",
    );
  });

  it("that change, come and go are in bold", () => {
    const other = definition(true, "").replace("probes.", "others.");
    assert.equal(
      section(compareStack("prod", charted(definition(true, ""), other), charted(definition(false, ""))), "To look at"),
      [
        "- **definition changed**: `CustomResourceDefinition probes.monitoring.coreos.com`: `v1: served: true, storage: true → served: false, storage: true`",
        "- **definition deleted**: `CustomResourceDefinition others.monitoring.coreos.com`: `every object of this kind goes with it, also those of others`",
      ].join("\n"),
    );
    assert.equal(
      section(compareStack("prod", charted(definition(true, "")), charted(definition(true, "\n          more: {}"), other)), "To look at"),
      [
        "- **new definition**: `CustomResourceDefinition others.monitoring.coreos.com`: `a new kind of object`",
        "- **definition changed**: `CustomResourceDefinition probes.monitoring.coreos.com`: `its schema changes`",
      ].join("\n"),
    );
  });
});
