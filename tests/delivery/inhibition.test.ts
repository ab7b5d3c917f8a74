/** Which warnings a critical alert mutes, asked of a real Alertmanager. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandboxTools } from "../sandbox/tools.ts";
import { slackReceiver, stageConfiguration } from "./stage.ts";
import { type RunningAlertmanager, startAlertmanager } from "./verify-harness.ts";

type Labels = Readonly<Record<string, string>>;

interface Case {
  readonly title: string;
  readonly critical: Labels;
  readonly warning: Labels;
  readonly muted: boolean;
}

const node = { namespace: "monitoring", instance: "10.0.0.1:9100" };
const cases: readonly Case[] = [
  { title: "the same thing", critical: node, warning: node, muted: true },
  { title: "another namespace", critical: node, warning: { ...node, namespace: "shop" }, muted: false },
  { title: "another instance", critical: node, warning: { ...node, instance: "10.0.0.2:9100" }, muted: false },
  { title: "a critical alert without instance", critical: { namespace: "monitoring" }, warning: node, muted: false },
  { title: "a warning without instance", critical: node, warning: { namespace: "monitoring" }, muted: false },
  { title: "a critical alert without namespace", critical: { instance: "a" }, warning: { ...node, instance: "a" }, muted: false },
  { title: "a warning without namespace", critical: node, warning: { instance: node.instance }, muted: false },
  { title: "both without namespace", critical: { instance: "a" }, warning: { instance: "a" }, muted: false },
  { title: "both with nothing but a name", critical: {}, warning: {}, muted: false },
  { title: "both without instance, about the same pod", critical: { namespace: "shop", pod: "a" }, warning: { namespace: "shop", pod: "a" }, muted: true },
  { title: "both without instance, about another pod", critical: { namespace: "shop", pod: "a" }, warning: { namespace: "shop", pod: "b" }, muted: false },
  { title: "another disk of the same node", critical: { ...node, device: "sda" }, warning: { ...node, device: "sdb" }, muted: false },
  { title: "another image of the namespace", critical: { namespace: "shop", image_repository: "a" }, warning: { namespace: "shop", image_repository: "b" }, muted: false },
  { title: "another receiver", critical: { namespace: "monitoring", integration: "slack" }, warning: { namespace: "monitoring", integration: "email" }, muted: false },
  { title: "another alert", critical: { ...node, alertname: "Other" }, warning: node, muted: false },
  { title: "an unknown severity that looks like critical", critical: { ...node, severity: "Critical" }, warning: node, muted: false },
  { title: "an alert of unknown severity", critical: node, warning: { ...node, severity: "Warning" }, muted: false },
  { title: "an alert without severity", critical: node, warning: { ...node, severity: "" }, muted: false },
  { title: "another critical alert", critical: node, warning: { ...node, severity: "critical", x: "y" }, muted: false },
];

describe("muted warnings", function () {
  this.timeout(60_000);
  let alertmanager: RunningAlertmanager;
  let directory: string;
  /** Whether the second alert of each case is muted, by the case's number. */
  const muted = new Map<string, boolean>();

  before(async function () {
    this.timeout(20 * 60_000);
    const { alertmanager: program } = await sandboxTools(["alertmanager"]);
    directory = await mkdtemp(join(tmpdir(), "belfry-inhibition-"));
    // Nothing is sent: the address is never reached within the test.
    const receivers = [slackReceiver("http://127.0.0.1:1/services/T/B/x")];
    alertmanager = await startAlertmanager(program, await stageConfiguration(directory, { receivers }));
    await alertmanager.post(
      cases.flatMap(({ critical, warning }, index) => [
        { labels: { alertname: `Case${String(index)}`, severity: "critical", ...critical } },
        { labels: { alertname: `Case${String(index)}`, severity: "warning", ...warning, case: String(index) } },
      ]),
    );
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`);
    const alerts = (await answer.json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
    for (const { labels, status } of alerts) {
      if (labels["case"] !== undefined) muted.set(labels["case"], status.inhibitedBy.length > 0);
    }
  });
  after(async () => {
    await alertmanager.close();
    await rm(directory, { recursive: true, force: true });
  });

  for (const [index, { title, muted: expected }] of cases.entries()) {
    it(`${title}: ${expected ? "muted" : "told"}`, () => {
      assert.equal(muted.get(String(index)), expected);
    });
  }
});
