import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";

import { ruleFiles } from "../../../components/alerting/groups.ts";
import { programOutputs } from "../../../components/outputs.ts";
import { Platform } from "../../../components/platform.ts";
import type { Settings } from "../../../config/settings.ts";
import { type Collected, collectResources, exampleSettings, fullSettings, secretPaths } from "../../harness.ts";

const release = "kubernetes:helm.sh/v3:Release";

function deploy(changes: Partial<Settings> = {}): Promise<Collected> {
  const settings = exampleSettings(changes);
  return collectResources(() => {
    const provider = new k8s.Provider("cluster", { context: "test" });
    return programOutputs(new Platform("belfry", { settings }, { providers: { kubernetes: provider } }), settings);
  });
}

const keptCrds =
  "The CRDs of prometheus-operator, and with them everybody's objects of their kinds; the next up takes them over. " +
  "To remove them: belfry:purgeCrds: true, and pulumi up before pulumi destroy.";

const names = ({ resources }: Collected) => resources.map(({ name }) => name);
const inputsOf = ({ resources }: Collected, name: string) =>
  resources.find((resource) => resource.name === name)?.inputs ?? assert.fail(`${name} was not made`);

describe("platform", () => {
  let usual: Collected;
  before(async () => {
    usual = await deploy();
  });

  it("makes these resources", () => {
    const made = usual.resources.filter(({ custom }) => custom).map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(made.sort(), [
      "kubernetes:core/v1:ConfigMap belfry-grafana-dashboard-falco",
      "kubernetes:core/v1:ConfigMap belfry-grafana-dashboard-overview",
      "kubernetes:core/v1:ConfigMap belfry-grafana-dashboard-probes",
      "kubernetes:core/v1:ConfigMap belfry-grafana-dashboard-trivy",
      "kubernetes:core/v1:Namespace belfry-namespaces-monitoring",
      "kubernetes:core/v1:Namespace belfry-namespaces-team-shop",
      "kubernetes:core/v1:Secret belfry-grafana-grafana-admin",
      "kubernetes:core/v1:Secret belfry-grafana-grafana-smtp",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-heartbeat",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-mail",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-slack",
      "kubernetes:core/v1:Secret belfry-teams-shop-email-secret",
      "kubernetes:core/v1:Service belfry-stack-kubelet",
      `${release} belfry-crds-release`,
      `${release} belfry-stack-release`,
      ...ruleFiles.filter((file) => !/^(falco|probes|certificates|trivy|vulnerabilities)/.test(file)).map((file) => `kubernetes:monitoring.coreos.com/v1:PrometheusRule belfry-alerts-${file}`).sort(),
      "kubernetes:monitoring.coreos.com/v1alpha1:AlertmanagerConfig belfry-teams-shop-email",
      "pulumi:providers:kubernetes cluster",
      "random:index/randomPassword:RandomPassword belfry-grafana-admin-password",
      "random:index/randomString:RandomString belfry-grafana-secrets-version",
    ]);
  });

  it("uses the stack's own provider for everything in the cluster", () => {
    for (const { type, name, provider } of usual.resources) {
      if (type.startsWith("kubernetes:")) {
        assert.match(provider ?? "none", /^urn:pulumi:test::belfry::.*pulumi:providers:kubernetes::cluster::/, `${name} ${provider}`);
      }
    }
  });

  it("installs the stack after the CRDs and what its pods mount", () => {
    const dependsOn = usual.resources.find(({ name }) => name === "belfry-stack-release")?.dependsOn ?? [];
    assert.deepEqual(dependsOn, [
      "kubernetes:core/v1:Namespace::belfry-namespaces-monitoring",
      "kubernetes:core/v1:Secret::belfry-grafana-grafana-admin",
      "kubernetes:core/v1:Secret::belfry-grafana-grafana-smtp",
      "kubernetes:core/v1:Secret::belfry-receivers-alertmanager-heartbeat",
      "kubernetes:core/v1:Secret::belfry-receivers-alertmanager-mail",
      "kubernetes:core/v1:Secret::belfry-receivers-alertmanager-slack",
      "kubernetes:core/v1:Service::belfry-stack-kubelet",
      "kubernetes:helm.sh/v3:Release::belfry-crds-release",
      "random:index/randomString:RandomString::belfry-grafana-secrets-version",
    ]);
  });

  it("makes the Secrets and the password while the CRDs install", () => {
    for (const name of ["belfry-receivers-alertmanager-slack", "belfry-grafana-admin-password", "belfry-stack-kubelet"]) {
      const found = usual.resources.find((resource) => resource.name === name);
      assert.deepEqual(found?.dependsOn.filter((dependency) => dependency.startsWith(release)), [], name);
    }
  });

  it("installs what brings ServiceMonitors after their CRDs, and not after the stack", async () => {
    const { resources } = await collectResources(() => {
      const { namespace } = new Platform("belfry", { settings: fullSettings() });
      return { namespace };
    });
    const first = ["belfry-crds-release", "belfry-stack-release"];
    const others = resources.filter(({ type, name }) => type === release && !first.includes(name));
    const waits = others.map(({ name, dependsOn }) => [
      name,
      ...dependsOn.filter((dependency) => dependency.startsWith(`${release}::`)).map((urn) => urn.split("::")[1]),
    ]);
    assert.deepEqual(waits.sort(), [
      ["belfry-falco-release", "belfry-crds-release"],
      ["belfry-logs-alloy", "belfry-crds-release"],
      ["belfry-logs-loki", "belfry-crds-release"],
      ["belfry-probes-release", "belfry-crds-release"],
      ["belfry-trivy-release", "belfry-crds-release"],
    ]);
  });

  it("tells every release where it is", async () => {
    const { outputs } = await deploy(fullSettings());
    assert.deepEqual(outputs["releases"], [
      "prometheus-operator-crds 31.0.1 in monitoring",
      "kube-prometheus-stack 88.5.3 in monitoring",
      "trivy-operator 0.34.0 in trivy-system",
      "prometheus-blackbox-exporter 11.17.2 in monitoring",
      "loki 18.11.0 in logging",
      "alloy 1.11.1 in logging",
      "falco 9.1.0 in falco",
    ]);
  });

  it("makes teams' receivers after the stack", () => {
    const team = usual.resources.find(({ name }) => name === "belfry-teams-shop-email");
    const needed = [
      "kubernetes:core/v1:Namespace::belfry-namespaces-team-shop",
      "kubernetes:core/v1:Secret::belfry-teams-shop-email-secret",
      "kubernetes:helm.sh/v3:Release::belfry-crds-release",
      "kubernetes:helm.sh/v3:Release::belfry-stack-release",
    ];
    assert.deepEqual(needed.filter((dependency) => !team?.dependsOn.includes(dependency)), []);
  });

  it("enforces the Pod Security level that each namespace needs", () => {
    assert.deepEqual(inputsOf(usual, "belfry-namespaces-monitoring")["metadata"], {
      name: "monitoring",
      labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    });
    assert.deepEqual(inputsOf(usual, "belfry-namespaces-team-shop")["metadata"], {
      name: "shop",
      labels: { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted" },
    });
  });

  it("keeps the CRDs on destroy unless told otherwise", async () => {
    const values = { crds: { annotations: { "helm.sh/resource-policy": "keep" } } };
    assert.deepEqual(inputsOf(usual, "belfry-crds-release")["values"], values);
    const purged = await deploy({ purgeCrds: true });
    assert.deepEqual(inputsOf(purged, "belfry-crds-release")["values"], { crds: { annotations: {} } });
  });

  it("keeps volumes on destroy where told to, by the namespaces of their claims, and says so", async () => {
    const storage = { prometheus: "1Gi", alertmanager: "1Gi" };
    const kept = await deploy(
      fullSettings({ storage: { ...storage, retain: true }, grafana: { enabled: true, mail: true, storage: "1Gi", dataSources: [] }, purgeCrds: true }),
    );
    const retained = ({ resources }: Collected) => resources.filter((one) => one.retainOnDelete).map(({ name }) => name);
    assert.deepEqual(retained(kept).sort(), ["belfry-logs-namespace", "belfry-namespaces-monitoring"]);
    const onNode =
      "The events of Falco's page, as files in /var/lib/redis-data on node node-1; the next up finds them there. " +
      "To remove them: delete what is in that directory.";
    assert.deepEqual(kept.outputs["destroyKeeps"], [
      "The volumes with their claims, and so the namespaces monitoring and logging; the next up takes them over. " +
        "To remove them: kubectl delete namespace monitoring logging. " +
        "Not kept: the volume of Trivy's server, whose database is downloaded anew.",
      onNode,
    ]);
    const annotations = (collected: Collected) => {
      const { grafana } = inputsOf(collected, "belfry-stack-release")["values"] as { grafana: { persistence: Record<string, unknown> } };
      return grafana.persistence["annotations"];
    };
    assert.deepEqual(annotations(kept), { "helm.sh/resource-policy": "keep" });
    const gone = await deploy(fullSettings({ grafana: { enabled: true, mail: true, storage: "1Gi", dataSources: [] }, purgeCrds: true }));
    assert.deepEqual(retained(gone), []);
    assert.deepEqual(gone.outputs["destroyKeeps"], [onNode]);
    assert.equal(annotations(gone), undefined);
  });

  it("makes a team's namespace only when told to, and each once", async () => {
    const team = { name: "email", to: ["a@example.com"], severities: "all" } as const;
    const some = await deploy({
      teams: [
        { ...team, namespace: "there", createNamespace: false },
        { ...team, namespace: "new", createNamespace: true },
        { ...team, namespace: "new", createNamespace: true, name: "second" },
      ],
    });
    const spaces = some.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    assert.deepEqual(spaces.map(({ name }) => name), ["belfry-namespaces-monitoring", "belfry-namespaces-team-new"]);
  });

  it("makes nothing of Grafana where it is off", async () => {
    const without = await deploy({ grafana: { enabled: false, mail: false, dataSources: [] } });
    assert.deepEqual(names(without).filter((name) => name.includes("grafana")), []);
    assert.deepEqual(Object.keys(without.outputs), ["namespace", "releases", "receivers", "teamReceivers", "destroyKeeps", "alertLabels"]);
  });

  it("needs nothing privileged and nothing in kube-system where the platform forbids it", async () => {
    const autopilot = await deploy({ platform: "gke-autopilot" });
    assert.ok(!names(autopilot).includes("belfry-stack-kubelet"));
    assert.deepEqual(inputsOf(autopilot, "belfry-namespaces-monitoring")["metadata"], {
      name: "monitoring",
      labels: { "pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/warn": "restricted" },
    });
  });

  it("takes all charts from a mirror", async () => {
    const mirrored = await deploy({ chartMirror: "oci://registry.example.com/charts" });
    const sources = mirrored.resources
      .filter(({ type }) => type === release)
      .map(({ inputs }) => [inputs["chart"], inputs["repositoryOpts"]]);
    assert.deepEqual(sources, [
      ["oci://registry.example.com/charts/prometheus-operator-crds", undefined],
      ["oci://registry.example.com/charts/kube-prometheus-stack", undefined],
    ]);
  });

  it("tells names and how to read the password", () => {
    assert.deepEqual(usual.outputs, {
      namespace: "monitoring",
      releases: ["prometheus-operator-crds 31.0.1 in monitoring", "kube-prometheus-stack 88.5.3 in monitoring"],
      receivers: ["slack", "mail", "heartbeat"],
      teamReceivers: ["shop/email"],
      destroyKeeps: [keptCrds],
      alertLabels: { cluster: "test-1", environment: "test" },
      grafanaPassword:
        "kubectl -n monitoring get secret grafana-admin -o go-template='{{index .data \"admin-password\" | base64decode}}'",
    });
    assert.deepEqual(secretPaths(usual.outputs), []);
  });
});
