import assert from "node:assert/strict";
import { findOperator, operatorSpec } from "../../../sandbox/daemon/operator.ts";
import { deployment, pod } from "./objects.ts";

const labels = { app: "kube-prometheus-stack-operator" };
const containers = [
  {
    name: "operator",
    args: ["--prometheus-config-reloader=quay.io/x", "--namespaces=$(NAMESPACES)", "--web.enable-tls=true"],
    env: [
      { name: "GOGC", value: "30" },
      { name: "NAMESPACES", value: "a,b" },
      { name: "TOKEN", value: "no" },
    ],
  },
];
const running = pod("operator-1", { labels, containers });

describe("the operator beside the cluster", () => {
  it("is found by its arguments, where it is available and a pod of it serves", () => {
    const available = deployment("operator", 1, running.spec, labels);
    assert.equal(findOperator([available], [running])?.deployment, "monitoring/operator");
    assert.equal(findOperator([deployment("operator", 0, running.spec, labels)], [running]), undefined);
    assert.equal(findOperator([available], [pod("operator-1", { labels, containers, ready: false })]), undefined);
    assert.equal(findOperator([available], [pod("operator-1", { labels: { app: "x" }, containers })]), undefined);
    const other = pod("grafana-1", { labels, containers: [{ name: "grafana", args: ["--web=1"] }] });
    assert.equal(findOperator([deployment("grafana", 1, other.spec, labels)], [other]), undefined);
    const going = { ...available, metadata: { ...available.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    assert.equal(findOperator([going], [running]), undefined);
  });

  it("gets the container's arguments, and of its environment what sizes a Go program", () => {
    const found = findOperator([deployment("operator", 1, running.spec, labels)], [running]);
    assert.ok(found);
    const setup = {
      command: "/bin/operator",
      port: 7,
      environment: { PATH: "/bin" },
      access: { server: "https://127.0.0.1:1", caFile: "/ca", certificateFile: "/crt", keyFile: "/key" },
    };
    const spec = operatorSpec(found, ["v1/prometheuses"], setup);
    assert.deepEqual(spec.args, [
      "--prometheus-config-reloader=quay.io/x",
      "--namespaces=a,b",
      "--web.listen-address=127.0.0.1:7",
      "--apiserver=https://127.0.0.1:1",
      "--ca-file=/ca",
      "--cert-file=/crt",
      "--key-file=/key",
    ]);
    assert.deepEqual(spec.env, { PATH: "/bin", GOGC: "30" });
    const same = operatorSpec(found, ["v1/prometheuses"], setup);
    assert.equal(same.identity, spec.identity);
    assert.notEqual(operatorSpec(found, ["v1/prometheuses", "v1/probes"], setup).identity, spec.identity);
  });
});
