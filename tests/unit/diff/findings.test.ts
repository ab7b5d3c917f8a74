import assert from "node:assert/strict";
import { compared, object, section } from "./stage.ts";

type Body = Readonly<Record<string, unknown>>;

const pod = (spec: Body, container: Body = {}) =>
  object("Deployment", "app", { apiVersion: "apps/v1", spec: { template: { spec: { ...spec, containers: [{ name: "main", image: "example.com/app:1", ...container }] } } } });

function findings(before: readonly Body[], after: readonly Body[]): string {
  return section(compared({ objects: before }, { objects: after }), "To look at");
}

describe("what a reviewer must not miss", () => {
  it("are privileges of pods, each with the part that has it", () => {
    const plain = [pod({})];
    const more = pod(
      { hostNetwork: true, hostPID: true, volumes: [{ name: "root", hostPath: { path: "/" } }] },
      { securityContext: { privileged: true, runAsUser: 0, allowPrivilegeEscalation: true, capabilities: { add: ["SYS_ADMIN"] } }, ports: [{ hostPort: 80 }] },
    );
    assert.equal(
      findings(plain, [more]),
      [
        "- **new privilege**: `Deployment monitoring/app`: `uses the node's network`",
        "- **new privilege**: `Deployment monitoring/app`: `sees the node's processes`",
        "- **new privilege**: `Deployment monitoring/app`: `mounts / of the node (volumes[root])`",
        "- **new privilege**: `Deployment monitoring/app`: `runs privileged (containers[main])`",
        "- **new privilege**: `Deployment monitoring/app`: `may gain privileges (containers[main])`",
        "- **new privilege**: `Deployment monitoring/app`: `runs as root (containers[main])`",
        "- **new privilege**: `Deployment monitoring/app`: `has the capability SYS_ADMIN (containers[main])`",
        "- **network opening**: `Deployment monitoring/app`: `is reached at port 80 of its node (containers[main])`",
      ].join("\n"),
    );
    assert.ok(findings([more], plain).split("\n").every((line) => /^- (?:privilege given up|closed): /.test(line)));
  });

  it("are new images, but not those that ran already", () => {
    assert.equal(
      findings([pod({})], [pod({}, { image: "example.com/app:2" })]),
      "- **new image**: `Deployment monitoring/app`: `example.com/app:2`\n- image no longer used: `Deployment monitoring/app`: `example.com/app:1`",
    );
    const second = object("Pod", "second", { spec: { containers: [{ name: "main", image: "example.com/app:1" }] } });
    assert.equal(findings([pod({})], [pod({}), second]), "");
  });

  it("are permissions, the verbs of one kind together", () => {
    const role = (...given: readonly Body[]) => object("ClusterRole", "reader", { apiVersion: "rbac.authorization.k8s.io/v1", rules: given }, null);
    const pods = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
    assert.equal(
      findings([role(pods)], [role({ ...pods, verbs: ["get", "list", "delete"] }, { apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }, { apiGroups: [""], resources: ["secrets"], resourceNames: ["one"], verbs: ["get"] }, { nonResourceURLs: ["/metrics"], verbs: ["get"] })]),
      [
        "- **new privilege**: `ClusterRole reader`: `may list, delete pods`",
        "- **new privilege**: `ClusterRole reader`: `may * deployments.apps`",
        "- **new privilege**: `ClusterRole reader`: `may get secrets named one`",
        "- **new privilege**: `ClusterRole reader`: `may get /metrics`",
      ].join("\n"),
    );
    const bound = (...names: readonly string[]) =>
      object("ClusterRoleBinding", "b", { roleRef: { kind: "ClusterRole", name: "reader" }, subjects: names.map((name) => ({ kind: "ServiceAccount", namespace: "shop", name })) }, null);
    assert.equal(findings([bound("a")], [bound("a", "b")]), "- **new privilege**: `ClusterRoleBinding b`: `gives ClusterRole reader to ServiceAccount shop/b`");
  });

  it("are namespaces that let their pods do more", () => {
    const space = (labels: Body) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: "n", labels } });
    const level = (name: string) => space({ "pod-security.kubernetes.io/enforce": name });
    assert.equal(findings([level("restricted")], [level("privileged")]), "- **new privilege**: `Namespace n`: `lets its pods have the level privileged`");
    assert.equal(findings([level("restricted")], [space({})]), "- **new privilege**: `Namespace n`: `sets no limit to what its pods may do`");
  });

  it("are ways in from outside", () => {
    const service = (spec: Body) => object("Service", "web", { spec: { ports: [{ port: 80 }, { port: 443 }], ...spec } });
    assert.equal(
      findings([service({})], [service({ type: "LoadBalancer" })]),
      "- **network opening**: `Service monitoring/web`: `is reached from outside the cluster (LoadBalancer, port 80, 443) from everywhere`",
    );
    assert.equal(
      findings([service({ type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/28"] })], [service({ type: "LoadBalancer" })]),
      [
        "- **network opening**: `Service monitoring/web`: `is reached from outside the cluster (LoadBalancer, port 80, 443) from everywhere`",
        "- closed: `Service monitoring/web`: `is reached from outside the cluster (LoadBalancer, port 80, 443) from 192.0.2.0/28`",
      ].join("\n"),
    );
    const ingress = (host: string) => object("Ingress", "web", { apiVersion: "networking.k8s.io/v1", spec: { rules: [{ host, http: { paths: [{ path: "/" }] } }] } });
    assert.equal(findings([], [ingress("a.example.com")]), "- **network opening**: `Ingress monitoring/web`: `answers at a.example.com/`");
  });

  const policy = (spec: Body, namespace = "shop") => object("NetworkPolicy", "fence", { apiVersion: "networking.k8s.io/v1", spec: { podSelector: {}, policyTypes: ["Ingress"], ...spec } }, namespace);
  const from = (cidr: string) => ({ from: [{ ipBlock: { cidr } }], ports: [{ port: 80 }] });

  it("are fences that go or let more through, not new ones", () => {
    assert.equal(findings([], [policy({ ingress: [from("192.0.2.0/28")] })]), "");
    assert.equal(
      findings([policy({ ingress: [from("192.0.2.0/28")] })], []),
      "- **deleted**: `NetworkPolicy shop/fence`\n- **network opening**: `NetworkPolicy shop/fence`: `goes, and with it the fence around its pods`",
    );
    assert.equal(
      findings([policy({ ingress: [from("192.0.2.0/28")] })], [policy({ ingress: [from("0.0.0.0/0"), {}], podSelector: { matchLabels: { app: "x" } } })]),
      [
        '- **network opening**: `NetworkPolicy shop/fence`: `lets through from {"ipBlock":{"cidr":"0.0.0.0/0"}}, port 80`',
        "- **network opening**: `NetworkPolicy shop/fence`: `lets through from everybody, every port`",
        '- **network**: `NetworkPolicy shop/fence`: `fences other pods: {} → {"matchLabels":{"app":"x"}}`',
        '- closed: `NetworkPolicy shop/fence`: `does not let through any more from {"ipBlock":{"cidr":"192.0.2.0/28"}}, port 80`',
      ].join("\n"),
    );
    assert.equal(
      findings([policy({ policyTypes: ["Ingress", "Egress"] })], [policy({})]),
      "- **network opening**: `NetworkPolicy shop/fence`: `does not limit Egress any more`",
    );
  });

  it("are no fences whose namespace goes with all its pods", () => {
    const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
    assert.equal(findings([space, policy({})], []), "- **deleted**: `Namespace shop`\n- **deleted**: `NetworkPolicy shop/fence`");
  });

  const release = (values: Body, more: Body = {}) => ({ releases: [{ name: "falco", namespace: "falco", chart: "falco", version: "9.1.0", repository: "https://a.example.com", values, ...more }] });
  const least = { driver: { modernEbpf: { leastPrivileged: true } } };
  const ofRelease = (before: Body, after: Body, more: Body = {}) => section(compared(release(before), release(after, more)), "To look at");

  it("are what values of charts grant and open, as far as they say it", () => {
    assert.equal(
      ofRelease(least, {
        driver: { modernEbpf: { leastPrivileged: false } },
        image: { registry: "docker.io", repository: "falco/falco", tag: "1", digest: "sha256:a" },
        falcosidekick: { webui: { service: { type: "NodePort" }, ingress: { enabled: true, hosts: [{ host: "falco.example.com" }] } } },
      }),
      [
        "- **new privilege**: `Release falco`: `Falco's pods run privileged (driver.modernEbpf.leastPrivileged is off)`",
        "- **network opening**: `Release falco`: `falcosidekick.webui.service is reached from outside the cluster (NodePort)`",
        "- **network opening**: `Release falco`: `falcosidekick.webui.ingress answers at falco.example.com`",
        "- **new image**: `Release falco`: `docker.io/falco/falco:1@sha256:a`",
      ].join("\n"),
    );
  });

  it("are charts of another version or from another place", () => {
    assert.equal(
      ofRelease(least, least, { version: "10.0.0", repository: "https://b.example.com" }),
      [
        "- **chart**: `Release falco`: `falco 9.1.0 → 10.0.0 (a new main version)`",
        "- **chart**: `Release falco`: `comes from https://b.example.com instead of https://a.example.com`",
      ].join("\n"),
    );
    const crds = (version: string) => ({ releases: [{ name: "prometheus-operator-crds", namespace: "m", chart: "prometheus-operator-crds", version, values: {} }] });
    assert.equal(
      section(compared(crds("31.0.1"), crds("31.1.0")), "To look at"),
      "- **chart**: `Release prometheus-operator-crds`: `prometheus-operator-crds 31.0.1 → 31.1.0; it changes definitions of kinds`",
    );
  });
});
