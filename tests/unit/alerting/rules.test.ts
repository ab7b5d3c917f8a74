import assert from "node:assert/strict";

import { isDeployed, ruleFiles, scrapedJobs } from "../../../components/alerting/groups.ts";
import { ruleParameters, withParameters } from "../../../components/alerting/parameters.ts";
import { type RuleSet, ruleSets, ruleTexts } from "../../../components/alerting/rules.ts";
import { fullSettings } from "../../harness.ts";

const texts = ruleTexts();
const alertsOf = (sets: readonly RuleSet[]) =>
  sets.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? [])));
const parametersOf = (text: string) => [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, name]) => name ?? "");

describe("rules of a stack", () => {
  const settings = fullSettings();
  const declared = ruleParameters(settings, scrapedJobs(settings));

  it("use every declared parameter, and no other", () => {
    const used = new Set(Object.values(texts).flatMap(parametersOf));
    assert.deepEqual([...used].sort(), Object.keys(declared).sort());
  });

  it("refuse a parameter that is not declared", () => {
    assert.throws(() => withParameters('up{job="${TRIVY_JOBS}"}', declared), { message: "${TRIVY_JOBS} is not a parameter of the rules" });
  });

  it("take names from the charts, and numbers from the settings", () => {
    const { namespace, alerts } = settings;
    const changed = ruleParameters(
      { ...settings, namespace: "watch", alerts: { ...alerts, watchedNamespaces: ["shop", "payments"], probeSlowSeconds: 7 } },
      ["a", "b"],
    );
    assert.equal(namespace, "monitoring");
    assert.deepEqual(
      Object.fromEntries(Object.entries(changed).filter(([name, value]) => declared[name] !== value)),
      { MONITORING_NAMESPACE: "watch", STACK_JOBS: "a|b", WATCHED_NAMESPACES: "shop|payments", PROBE_SLOW_SECONDS: "7" },
    );
    assert.deepEqual(
      ["TRIVY_NAMESPACE", "TRIVY_JOB", "FALCO_NAMESPACE", "FALCO_JOB", "FALCOSIDEKICK_JOB", "BLACKBOX_JOB", "PROBE_JOBS"].map((name) => declared[name]),
      [
        "trivy-system",
        "trivy-operator",
        "falco",
        "falco-metrics",
        "falco-falcosidekick",
        "prometheus-blackbox-exporter",
        "blackbox-external|blackbox-kubernetes-services|blackbox-kubernetes-ingresses|blackbox-kubernetes-pods",
      ],
    );
  });

  it("leave nothing of a parameter behind", () => {
    assert.deepEqual(parametersOf(JSON.stringify(ruleSets(settings, texts))), []);
  });

  it("come as one object for each file", () => {
    assert.deepEqual(
      ruleSets(settings, texts).map(({ file, name }) => [file, name]),
      ruleFiles.map((file) => [file, `belfry-${file}`]),
    );
  });

  it("watch no target that the stack does not have", () => {
    const absentOf = (changes: Parameters<typeof fullSettings>[0]) =>
      ruleSets(fullSettings(changes), texts)
        .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
        .flatMap(({ alert, labels }) => (alert === "BelfryTargetAbsent" ? [labels?.["job"] ?? ""] : []));
    const all = absentOf({});
    assert.deepEqual(all.toSorted(), scrapedJobs(settings).toSorted());
    assert.deepEqual(all.filter((job) => !absentOf({ grafana: { ...settings.grafana, enabled: false } }).includes(job)), [
      "kube-prometheus-stack-grafana",
    ]);
    assert.deepEqual(all.filter((job) => !absentOf({ platform: "gke-autopilot" }).includes(job)), [
      "node-exporter",
      "kubelet",
      "coredns",
    ]);
  });

  it("have groups of unique names, each of which is deployed somewhere", () => {
    const groups = ruleSets(settings, texts).flatMap(({ file, groups: found }) => found.map(({ name }) => ({ file, name })));
    assert.equal(new Set(groups.map(({ name }) => name)).size, groups.length);
    assert.ok(groups.every(({ file, name }) => isDeployed(file, name, settings)));
  });

  it("have names that say whose they are, but for the watchdog", () => {
    const alerts = alertsOf(ruleSets(settings, texts));
    assert.deepEqual(alerts.filter((alert) => !/^Belfry[A-Z][A-Za-z]+$/.test(alert)), ["Watchdog"]);
  });
});
