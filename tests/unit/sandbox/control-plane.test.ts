import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { componentOf, componentPorts, endingOrder } from "../../../sandbox/control-plane.ts";
import { healthProblems, isDaemon } from "../../../sandbox/daemon-process.ts";
import { kubeconfigText } from "../../../sandbox/kube.ts";
import {
  clusterDirectory,
  componentNames,
  controlPlaneFailure,
  kubectlScript,
  kwokctlConfiguration,
  parseComponents,
} from "../../../sandbox/kwokctl.ts";
import { sandboxLayout } from "../../../sandbox/layout.ts";
import { simulatedNode } from "../../../sandbox/nodes.ts";
import { portsFrom } from "../../../sandbox/ports.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const layout = sandboxLayout("/home/user/my belfry");
const cluster = "/home/user/my belfry/.belfry/sandbox/kwok/.kwok/clusters/belfry";

const programs = {
  etcd: "/cache/etcd",
  "kube-apiserver": "/cache/kube-apiserver",
  "kube-controller-manager": "/cache/kube-controller-manager",
  "kube-scheduler": "/cache/kube-scheduler",
  "kwok-controller": "/cache/kwok",
  kwokctl: "/cache/kwokctl",
};

describe("control plane", () => {
  const directory = temporaryDirectory();

  it("is made by kwokctl on loopback, with the recorded ports and the pinned programs", () => {
    assert.deepEqual(parse(kwokctlConfiguration(portsFrom(20_000), programs)), {
      apiVersion: "config.kwok.x-k8s.io/v1alpha1",
      kind: "KwokctlConfiguration",
      options: {
        runtime: "binary",
        bindAddress: "127.0.0.1",
        enableCRDs: ["PortForward", "ClusterPortForward"],
        kubeApiserverPort: 20_000,
        etcdPort: 20_001,
        etcdPeerPort: 20_002,
        kubeControllerManagerPort: 20_003,
        kubeSchedulerPort: 20_004,
        kwokControllerPort: 20_005,
        etcdBinary: "/cache/etcd",
        kubeApiserverBinary: "/cache/kube-apiserver",
        kubeControllerManagerBinary: "/cache/kube-controller-manager",
        kubeSchedulerBinary: "/cache/kube-scheduler",
        kwokControllerBinary: "/cache/kwok",
      },
      componentsPatches: [
        { name: "kube-apiserver", extraArgs: [{ key: "advertise-address", value: "192.168.100.10" }] },
      ],
    });
  });

  it("answers kwokctl's question for kubectl with no while the API server does not answer", async () => {
    const authority = join(directory(), "it's a certificate");
    const script = join(directory(), "kubectl");
    await writeFile(authority, "");
    await writeFile(script, kubectlScript(process.execPath, 1, authority), { mode: 0o700 });
    await assert.rejects(promisify(execFile)(script, ["get", "--raw", "/version"], { env: {} }), (error: Error) => {
      assert.equal("code" in error && error.code, 1);
      assert.equal("stderr" in error && error.stderr, "");
      return true;
    });
  });

  it("is started again from what kwokctl left", () => {
    const components = componentNames.map((name) => ({ name, workDir: cluster, args: [`--name=${name}`] }));
    const record = (list: unknown[]) =>
      `${JSON.stringify({ kind: "KwokctlConfiguration", components: list })}\n---\nkind: Stage\nspec: {}\n`;
    assert.deepEqual(
      parseComponents(
        record([{ ...components[0], envs: [{ name: "ETCD_UNSUPPORTED_ARCH", value: "arm64" }] }, ...components.slice(1)]),
        cluster,
      ),
      [
        { name: "etcd", args: ["--name=etcd"], env: { ETCD_UNSUPPORTED_ARCH: "arm64" } },
        { name: "kube-apiserver", args: ["--name=kube-apiserver"], env: {} },
        { name: "kube-controller-manager", args: ["--name=kube-controller-manager"], env: {} },
        { name: "kube-scheduler", args: ["--name=kube-scheduler"], env: {} },
        { name: "kwok-controller", args: ["--name=kwok-controller"], env: {} },
      ],
    );
    assert.throws(() => parseComponents(record(components), "/elsewhere"), {
      name: "UserError",
      message:
        `This sandbox was made in ${cluster}; it cannot be moved to /elsewhere.\n` +
        "  Run `npm run sandbox:delete` and start again.",
    });
    assert.throws(() => parseComponents(record(components.slice(0, 4)), cluster), {
      name: "UserError",
      message:
        `The record of the sandbox's cluster in ${cluster} lacks kwok-controller.\n` +
        "  Run `npm run sandbox:delete` and start again.",
    });
  });

  it("knows its own processes by their command lines, and no others", () => {
    assert.equal(clusterDirectory(layout), cluster);
    assert.equal(componentOf(`${cluster}/bin/etcd --name=node0`, layout), "etcd");
    assert.equal(componentOf(`${cluster}/bin/kwok-controller`, layout), "kwok-controller");
    assert.equal(
      componentOf(`/cache/kwokctl create cluster --name belfry --config ${layout.kwok}/create.yaml --kubeconfig=`, layout),
      "kwokctl",
    );
    const others = [
      "",
      "/usr/bin/etcd --name=node0",
      `tail -f ${cluster}/logs/etcd.log`,
      `vi ${cluster}/bin/etcd`,
      `${cluster}/bin/etcdctl get /`,
      "/home/other/.belfry/sandbox/kwok/.kwok/clusters/belfry/bin/etcd --name=node0",
      "/cache/kwokctl create cluster --name belfry --config /home/other/.belfry/sandbox/kwok/create.yaml --kubeconfig=",
    ];
    assert.deepEqual(others.map((line) => componentOf(line, layout)), others.map(() => undefined));
    assert.equal(isDaemon(`/usr/bin/node --import file:///x /checkout/sandbox/daemon/main.ts --root ${layout.root}`, layout.root), true);
    assert.equal(isDaemon(`/usr/bin/node --import file:///x /checkout/sandbox/daemon/main.ts --root ${layout.root}2`, layout.root), false);
    assert.equal(isDaemon(`grep -- --root ${layout.root}`, layout.root), false);
  });

  it("ends who starts others first, and the one who keeps last", () => {
    assert.deepEqual(
      endingOrder(["etcd", "kube-apiserver", "kwok-controller", "kube-scheduler", "daemon", "prometheus", "kwokctl", "etcd-77"]),
      [["daemon", "kwokctl"], ["prometheus"], ["kwok-controller", "kube-scheduler"], ["kube-apiserver"], ["etcd", "etcd-77"]],
    );
    assert.deepEqual(endingOrder([]), []);
  });

  it("has a port for each socket", () => {
    assert.deepEqual(Object.values(componentPorts).flat().sort(), [
      "apiServer",
      "controllerManager",
      "etcd",
      "etcdPeer",
      "kwok",
      "scheduler",
    ]);
  });

  it("shows the end of a log when a part fails", async () => {
    await mkdir(join(directory(), "logs"));
    const log = join(directory(), "logs", "etcd.log");
    await writeFile(log, `${["one", "two", "three", "four", "five", "six", "x".repeat(400)].join("\n")}\n`);
    assert.equal(
      (await controlPlaneFailure("etcd ended right after its start", log)).message,
      `etcd ended right after its start. The end of ${log}:\n` +
        `    three\n    four\n    five\n    six\n    ${"x".repeat(300)}\n` +
        "  Start again; if that does not help, run `npm run sandbox:delete` first.",
    );
  });

  it("is reached by a kubeconfig with embedded certificates", () => {
    assert.deepEqual(parse(kubeconfigText(20_000, { ca: "C", certificate: "A", key: "K" })), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "belfry-sandbox", cluster: { server: "https://127.0.0.1:20000", "certificate-authority-data": "Qw==" } },
      ],
      users: [{ name: "belfry-sandbox", user: { "client-certificate-data": "QQ==", "client-key-data": "Sw==" } }],
      contexts: [{ name: "belfry-sandbox", context: { cluster: "belfry-sandbox", user: "belfry-sandbox" } }],
      "current-context": "belfry-sandbox",
    });
  });

  it("has simulated nodes with addresses of their own", () => {
    const [one, two] = [simulatedNode(1), simulatedNode(2)];
    assert.deepEqual(one.metadata, {
      name: "belfry-node-1",
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        "kubernetes.io/hostname": "belfry-node-1",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node-role.kubernetes.io/worker": "",
        type: "kwok",
      },
    });
    assert.deepEqual([one.spec.podCIDR, two.spec.podCIDR], ["10.244.1.0/24", "10.244.2.0/24"]);
    assert.deepEqual([one.status.addresses[0]?.address, two.status.addresses[0]?.address], ["192.168.100.11", "192.168.100.12"]);
  });
});

describe("the daemon's health", () => {
  it("names what is not in order", () => {
    assert.deepEqual(
      healthProblems({
        ready: false,
        parts: {
          sinks: { state: "running" },
          operator: { state: "waiting", detail: "for its Deployment" },
          charts: { state: "failed", detail: "port taken" },
          provisioner: { state: "starting" },
        },
      }),
      ["    charts: failed: port taken", "    provisioner: starting"],
    );
    assert.deepEqual(healthProblems(undefined), []);
  });
});
