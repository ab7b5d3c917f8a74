import assert from "node:assert/strict";

import { keptByDestroy } from "../../../components/kept.ts";
import { definitionsIn } from "../../../components/trivy/crds.ts";
import { serviceMonitorSpec } from "../../../components/trivy/service-monitor.ts";
import { trivySizing } from "../../../components/trivy/sizing.ts";
import { trivyValues } from "../../../components/trivy/values.ts";
import { Platform } from "../../../components/platform.ts";
import { type Settings, profiles } from "../../../config/settings.ts";
import type { TrivySettings } from "../../../config/settings-trivy.ts";
import { chartValueKeys, unknownValueKeys } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import { type Collected, collectResources, exampleCrds, exampleSettings, exampleTrivy } from "../../harness.ts";

const volumes = { prometheus: "10Gi", alertmanager: "1Gi" };

function valuesOf(trivy: Partial<TrivySettings> = {}, profile: Settings["profile"] = "small"): Record<string, unknown> {
  return trivyValues({ trivy: exampleTrivy(trivy), settings: { profile, storage: volumes } });
}

/** The value at a path. */
function at(values: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

describe("values of trivy-operator", () => {
  it("hold no key that the pinned chart does not have, whatever the settings", async () => {
    const keys = await chartValueKeys(charts.trivyOperator);
    const everything = {
      namespaces: ["shop"],
      excludeNamespaces: ["ci-*"],
      sbom: true,
      configAudit: true,
      nodeCollector: true,
      databaseMirrors: ["registry.example.com/aquasec"],
      registryLogins: [{ namespace: "shop", name: "login" }],
    };
    for (const profile of profiles) {
      for (const trivy of [{}, everything, { ...everything, server: false }]) {
        const storage = { ...volumes, className: "fast" };
        const values = trivyValues({ trivy: exampleTrivy(trivy), settings: { profile, storage } });
        assert.deepEqual(unknownValueKeys(keys, values), [], profile);
      }
    }
  });

  it("say this, and nothing else, by default", () => {
    assert.deepEqual(valuesOf({ server: false }), {
      operator: {
        scanJobsConcurrentLimit: 1,
        scanJobTTL: "1h",
        scannerReportTTL: "24h",
        vulnerabilityScannerScanOnlyCurrentRevisions: true,
        configAuditScannerScanOnlyCurrentRevisions: true,
        sbomGenerationEnabled: false,
        clusterSbomCacheEnabled: false,
        configAuditScannerEnabled: false,
        rbacAssessmentScannerEnabled: false,
        infraAssessmentScannerEnabled: false,
        clusterComplianceEnabled: false,
        builtInTrivyServer: false,
        accessGlobalSecretsAndServiceAccount: true,
        metricsFindingsEnabled: true,
        metricsVulnIdEnabled: false,
        metricsExposedSecretInfo: false,
        metricsConfigAuditInfo: false,
        metricsRbacAssessmentInfo: false,
        metricsInfraAssessmentInfo: false,
        metricsImageInfo: false,
        metricsClusterComplianceInfo: false,
      },
      serviceMonitor: { enabled: false },
      trivy: {
        ignoreUnfixed: true,
        severity: "CRITICAL,HIGH,MEDIUM",
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "1Gi" } },
      },
      compliance: { specs: [] },
      resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    });
  });

  it("scan at most three images at a time, and give operator, scans and server more by profile", () => {
    assert.deepEqual(
      profiles.map((profile) => at(valuesOf({}, profile), "operator", "scanJobsConcurrentLimit")),
      [1, 2, 3],
    );
    for (const profile of profiles) {
      const size = trivySizing(profile);
      assert.deepEqual(at(valuesOf({}, profile), "resources"), size.operator);
      assert.deepEqual(at(valuesOf({}, profile), "trivy", "resources"), size.scan);
      assert.deepEqual(at(valuesOf({}, profile), "trivy", "server", "resources"), size.server);
    }
  });

  it("name the scope, and leave the other list out", () => {
    assert.equal(at(valuesOf({ namespaces: ["shop", "payments"] }), "targetNamespaces"), "shop,payments");
    assert.equal(at(valuesOf({ excludeNamespaces: ["kube-system", "ci-*"] }), "excludeNamespaces"), "kube-system,ci-*");
    assert.deepEqual(Object.keys(valuesOf()).filter((key) => /namespaces/i.test(key)), []);
  });

  it("switch reports on where asked", () => {
    const values = valuesOf({ sbom: true, configAudit: true, nodeCollector: true, ignoreUnfixed: false });
    const operator = at(values, "operator") as Record<string, unknown>;
    for (const key of [
      "sbomGenerationEnabled",
      "configAuditScannerEnabled",
      "rbacAssessmentScannerEnabled",
      "infraAssessmentScannerEnabled",
    ]) {
      assert.equal(operator[key], true, key);
    }
    assert.deepEqual(at(values, "nodeCollector"), { tolerations: [{ operator: "Exists" }] });
    assert.equal(at(values, "trivy", "ignoreUnfixed"), false);
  });

  it("run the server on a volume of the stack's class, with a token that is no value", () => {
    const storage = { ...volumes, className: "fast" };
    const trivy = exampleTrivy({ serverVolume: "8Gi" });
    const values = trivyValues({ trivy, settings: { profile: "small", storage } });
    assert.equal(at(values, "operator", "builtInTrivyServer"), true);
    const { existingSecret, storageSize, storageClassName } = at(values, "trivy") as Record<string, unknown>;
    assert.deepEqual([existingSecret, storageSize, storageClassName], [true, "8Gi", "fast"]);
    assert.deepEqual(Object.keys(at(valuesOf(), "trivy") as object).includes("storageClassName"), false);
  });

  it("take the databases from the mirrors in their order", () => {
    const values = valuesOf({ databaseMirrors: ["registry.example.com:5000/a/b", "mirror.gcr.io/aquasec"] });
    const { dbRegistry, dbRepository, javaDbRegistry, javaDbRepository } = at(values, "trivy") as Record<string, unknown>;
    assert.equal(
      `${String(dbRegistry)}/${String(dbRepository)}`,
      "registry.example.com:5000/a/b/trivy-db,mirror.gcr.io/aquasec/trivy-db",
    );
    assert.equal(
      `${String(javaDbRegistry)}/${String(javaDbRepository)}`,
      "registry.example.com:5000/a/b/trivy-java-db,mirror.gcr.io/aquasec/trivy-java-db",
    );
    assert.deepEqual(at(values, "policiesBundle"), {
      registry: "registry.example.com:5000",
      repository: "a/b/trivy-checks",
    });
  });

  it("name pull Secrets by namespace", () => {
    const registryLogins = [
      { namespace: "shop", name: "one" },
      { namespace: "payments", name: "two" },
      { namespace: "shop", name: "three" },
    ];
    assert.deepEqual(at(valuesOf({ registryLogins }), "operator", "privateRegistryScanSecretsNames"), {
      shop: "one,three",
      payments: "two",
    });
    assert.equal(at(valuesOf({ privateImages: false }), "operator", "accessGlobalSecretsAndServiceAccount"), false);
  });

  it("write the life of reports as Go reads it", () => {
    const ttl = (reportLifetimeSeconds: number) => at(valuesOf({ reportLifetimeSeconds }), "operator", "scannerReportTTL");
    assert.deepEqual([ttl(2 * 86_400), ttl(6 * 3_600 + 60)], ["48h", "361m"]);
  });

  it("set no image's tag: those of the pinned chart are exact", async () => {
    const tags = (value: unknown): string[] =>
      typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, member]) => (key === "tag" ? ["tag"] : tags(member)))
        : [];
    assert.deepEqual(tags(valuesOf({ nodeCollector: true, databaseMirrors: ["registry.example.com/aquasec"] })), []);
    const keys = await chartValueKeys(charts.trivyOperator);
    const pinned = (name: string) => keys.children.get(name)?.children;
    assert.match(String(pinned("trivy")?.get("image")?.children.get("tag")?.value), /^\d+\.\d+\.\d+$/);
    assert.match(String(pinned("nodeCollector")?.get("tag")?.value), /^\d+\.\d+\.\d+$/);
    // Empty: the version of the chart's program.
    assert.equal(pinned("image")?.get("tag")?.value, "");
  });
});

describe("the ServiceMonitor of Trivy", () => {
  it("takes at most so many samples, under the scanned workload's namespace", () => {
    assert.deepEqual(serviceMonitorSpec("small"), {
      selector: {
        matchLabels: { "app.kubernetes.io/name": "trivy-operator", "app.kubernetes.io/instance": "trivy-operator" },
      },
      sampleLimit: 20_000,
      endpoints: [{ port: "metrics", scheme: "http", honorLabels: true }],
    });
    assert.deepEqual(profiles.map((profile) => serviceMonitorSpec(profile)["sampleLimit"]), [20_000, 50_000, 200_000]);
  });
});

describe("Trivy's definitions in a rendered chart", () => {
  it("are found among the other objects, sorted, without what an API server writes", () => {
    const definition = (name: string, metadata: object = {}) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name, ...metadata },
      spec: { scope: "Namespaced" },
      status: { conditions: [] },
    });
    const objects = [
      { kind: "Secret", metadata: { name: "a" } },
      definition("b.example.com", { creationTimestamp: null, annotations: { version: "1" } }),
      definition("a.example.com"),
      null,
    ];
    assert.deepEqual(definitionsIn(objects), [
      { metadata: { name: "a.example.com" }, spec: { scope: "Namespaced" } },
      { metadata: { name: "b.example.com", annotations: { version: "1" } }, spec: { scope: "Namespaced" } },
    ]);
  });

  it("are none where the answer is no list", () => {
    assert.deepEqual(definitionsIn(undefined), []);
    assert.deepEqual(definitionsIn({ result: "x" }), []);
  });
});

describe("Trivy and the demo", () => {
  const deploy = (changes: Partial<Settings> = {}): Promise<Collected> =>
    collectResources(() => {
      const settings = exampleSettings({ trivy: exampleTrivy(), demo: true, ...changes });
      return { namespace: new Platform("belfry", { settings, trivyCrds: exampleCrds }).namespace };
    });
  const find = ({ resources }: Collected, name: string) =>
    resources.find((resource) => resource.name === name) ?? assert.fail(`${name} was not made`);

  let usual: Collected;
  before(async () => {
    usual = await deploy();
  });

  it("install the release without its CRDs, after them and the server's token", () => {
    const release = find(usual, "belfry-trivy-release");
    assert.equal(release.inputs["skipCrds"], true);
    const definition = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::belfry-trivy-crds-";
    assert.deepEqual(release.dependsOn, [
      `${definition}sbomreports`,
      `${definition}vulnerabilityreports`,
      "kubernetes:core/v1:Namespace::belfry-trivy-namespace",
      "kubernetes:core/v1:Secret::belfry-trivy-server-token",
      "kubernetes:helm.sh/v3:Release::belfry-crds-release",
    ]);
  });

  it("make each definition with a provider that takes over what was kept", () => {
    const found = find(usual, "belfry-trivy-crds-vulnerabilityreports");
    assert.deepEqual(found.inputs["metadata"], {
      name: "vulnerabilityreports.aquasecurity.github.io",
      annotations: { generator: "v1", "pulumi.com/patchForce": "true" },
    });
    assert.match(found.provider ?? "", /::belfry-trivy-crds-adopting::/);
    assert.equal(find(usual, "belfry-trivy-crds-adopting").inputs["upsertExistingObjects"], "true");
    assert.equal(find(usual, "belfry-stack-kubelet").provider, undefined);
  });

  it("keep the definitions at the end unless told otherwise, and nothing else", async () => {
    const kept = ({ resources }: Collected) => resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name);
    assert.deepEqual(kept(usual), ["belfry-trivy-crds-sbomreports", "belfry-trivy-crds-vulnerabilityreports"]);
    assert.deepEqual(kept(await deploy({ purgeCrds: true })), []);
    const [sentence] = keptByDestroy(exampleSettings({ trivy: exampleTrivy() }));
    assert.match(sentence ?? "", /^The CRDs of prometheus-operator and of Trivy, and with them /);
  });

  it("give operator and server one token by the Secret that the chart reads", () => {
    const { inputs } = find(usual, "belfry-trivy-server-token");
    assert.deepEqual(inputs["metadata"], { name: "trivy-operator-trivy-config", namespace: "trivy-system" });
  });

  it("need no token without the server", async () => {
    const without = await deploy({ trivy: exampleTrivy({ server: false }) });
    assert.deepEqual(without.resources.filter(({ name }) => name.includes("token")).map(({ name }) => name), []);
  });

  it("allow privileged pods for the node collector only", async () => {
    const level = (collected: Collected) =>
      (find(collected, "belfry-trivy-namespace").inputs["metadata"] as { labels: Record<string, string> }).labels;
    assert.equal(level(usual)["pod-security.kubernetes.io/enforce"], "baseline");
    const collecting = await deploy({ trivy: exampleTrivy({ nodeCollector: true }) });
    assert.equal(level(collecting)["pod-security.kubernetes.io/enforce"], "privileged");
  });

  it("cut the vulnerable application off before it starts", () => {
    const policy = find(usual, "belfry-demo-isolation");
    assert.deepEqual(policy.inputs["spec"], {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [],
    });
    const deployment = find(usual, "belfry-demo-deployment");
    assert.deepEqual(deployment.dependsOn, [
      "kubernetes:core/v1:Namespace::belfry-demo-namespace",
      "kubernetes:helm.sh/v3:Release::belfry-trivy-release",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::belfry-demo-isolation",
    ]);
  });

  it("run the tutorial's application, pinned, in the namespace test", () => {
    const { inputs } = find(usual, "belfry-demo-deployment");
    assert.deepEqual(inputs["metadata"], { name: "react-application", namespace: "test" });
    const pod = at(inputs["spec"], "template", "spec") as {
      readonly automountServiceAccountToken: boolean;
      readonly containers: readonly { readonly image: string; readonly securityContext: unknown }[];
    };
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.containers.map(({ image }) => image), ["docker.io/anaisurlichs/react-example-app:9.0.0"]);
    assert.deepEqual(pod.containers[0]?.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"] },
    });
    const service = find(usual, "belfry-demo-service").inputs["spec"];
    assert.equal(at(service, "type"), "ClusterIP");
  });
});
