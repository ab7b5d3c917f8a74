import assert from "node:assert/strict";
import { podProblems, readiness } from "../../../../sandbox/standins/providers/readiness.ts";
import type { WireObject } from "../../../../sandbox/standins/providers/wire.ts";

const deployment = (status: WireObject, spec: WireObject = { replicas: 2 }): WireObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { generation: 3 },
  spec,
  status,
});

describe("readiness", () => {
  it("of a Deployment is a finished rollout", () => {
    const done = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    assert.deepEqual(readiness(deployment(done)), { state: "ready" });
    const cases: [WireObject, string][] = [
      [{ ...done, observedGeneration: 2 }, "its controller has not seen it yet"],
      [{ ...done, updatedReplicas: 1 }, "1 of 2 pods are up to date"],
      [{ ...done, replicas: 3 }, "pods of the old version still run"],
      [{ ...done, availableReplicas: 1 }, "1 of 2 pods are ready"],
    ];
    for (const [status, why] of cases) assert.deepEqual(readiness(deployment(status)), { state: "waiting", why });
    assert.deepEqual(readiness(deployment({ observedGeneration: 3 }, {})), {
      state: "waiting",
      why: "0 of 1 pods are up to date",
    });
  });

  it("of a StatefulSet and a DaemonSet counts their pods", () => {
    const set = { apiVersion: "apps/v1", metadata: { generation: 1 }, spec: { replicas: 1 } };
    const stateful = { ...set, kind: "StatefulSet" };
    assert.deepEqual(
      readiness({ ...stateful, status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 } }),
      { state: "ready" },
    );
    assert.equal(readiness({ ...stateful, status: { observedGeneration: 1, updatedReplicas: 1 } }).state, "waiting");
    const counts = { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 };
    assert.deepEqual(readiness({ ...set, kind: "DaemonSet", status: counts }), {
      state: "waiting",
      why: "1 of 2 pods are ready",
    });
  });

  it("of a Job is its end; a failed one will not become ready", () => {
    const job = (type: string): WireObject => ({
      apiVersion: "batch/v1",
      kind: "Job",
      status: { conditions: [{ type, status: "True", message: "too many retries" }] },
    });
    assert.deepEqual(readiness(job("Complete")), { state: "ready" });
    assert.deepEqual(readiness(job("Failed")), { state: "failed", why: "too many retries" });
    assert.deepEqual(readiness(job("Suspended")), { state: "waiting", why: "the job is not complete" });
  });

  it("of volumes, claims and namespaces is a phase", () => {
    const phase = (kind: string, value: string): WireObject => ({ apiVersion: "v1", kind, status: { phase: value } });
    assert.equal(readiness(phase("PersistentVolume", "Available")).state, "ready");
    assert.deepEqual(readiness(phase("PersistentVolumeClaim", "Pending")), { state: "waiting", why: "phase Pending" });
    assert.equal(readiness(phase("PersistentVolumeClaim", "Pending"), true).state, "ready");
    assert.equal(readiness(phase("Namespace", "Terminating")).state, "waiting");
  });

  it("of everything else is at once", () => {
    assert.deepEqual(readiness({ apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus" }), { state: "ready" });
  });

  it("of a pod says what is wrong with which container", () => {
    const pod = (status: WireObject): WireObject => ({ apiVersion: "v1", kind: "Pod", status });
    assert.deepEqual(podProblems(pod({ phase: "Succeeded" })), []);
    assert.deepEqual(podProblems(pod({ conditions: [{ type: "Ready", status: "True" }] })), []);
    assert.deepEqual(
      podProblems(pod({ conditions: [{ type: "PodScheduled", status: "False", message: "no room" }] })),
      ["not placed on a node: no room"],
    );
    const waiting = {
      name: "a",
      ready: false,
      state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
    };
    const running = { name: "b", ready: false, state: { running: {} } };
    const done = { name: "init", ready: false, state: { terminated: { reason: "Completed" } } };
    const fine = { name: "c", ready: true, state: { running: {} } };
    assert.deepEqual(podProblems(pod({ initContainerStatuses: [done], containerStatuses: [waiting, running, fine] })), [
      "container a: ImagePullBackOff (no such image)",
      "container b is not ready",
    ]);
    assert.deepEqual(podProblems(pod({ phase: "Pending" })), ["phase Pending"]);
  });
});
