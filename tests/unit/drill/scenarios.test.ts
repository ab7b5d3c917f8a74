import assert from "node:assert/strict";
import { parse } from "yaml";
import { chosenScenarios } from "../../../automation/drill/command.ts";
import { drillWord, type Healthy, type ReplayedScenario } from "../../../automation/drill/scenario.ts";
import { scenarios } from "../../../automation/drill/scenarios.ts";
import { hasLabels } from "../../../automation/drill/series.ts";
import { isSame } from "../../../automation/drill/replay.ts";
import { UsageError } from "../../../automation/usage-error.ts";
import { ruleTexts } from "../../../components/alerting/rules.ts";

const healthy: Healthy = {
  namespace: "monitoring",
  series: [
    { labels: { __name__: "up", job: "trivy-operator", namespace: "trivy-system", instance: "10.0.0.1:8080" }, value: 1 },
    { labels: { __name__: "trivy_image_vulnerabilities", job: "trivy-operator", namespace: "shop", severity: "Critical" }, value: 0 },
    { labels: { __name__: "alertmanager_notifications_failed_total", integration: "slack", job: "kube-prometheus-stack-alertmanager" }, value: 4 },
  ],
};
const replayed = scenarios.filter((one): one is ReplayedScenario => one.how === "replayed");

function scenario(name: string): ReplayedScenario {
  const found = replayed.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
}

describe("the scenarios", () => {
  it("are those that a drill must have, each with a name of its own", () => {
    assert.deepEqual(scenarios.map(({ name }) => name), [
      "falco-event", "falco-metric", "probe-failing", "certificate-expiring", "trivy-gone", "new-vulnerability", "notifications-failing",
    ]);
  });

  it("expect alerts that the rules have", () => {
    const alerts = Object.values(ruleTexts()).flatMap((text) => {
      const { groups } = parse(text.replaceAll(/\$\{[^}]*\}/g, "x")) as { groups: { rules: { alert?: string }[] }[] };
      return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    });
    for (const { name, alert, how } of scenarios) if (how !== "pushed") assert.ok(alerts.includes(alert), `${name}: ${alert}`);
  });

  it("play a pushed event and one metric in npm start", () => {
    assert.deepEqual(scenarios.filter(({ atStart }) => atStart).map(({ name, how }) => [name, how]), [
      ["falco-event", "pushed"],
      ["probe-failing", "replayed"],
    ]);
  });

  it("change nothing before their cause", () => {
    for (const one of replayed) {
      const series = one.series(healthy, 1000);
      for (const { labels, value } of healthy.series) {
        const found = series.find((candidate) => hasLabels(candidate.labels, labels));
        assert.equal(found?.at(999), value, `${one.name}: ${JSON.stringify(labels)}`);
      }
    }
  });

  it("let the target of Trivy fail, and its metrics end", () => {
    const series = scenario("trivy-gone").series(healthy, 1000);
    assert.deepEqual(series.slice(0, 2).map(({ at }) => [at(999), at(1000)]), [[1, 0], [0, undefined]]);
    assert.equal(scenario("trivy-gone").impossible(healthy), undefined);
    assert.match(scenario("trivy-gone").impossible({ namespace: "monitoring", series: [] }) ?? "", /does not install Trivy/);
  });

  it("mark what they play: nobody takes the image, the host or the namespace for a real one", () => {
    const found = scenario("new-vulnerability").series(healthy, 1000).filter(({ labels }) => labels["image_tag"] === "1.0.0");
    assert.deepEqual(found.map(({ labels, at }) => [labels["image_repository"], labels["severity"], at(999), at(1000)]), [
      [`${drillWord}/new-image`, "Critical", undefined, 3],
      [`${drillWord}/new-image`, "High", undefined, 5],
      [`${drillWord}/new-image`, "Medium", undefined, 0],
      [`${drillWord}/new-image`, "Low", undefined, 0],
    ]);
    const [event] = scenarios;
    assert.ok(event?.how === "pushed" && event.post.labels["namespace"] === drillWord);
    assert.match(event.post.annotations["summary"] ?? "", /^\[DRILL\]/);
  });

  it("find the demo's image, as it is reported, where the demo runs", () => {
    const labels = { __name__: "trivy_image_vulnerabilities", namespace: "test", image_repository: "demo", severity: "Critical" };
    const here = { ...healthy, series: [...healthy.series, { labels, value: 9 }] };
    const series = scenario("new-vulnerability").series(here, 1000);
    assert.deepEqual(series.at(-1)?.labels, labels);
    assert.deepEqual([series.at(-1)?.at(999), series.at(-1)?.at(1000)], [undefined, 9]);
    assert.equal(series.length, here.series.length);
    // What else runs there is no news.
    const fixed = { ...here, series: [...healthy.series, { labels, value: 0 }] };
    assert.ok(scenario("new-vulnerability").series(fixed, 1000).some((one) => one.labels["image_repository"] === `${drillWord}/new-image`));
  });

  it("count failed notifications up from what was there", () => {
    const series = scenario("notifications-failing").series(healthy, 1000);
    const counter = series.find(({ labels }) => labels["integration"] === "slack");
    assert.deepEqual([999, 1000, 1059, 1060, 1300].map((time) => counter?.at(time)), [4, 5, 5, 6, 10]);
  });

  it("are chosen by name; an unknown one is refused with the known ones", () => {
    assert.equal(chosenScenarios([]).length, scenarios.length);
    assert.deepEqual(chosenScenarios(["trivy-gone", "falco-event"]).map(({ name }) => name), ["falco-event", "trivy-gone"]);
    assert.throws(() => chosenScenarios(["trivy"]), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(
        error.message,
        "there is no scenario trivy.\n  Name one of these: falco-event, falco-metric, probe-failing, certificate-expiring, trivy-gone, " +
          "new-vulnerability, notifications-failing",
      );
      return true;
    });
  });

  it("know their alert by all labels that the rule does not set", () => {
    const episode = { labels: { job: "a", namespace: "x" }, rule: { labels: { namespace: "{{ . }}" } } };
    assert.equal(isSame(episode, { labels: { job: "a", namespace: "other", severity: "critical" } }), true);
    assert.equal(isSame(episode, { labels: { job: "b", namespace: "x" } }), false);
  });
});
