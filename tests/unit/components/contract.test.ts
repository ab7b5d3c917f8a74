import assert from "node:assert/strict";

import { Platform } from "../../../components/platform.ts";
import { canaries, type Collected, collectResources, exampleCrds, fullSettings, secretPaths } from "../../harness.ts";

/** What each component promises to show, and nothing else. */
const publicOutputs: Record<string, string[]> = {
  "belfry:index:Platform": [
    "demoNamespace",
    "falcoUiSecretName",
    "grafanaSecretName",
    "namespace",
    "receivers",
    "releases",
    "rules",
    "teamReceivers",
  ],
  "belfry:base:Namespaces": ["monitoring", "teams"],
  "belfry:base:Crds": ["releaseName"],
  "belfry:alerting:ReceiverSecrets": ["names"],
  "belfry:falco:Falco": ["releaseName", "uiSecretName"],
  "belfry:logs:Logs": ["releaseNames", "url"],
  "belfry:alerting:AlertRules": ["names"],
  "belfry:grafana:Grafana": ["adminSecretName", "dashboards", "secretsVersion"],
  "belfry:monitoring:Stack": ["releaseName"],
  "belfry:alerting:TeamReceivers": ["names"],
  "belfry:monitoring:Probes": ["objects", "releaseName"],
  "belfry:monitoring:ScrapeTargets": ["names"],
  "belfry:trivy:Operator": ["namespace", "releaseName"],
  "belfry:trivy:Crds": ["names"],
  "belfry:demo:Application": ["namespace"],
};

describe("every component", () => {
  let collected: Collected;
  before(async () => {
    collected = await collectResources(() => {
      const platform = new Platform("belfry", { settings: fullSettings(), trivyCrds: exampleCrds });
      return { namespace: platform.namespace };
    });
  });
  const components = () => collected.resources.filter((resource) => !resource.custom);

  it("is known to this test", () => {
    assert.deepEqual(components().map(({ type }) => type).sort(), Object.keys(publicOutputs).sort());
  });

  it("has a type of the form belfry:<area>:<Name>", () => {
    for (const { type } of components()) {
      assert.match(type, /^belfry:[a-z]+:[A-Z][A-Za-z]+$/);
    }
  });

  it("takes no inputs into the state", () => {
    assert.deepEqual(
      components().filter(({ inputs }) => Object.keys(inputs).length > 0).map(({ type }) => type),
      [],
    );
  });

  it("registers exactly its public outputs", () => {
    assert.deepEqual(
      Object.fromEntries(components().map(({ type, registered }) => [type, Object.keys(registered ?? {}).sort()])),
      publicOutputs,
    );
  });

  it("shows no secret", () => {
    assert.deepEqual(components().flatMap(({ registered }) => secretPaths(registered)), []);
  });

  it("is the parent of what it makes, and lends it its name", () => {
    for (const { name, parent } of collected.resources) {
      if (name === "belfry") {
        assert.equal(parent, undefined);
        continue;
      }
      assert.ok(parent !== undefined, `${name} has no parent`);
      const [, parentName = ""] = parent.split("::");
      assert.ok(name.startsWith(`${parentName}-`), `${name} does not start with ${parentName}-`);
    }
  });
});

describe("secrets", () => {
  let collected: Collected;
  before(async () => {
    collected = await collectResources(() => {
      const platform = new Platform("belfry", { settings: fullSettings() });
      return { namespace: platform.namespace };
    });
  });

  it("are in Secrets and nowhere else", () => {
    const found = collected.resources.flatMap(({ type, name, inputs }) =>
      secretPaths(inputs).map((path) => `${type} ${name} ${path}`),
    );
    assert.deepEqual(found.sort(), [
      "kubernetes:core/v1:Secret belfry-falco-outputs stringData",
      "kubernetes:core/v1:Secret belfry-falco-ui stringData",
      "kubernetes:core/v1:Secret belfry-falco-ui-redis stringData",
      "kubernetes:core/v1:Secret belfry-grafana-grafana-admin stringData",
      "kubernetes:core/v1:Secret belfry-grafana-grafana-smtp stringData",
      "kubernetes:core/v1:Secret belfry-probes-logins stringData",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-heartbeat stringData",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-mail stringData",
      "kubernetes:core/v1:Secret belfry-receivers-alertmanager-slack stringData",
      "kubernetes:core/v1:Secret belfry-teams-shop-email-secret stringData",
      "kubernetes:core/v1:Secret belfry-trivy-server-token stringData",
      // A hash of them, by which a change is seen.
      "random:index/randomString:RandomString belfry-grafana-secrets-version keepers",
    ]);
  });

  it("have their values in no other resource", () => {
    for (const { type, name, inputs } of collected.resources) {
      if (type !== "kubernetes:core/v1:Secret") {
        const text = JSON.stringify(inputs);
        assert.deepEqual(Object.values(canaries).filter((secret) => text.includes(secret)), [], `${type} ${name}`);
      }
    }
  });
});
