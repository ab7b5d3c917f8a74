import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { ruleFiles } from "../../../components/alerting/groups.ts";
import { renderSettings, renderStack } from "../../../automation/render.ts";
import { ConfigError } from "../../../config/problems.ts";
import { UserError } from "../../../config/user-error.ts";
import { canaries, exampleSettings } from "../../harness.ts";

describe("render", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-render-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("writes one file for each object and each release", async () => {
    assert.deepEqual([...(await renderSettings(exampleSettings())).keys()], [
      "cluster/Namespace-monitoring.yaml",
      "cluster/Namespace-shop.yaml",
      "kube-system/Service-kube-prometheus-stack-kubelet.yaml",
      "monitoring/ConfigMap-grafana-dashboard-falco.yaml",
      "monitoring/ConfigMap-grafana-dashboard-overview.yaml",
      "monitoring/ConfigMap-grafana-dashboard-probes.yaml",
      "monitoring/ConfigMap-grafana-dashboard-trivy.yaml",
      ...ruleFiles.filter((file) => !/^(falco|probes|certificates|trivy|vulnerabilities)/.test(file)).map((file) => `monitoring/PrometheusRule-belfry-${file}.yaml`).sort(),
      "monitoring/Secret-alertmanager-heartbeat.yaml",
      "monitoring/Secret-alertmanager-mail.yaml",
      "monitoring/Secret-alertmanager-slack.yaml",
      "monitoring/Secret-grafana-admin.yaml",
      "monitoring/Secret-grafana-smtp.yaml",
      "releases/kube-prometheus-stack.yaml",
      "releases/prometheus-operator-crds.yaml",
      "shop/AlertmanagerConfig-email.yaml",
      "shop/Secret-belfry-email.yaml",
    ]);
  });

  it("writes a release with all that it is made from", async () => {
    const files = await renderSettings(exampleSettings());
    assert.deepEqual(parse(files.get("releases/prometheus-operator-crds.yaml") ?? ""), {
      chart: "prometheus-operator-crds",
      name: "prometheus-operator-crds",
      namespace: "monitoring",
      repository: "https://prometheus-community.github.io/helm-charts",
      timeoutSeconds: 600,
      values: { crds: { annotations: { "helm.sh/resource-policy": "keep" } } },
      version: "31.0.1",
    });
  });

  it("writes a mark for each secret", async () => {
    const files = await renderSettings(exampleSettings());
    const content = (name: string) => (parse(files.get(name) ?? "") as { stringData: unknown }).stringData;
    assert.deepEqual(content("monitoring/Secret-alertmanager-slack.yaml"), { url: "<secret belfry:slackWebhookUrl>" });
    assert.deepEqual(content("monitoring/Secret-grafana-admin.yaml"), {
      "admin-password": "<secret generated password>",
      "admin-user": "<secret>",
    });
    const all = [...files.values()].join("");
    assert.deepEqual(Object.values(canaries).filter((canary) => all.includes(canary)), []);
  });

  it("gives the same text each time, whatever the environment", async () => {
    const first = await renderSettings(exampleSettings());
    process.env["PULUMI_CONFIG"] = JSON.stringify({ "belfry:platform": "eks" });
    try {
      assert.deepEqual(await renderSettings(exampleSettings()), first);
    } finally {
      delete process.env["PULUMI_CONFIG"];
    }
  });

  it("renders two stacks at the same time without mixing them", async () => {
    const [a, b] = await Promise.all([
      renderSettings(exampleSettings({ namespace: "one", teams: [] })),
      renderSettings(exampleSettings({ namespace: "two", teams: [] })),
    ]);
    assert.deepEqual([...a.keys()].filter((path) => path.startsWith("two")), []);
    assert.deepEqual([...b.keys()].filter((path) => path.startsWith("one")), []);
    assert.equal(a.size, b.size);
  });

  it("says which file is missing", async () => {
    await assert.rejects(
      renderStack({ checkout: directory, stack: "nowhere" }),
      new UserError(
        `${join(directory, "Pulumi.nowhere.yaml")} cannot be read: there is no stack nowhere.`,
        "Name a stack that has a file: npm run belfry -- render --stack dev --out DIRECTORY",
      ),
    );
  });

  it("tells all problems of the settings", async () => {
    await writeFile(join(directory, "Pulumi.broken.yaml"), "config:\n  belfry:platfrom: eks\n  belfry:profile: huge\n");
    await assert.rejects(renderStack({ checkout: directory, stack: "broken" }), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      const keys = error.problems.map(({ key }) => key);
      assert.deepEqual(keys, ["belfry:platform", "belfry:profile", "belfry:receivers", "belfry:platfrom"]);
      return true;
    });
  });
});
