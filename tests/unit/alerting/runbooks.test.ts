import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { ruleSets, ruleTexts } from "../../../components/alerting/rules.ts";
import { fullSettings } from "../../harness.ts";

const directory = join(import.meta.dirname, "..", "..", "..", "alerts", "runbooks");
const settings = fullSettings();
const rules = ruleSets(settings, ruleTexts()).flatMap(({ groups }) => groups.flatMap((group) => group.rules));
const severitiesOf = (alert: string) => rules.filter((rule) => rule.alert === alert).map(({ labels }) => labels?.["severity"]);
const alerts = [...new Set(rules.flatMap(({ alert }) => alert ?? []))];

describe("runbooks", () => {
  it("are there for each alert, and for nothing else", async () => {
    assert.deepEqual((await readdir(directory)).sort(), alerts.map((alert) => `${alert}.md`).sort());
  });

  it("are where the alerts say", () => {
    for (const { alert, annotations } of rules) {
      if (alert !== undefined) {
        assert.equal(annotations?.["runbook_url"], `${settings.alerts.runbooks}/${alert}.md`);
      }
    }
  });

  for (const alert of alerts) {
    it(`${alert}.md says what it means, how to look, to mend, and to silence with an expiry`, async () => {
      const text = await readFile(join(directory, `${alert}.md`), "utf8");
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
      const wanted = [alert, "What it means", "How to look", "How to mend", "How to silence it"];
      assert.deepEqual(headings.filter((heading) => wanted.includes(heading ?? "")), wanted);
      assert.deepEqual(new Set(severitiesOf(alert)), new Set([/^Severity: (\w+)\.$/m.exec(text)?.[1]]));
      assert.match(text, new RegExp(`amtool silence add [^\`]*--duration=\\d+h[^\`]* alertname=${alert}\\b`));
    });
  }
});
