import assert from "node:assert/strict";

import { imageReference, scanReports, trivyOperator } from "../../../sandbox/daemon/exporter/trivy.ts";
import { KubeStatusError } from "../../../sandbox/daemon/kube-client.ts";
import type { Deployment } from "../../../sandbox/daemon/objects.ts";
import { reportObject, writeReports } from "../../../sandbox/daemon/reports.ts";
import { deployment, emptyCluster, pod } from "./objects.ts";

const owner = { kind: "ReplicaSet", name: "react-application-5d9", apiVersion: "apps/v1", uid: "u1" };
const demo = pod("react-application-5d9-x", {
  namespace: "test",
  owner,
  containers: [{ name: "react-application", image: "anaisurlichs/react-example-app:9.0.0" }],
});
const shop = pod("shop-0", {
  namespace: "shop",
  owner: { kind: "StatefulSet", name: "shop" },
  containers: [{ name: "web", image: "registry.example.com:5000/shop/web:1.2.3@sha256:abc" }],
});

function operator(env: Record<string, string> = {}, available = 1): Deployment {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const made = deployment("trivy-operator", available, { containers: [{ name: "trivy-operator", env: variables }] }, {});
  return { ...made, metadata: { ...made.metadata, namespace: "trivy-system" } };
}

const cluster = (...deployments: Deployment[]) => ({ ...emptyCluster, deployments, pods: [demo, shop] });

describe("Trivy, played", () => {
  it("finds something in the demo's image and nothing in others, each severity with a series", () => {
    const [family] = trivyOperator(cluster(operator()));
    assert.equal(family?.name, "trivy_image_vulnerabilities");
    const counts = (namespace: string) =>
      family.samples.filter(({ labels }) => labels["namespace"] === namespace).map(({ labels, value }) => [labels["severity"], value]);
    assert.deepEqual(counts("test"), [["Critical", 9], ["High", 41], ["Medium", 56], ["Low", 12], ["Unknown", 1]]);
    assert.deepEqual(counts("shop"), [["Critical", 0], ["High", 0], ["Medium", 0], ["Low", 0], ["Unknown", 0]]);
  });

  it("labels the series as the operator does", () => {
    const [family] = trivyOperator(cluster(operator()));
    assert.deepEqual(family?.samples[0]?.labels, {
      namespace: "shop",
      name: "statefulset-shop-web",
      resource_kind: "StatefulSet",
      resource_name: "shop",
      container_name: "web",
      image_registry: "registry.example.com:5000",
      image_repository: "shop/web",
      image_tag: "1.2.3",
      image_digest: "sha256:abc",
      severity: "Critical",
    });
  });

  it("knows images as Trivy names them", () => {
    const of = (image: string) => Object.values(imageReference(image)).join(" ");
    assert.equal(of("nginx"), "index.docker.io library/nginx latest ");
    assert.equal(of("docker.io/grafana/grafana:13.2.0"), "index.docker.io grafana/grafana 13.2.0 ");
    assert.equal(of("localhost:5000/a"), "localhost:5000 a latest ");
    assert.equal(of("ghcr.io/a/b@sha256:1"), "ghcr.io a/b  sha256:1");
  });

  it("says nothing without an operator that is there", () => {
    assert.deepEqual(scanReports(cluster()), []);
    assert.deepEqual(scanReports(cluster(operator({}, 0))), []);
  });

  it("keeps to the operator's scope", () => {
    const scanned = (env: Record<string, string>) => scanReports(cluster(operator(env))).map(({ namespace }) => namespace);
    assert.deepEqual(scanned({}), ["shop", "test"]);
    assert.deepEqual(scanned({ OPERATOR_TARGET_NAMESPACES: "test", OPERATOR_EXCLUDE_NAMESPACES: "test" }), ["test"]);
    assert.deepEqual(scanned({ OPERATOR_EXCLUDE_NAMESPACES: "kube-system,te*" }), ["shop"]);
  });
});

describe("the reports in the simulated cluster", () => {
  it("belong to the workload and count what the metric counts", () => {
    const report = scanReports(cluster(operator())).find(({ namespace }) => namespace === "test");
    assert.ok(report !== undefined);
    const { metadata, report: content } = reportObject(report, "2026-01-01T00:00:00Z") as {
      metadata: Record<string, unknown>;
      report: Record<string, unknown>;
    };
    assert.equal(metadata["name"], "replicaset-react-application-5d9-react-application");
    assert.deepEqual(metadata["ownerReferences"], [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "react-application-5d9", uid: "u1", controller: true, blockOwnerDeletion: false },
    ]);
    assert.deepEqual(content["artifact"], { repository: "anaisurlichs/react-example-app", tag: "9.0.0", digest: "" });
    assert.deepEqual(content["summary"], { criticalCount: 9, highCount: 41, mediumCount: 56, lowCount: 12, unknownCount: 1 });
  });

  it("are written once, and anew for a workload that comes back", async () => {
    const paths: string[] = [];
    const client = { apply: (path: string) => Promise.resolve(void paths.push(path)) };
    const written = new Map<string, string>();
    const now = "2026-01-01T00:00:00Z";
    assert.deepEqual(await writeReports(client, cluster(operator()), written, now), { state: "running" });
    await writeReports(client, cluster(operator()), written, now);
    const base = "/apis/aquasecurity.github.io/v1alpha1/namespaces";
    const first = [
      `${base}/shop/vulnerabilityreports/statefulset-shop-web`,
      `${base}/test/vulnerabilityreports/replicaset-react-application-5d9-react-application`,
    ];
    assert.deepEqual(paths, first);
    const away = await writeReports(client, cluster(), written, now);
    assert.deepEqual(away, { state: "waiting", detail: "there is no Trivy Operator" });
    await writeReports(client, cluster(operator()), written, now);
    assert.deepEqual(paths, [...first, ...first]);
  });

  it("wait for their kind", async () => {
    const client = { apply: () => Promise.reject(new KubeStatusError(404, "no such kind")) };
    assert.deepEqual(await writeReports(client, cluster(operator()), new Map(), ""), {
      state: "waiting",
      detail: "reports cannot be written yet",
    });
  });

  it("tell any other failure", async () => {
    const client = { apply: () => Promise.reject(new KubeStatusError(500, "broken")) };
    await assert.rejects(writeReports(client, cluster(operator()), new Map(), ""), { message: "broken" });
  });
});
