import assert from "node:assert/strict";
import {
  alertmanagerArguments,
  flagValue,
  operatorArguments,
  prometheusArguments,
} from "../../../sandbox/daemon/arguments.ts";

const mapPath = (path: string): string | undefined => (path.startsWith("/mounted/") ? `/here${path}` : undefined);

describe("arguments of the programs beside the cluster", () => {
  it("let the operator reach the API server from outside and serve on loopback", () => {
    const args = [
      "--kubelet-service=kube-system/kubelet",
      "--localhost=127.0.0.1",
      "--web.enable-tls=true",
      "--web.cert-file=/cert/cert",
      "--web.listen-address=:10250",
      "--secret-field-selector=type!=a,type!=b",
      "-tls-insecure=true",
    ];
    const access = { server: "https://127.0.0.1:1", caFile: "/ca", certificateFile: "/crt", keyFile: "/key" };
    assert.deepEqual(operatorArguments(args, 7, access), [
      "--kubelet-service=kube-system/kubelet",
      "--localhost=127.0.0.1",
      "--secret-field-selector=type!=a,type!=b",
      "--web.listen-address=127.0.0.1:7",
      "--apiserver=https://127.0.0.1:1",
      "--ca-file=/ca",
      "--cert-file=/crt",
      "--key-file=/key",
    ]);
  });

  it("switch Alertmanager's gossip off and keep what the chart has set", () => {
    const args = [
      "--config.file=/mounted/alertmanager.env.yaml",
      "--cluster.listen-address=[$(POD_IP)]:9094",
      "--cluster.peer=alertmanager-1:9094",
      "--cluster.reconnect-timeout=5m",
      "--web.listen-address=:9093",
      "--web.route-prefix=/",
      "--enable-feature=receiver-name-in-metrics",
      "--data.retention=120h",
    ];
    assert.deepEqual(alertmanagerArguments(args, 7, mapPath), [
      "--config.file=/here/mounted/alertmanager.env.yaml",
      "--web.route-prefix=/",
      "--enable-feature=receiver-name-in-metrics",
      "--data.retention=120h",
      "--cluster.listen-address=",
      "--web.listen-address=127.0.0.1:7",
    ]);
  });

  it("move Prometheus's files and its address only", () => {
    const args = [
      "--storage.tsdb.path=/mounted/data",
      "--web.enable-lifecycle",
      "--web.route-prefix=/x",
      "--log=/other",
    ];
    assert.deepEqual(prometheusArguments(args, 7, mapPath), [
      "--storage.tsdb.path=/here/mounted/data",
      "--web.enable-lifecycle",
      "--web.route-prefix=/x",
      "--log=/other",
      "--web.listen-address=127.0.0.1:7",
      "--web.enable-admin-api",
    ]);
  });

  it("are read by name, the last one counting", () => {
    assert.equal(flagValue(["--a=1", "-a=2=3", "--ab=4", "a=5"], "a"), "2=3");
    assert.equal(flagValue(["--ab=4"], "a"), undefined);
  });
});
