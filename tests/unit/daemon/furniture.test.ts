import assert from "node:assert/strict";
import { forwardObject, forwardRules, furniture } from "../../../sandbox/daemon/furniture.ts";
import type { SandboxPorts } from "../../../sandbox/layout.ts";
import { node, pod } from "./objects.ts";

const ports: SandboxPorts = {
  apiServer: 1,
  etcd: 2,
  etcdPeer: 3,
  controllerManager: 4,
  scheduler: 5,
  kwok: 6,
  operator: 7,
  prometheus: 8,
  alertmanager: 9,
  exporter: 10,
  hooks: 11,
  smtp: 12,
  inbox: 13,
  charts: 14,
};

const member = (name: string, program: string) =>
  pod(name, {
    labels: { "app.kubernetes.io/managed-by": "prometheus-operator", "app.kubernetes.io/name": program },
    owner: { kind: "StatefulSet", name: program },
  });

describe("the furniture of the cluster", () => {
  it("is a default StorageClass and the pods of a control plane on its node", () => {
    const control = node("two", "192.168.0.2");
    const labelled = {
      ...control,
      metadata: { ...control.metadata, labels: { "node-role.kubernetes.io/control-plane": "" } },
    };
    assert.deepEqual(
      furniture([node("one", "192.168.0.1"), labelled]).map(({ path }) => path),
      [
        "/apis/storage.k8s.io/v1/storageclasses/standard",
        "/api/v1/namespaces/kube-system/pods/etcd-two",
        "/api/v1/namespaces/kube-system/pods/kube-apiserver-two",
        "/api/v1/namespaces/kube-system/pods/kube-controller-manager-two",
        "/api/v1/namespaces/kube-system/pods/kube-scheduler-two",
        "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy",
        "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
      ],
    );
    assert.equal(furniture([node("b", "x"), node("a", "y")])[1]?.path, "/api/v1/namespaces/kube-system/pods/etcd-a");
    assert.deepEqual(furniture([]), []);
  });

  it("sends port-forwards to the members of Prometheus and Alertmanager, and to no other pod, to the programs", () => {
    const pods = [
      member("am-1", "alertmanager"),
      member("am-0", "alertmanager"),
      member("prom-0", "prometheus"),
      pod("x"),
    ];
    const rules = forwardRules(pods, ports);
    assert.deepEqual(rules, [
      { name: "belfry-alertmanager", namespaces: ["monitoring"], pods: ["am-0", "am-1"], port: 9093, target: 9 },
      { name: "belfry-prometheus", namespaces: ["monitoring"], pods: ["prom-0"], port: 9090, target: 8 },
    ]);
    assert.deepEqual(rules.slice(0, 1).map(forwardObject), [
      {
        apiVersion: "kwok.x-k8s.io/v1alpha1",
        kind: "ClusterPortForward",
        metadata: { name: "belfry-alertmanager" },
        spec: {
          selector: { matchNamespaces: ["monitoring"], matchNames: ["am-0", "am-1"] },
          forwards: [{ ports: [9093], target: { address: "127.0.0.1", port: 9 } }],
        },
      },
    ]);
    assert.deepEqual(
      forwardRules([], ports).map((rule) => rule.pods),
      [[], []],
    );
  });
});
