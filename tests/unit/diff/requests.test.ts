import assert from "node:assert/strict";
import { compareStack } from "../../../automation/diff/compare.ts";
import { compared, helmOutput, object, section, side } from "./stage.ts";

type Body = Readonly<Record<string, unknown>>;

const requests = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory }, limits: { memory: "9Gi" } } });
const claim = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
const pod = (...containers: readonly Body[]) => ({ template: { spec: { containers } } });

describe("what a stack requests", () => {
  it("is summed up over its workloads, with what runs on every node beside it", () => {
    const before = [object("Deployment", "web", { spec: { replicas: 2, ...pod(requests("100m", "128Mi"), requests("50m", "64Mi")) } })];
    const after = [
      object("Deployment", "web", { spec: { replicas: 3, ...pod(requests("100m", "128Mi"), requests("50m", "64Mi")) } }),
      object("StatefulSet", "db", { spec: { replicas: 2, ...pod(requests("1", "1Gi")), volumeClaimTemplates: [claim("10Gi")] } }),
      object("DaemonSet", "agent", { spec: pod(requests("10m", "32Mi")) }),
      object("PersistentVolumeClaim", "data", claim("5Gi")),
      object("Job", "once", { spec: pod(requests("8", "64Gi")) }),
    ];
    assert.equal(
      section(compared({ objects: before }, { objects: after }), "Requests"),
      [
        "| requested by | before | after | difference |",
        "|---|---|---|---|",
        "| all together | 0.3 CPU, 384 MiB, 0 MiB of storage | 2.45 CPU, 2.563 GiB, 25 GiB of storage | **+2.15 CPU, +2.188 GiB, +25 GiB of storage** |",
        "| on every node | 0 CPU, 0 MiB | 0.01 CPU, 32 MiB | **+0.01 CPU, +32 MiB** |",
        "| `DaemonSet monitoring/agent`, on every node | 0 CPU, 0 MiB | 0.01 CPU, 32 MiB | **+0.01 CPU, +32 MiB** |",
        "| `Deployment monitoring/web` | 0.3 CPU, 384 MiB | 0.45 CPU, 576 MiB | **+0.15 CPU, +192 MiB** |",
        "| `PersistentVolumeClaim monitoring/data` | 0 MiB of storage | 5 GiB of storage | **+5 GiB of storage** |",
        "| `StatefulSet monitoring/db` | 0 CPU, 0 MiB, 0 MiB of storage | 2 CPU, 2 GiB, 20 GiB of storage | **+2 CPU, +2 GiB, +20 GiB of storage** |",
      ].join("\n"),
    );
  });

  it("of an init container counts where it asks for more than what runs later", () => {
    const spec = (init: Body) => ({ objects: [object("Pod", "p", { spec: { initContainers: [init], containers: [requests("100m", "1Gi")] } })] });
    const { requests: change } = compared(spec(requests("50m", "64Mi")), spec(requests("2", "64Mi")));
    assert.deepEqual([change?.before, change?.after], [{ cpu: 0.1, memory: 2 ** 30, storage: 0 }, { cpu: 2, memory: 2 ** 30, storage: 0 }]);
  });

  it("of Prometheus and Alertmanager counts per replica, as their objects say it", () => {
    const prometheus = (replicas: number) => object("Prometheus", "p", { spec: { replicas, shards: 2, ...requests("1", "2Gi"), storage: { volumeClaimTemplate: claim("10Gi") } } });
    const charted = (replicas: number) => side({ values: { prometheus: { prometheusSpec: { replicas, ...requests("1", "2Gi") } } } }, { charts: new Map([["kube-prometheus-stack", helmOutput(prometheus(replicas))]]) });
    const { requests: change } = compareStack("prod", charted(1), charted(2));
    assert.deepEqual([change?.before, change?.after], [
      { cpu: 2, memory: 4 * 2 ** 30, storage: 20 * 2 ** 30 },
      { cpu: 4, memory: 8 * 2 ** 30, storage: 40 * 2 ** 30 },
    ]);
  });

  it("is read from the values where a chart is not rendered", () => {
    const values = (replicas: number) => ({
      prometheus: { prometheusSpec: { replicas, ...requests("1", "2Gi"), storageSpec: { volumeClaimTemplate: claim("10Gi") } } },
      grafana: { persistence: { enabled: true, size: "5Gi" }, ...requests("200m", "256Mi"), sidecar: requests("10m", "32Mi") },
      "prometheus-node-exporter": requests("20m", "32Mi"),
    });
    const diff = compared({ values: values(1) }, { values: values(2) });
    assert.deepEqual(diff.requests, {
      before: { cpu: 1.21, memory: 2 * 2 ** 30 + 288 * 2 ** 20, storage: 15 * 2 ** 30 },
      after: { cpu: 2.21, memory: 4 * 2 ** 30 + 288 * 2 ** 20, storage: 25 * 2 ** 30 },
      perNode: { before: { cpu: 0.02, memory: 32 * 2 ** 20, storage: 0 }, after: { cpu: 0.02, memory: 32 * 2 ** 20, storage: 0 } },
      workloads: [
        {
          workload: "Release kube-prometheus-stack: prometheus.prometheusSpec",
          perNode: false,
          before: { cpu: 1, memory: 2 * 2 ** 30, storage: 10 * 2 ** 30 },
          after: { cpu: 2, memory: 4 * 2 ** 30, storage: 20 * 2 ** 30 },
        },
      ],
    });
  });

  it("of Trivy leaves out what its scans ask for while they run", () => {
    const trivy = (cpu: string) => ({ releases: [{ name: "trivy-operator", namespace: "t", chart: "trivy-operator", version: "1", values: { trivy: { ...requests(cpu, "1Gi"), storageSize: "5Gi" } } }] });
    assert.equal(compared(trivy("1"), trivy("2")).requests, null);
  });

  it("is nothing where a quantity is none", () => {
    assert.equal(compared({ objects: [object("Pod", "p", { spec: { containers: [requests("lots", "-1Gi")] } })] }, {}).requests?.before.cpu, 0);
  });
});
