import assert from "node:assert/strict";
import { inInstallationOrder, leftBehind } from "../../../bench/releases.ts";

const crds = { name: "prometheus-operator-crds", namespace: "monitoring" };
const stack = { name: "kube-prometheus-stack", namespace: "monitoring" };
const falco = { name: "falco", namespace: "falco" };
const trivy = { name: "trivy-operator", namespace: "trivy-system" };

describe("releases of the comparison", () => {
  it("are those of the stack, each in its namespace: the CRDs, the stack, the others by name", () => {
    assert.deepEqual(inInstallationOrder([trivy, falco, stack, crds]), [crds, stack, falco, trivy]);
    assert.deepEqual(inInstallationOrder([stack, crds]), [crds, stack]);
  });

  it("are refused without the CRDs or the stack", () => {
    assert.throws(() => inInstallationOrder([stack, falco]), { message: "release prometheus-operator-crds is not deployed" });
    assert.throws(() => inInstallationOrder([crds, trivy]), { message: "release kube-prometheus-stack is not deployed" });
  });

  it("leave behind what was not there before, and nothing that was", () => {
    const before = { namespaces: ["default", "kube-system"], kubeSystemServices: ["kube-dns"], definitions: ["portforwards.kwok.x-k8s.io"] };
    const now = {
      namespaces: ["default", "falco", "kube-system", "monitoring"],
      kubeSystemServices: ["kube-dns", "kube-prometheus-stack-kubelet"],
      definitions: ["portforwards.kwok.x-k8s.io", "vulnerabilityreports.aquasecurity.github.io"],
    };
    assert.deepEqual(leftBehind(before, now), {
      namespaces: ["falco", "monitoring"],
      kubeSystemServices: ["kube-prometheus-stack-kubelet"],
      definitions: ["vulnerabilityreports.aquasecurity.github.io"],
    });
    assert.deepEqual(leftBehind(now, before), { namespaces: [], kubeSystemServices: [], definitions: [] });
  });
});
