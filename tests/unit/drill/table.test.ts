import assert from "node:assert/strict";
import { failed, judged } from "../../../automation/drill/judge.ts";
import { scenarios } from "../../../automation/drill/scenarios.ts";
import { secondsToMessage } from "../../../automation/drill/scenario.ts";
import { drillTable, formatDrill, timeText } from "../../../automation/drill/table.ts";
import { drillResult, scenarioResult, slackMessage, start } from "./results.ts";

const [first] = scenarios;
if (first === undefined) throw new Error("there are no scenarios");
const played = { scenario: first, method: "pushed", cause: start, timeline: [] };

describe("the table of a drill", () => {
  it("names scenario, alert, time from cause to message and receivers, and how its time was made", () => {
    const skipped = scenarioResult({
      scenario: { name: "trivy-gone", title: "t", alert: "BelfryTrivyDown", how: "replayed" },
      outcome: "skipped", reason: "not installed", deliveries: [], timeline: [],
    });
    assert.deepEqual(drillTable(drillResult(scenarioResult(), skipped)), [
      "scenario                 alert              cause to message  told to                      time",
      "probe-failing  told      BelfryProbeFailed  15 min 14 s       slack (slack), mail (email)  replayed",
      "trivy-gone     left out  BelfryTrivyDown    -                 nobody                       -",
      "trivy-gone: not installed",
    ]);
  });

  it("says what is compressed, and that the sandbox is silent again", () => {
    const text = formatDrill(drillResult(scenarioResult()));
    assert.match(text, /^1 of 1 scenarios were told \(42 s\)\.\n/);
    assert.match(text, /the time is in series that promtool wrote, not in the rules/);
    assert.match(text, /The sandbox is silent again; nobody outside it was told anything\.\n$/);
    assert.match(formatDrill({ ...drillResult(), notSilent: "still firing: A" }), /The sandbox is not silent: still firing: A/);
  });

  it("lets no control character reach the terminal", () => {
    const evil = "\u001b[2J\u0007evil\u202e\nsecond line";
    const text = formatDrill(
      drillResult(scenarioResult({
        scenario: { name: "n", title: evil, alert: evil, how: "live" },
        outcome: "failed", reason: evil, deliveries: [{ receiver: evil, integration: evil, message: slackMessage(evil, 1) }],
      })),
    );
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
    assert.ok(!text.includes("\nsecond line"));
  });

  it("shows times as people read them", () => {
    assert.deepEqual([0.04, 73.44, 119.9, 120, 1084].map(timeText), ["0.0 s", "73.4 s", "119.9 s", "2 min 0 s", "18 min 4 s"]);
  });
});

describe("the verdict on a scenario", () => {
  const slack = { receiver: "slack", integration: "slack", message: slackMessage("x", 9) };

  it("passes only when everybody whom the tree names has the message", () => {
    assert.equal(judged({ ...played, deliveries: [slack] }).outcome, "passed");
    const missing = judged({ ...played, deliveries: [slack, { receiver: "mail", integration: "email" }] });
    assert.deepEqual([missing.outcome, missing.reason], ["failed", "no message arrived at mail (email)"]);
    const nobody = judged({ ...played, deliveries: [] });
    assert.deepEqual([nobody.outcome, nobody.reason], ["failed", "the routing tree sends this alert to nobody"]);
  });

  it("puts the messages into the time line, and counts from the cause to the first of them", () => {
    const result = judged({ ...played, deliveries: [slack] });
    assert.deepEqual(result.timeline, [{ at: start + 9000, what: "notified", text: "the message is at slack (slack)" }]);
    assert.equal(secondsToMessage(result), 9);
    assert.equal(secondsToMessage(failed(played, "x")), undefined);
  });
});
