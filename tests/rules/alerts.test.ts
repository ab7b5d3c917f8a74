import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { stringify } from "yaml";

import { severities } from "../../config/settings.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { scenarios } from "./alerts/all.ts";
import { type Results, runScenarios, testedRules } from "./alerts/promtool.ts";

const rules = Object.values(testedRules()).flatMap((groups) => groups.flatMap((group) => group.rules));
const alerts = [...new Set(rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert])))];

/** How long after its cause an alert may be told at most, and be over after its end: minutes, from the contract. */
const limits: Readonly<Record<string, { readonly told: number; readonly over: number }>> = {
  BelfryTrivyDown: { told: 60, over: 60 },
  BelfryTrivyAbsent: { told: 60, over: 60 },
  BelfryTrivyScansNothing: { told: 330, over: 60 },
  BelfryNewCriticalVulnerability: { told: 15, over: 26 * 60 },
  BelfryCriticalVulnerabilityPresent: { told: 60, over: 26 * 60 },
  BelfryFalcoDown: { told: 60, over: 60 },
  BelfryFalcoNodeUnwatched: { told: 60, over: 60 },
  BelfryFalcoAbsent: { told: 60, over: 60 },
  BelfryFalcoCriticalEvent: { told: 5, over: 180 },
  BelfryFalcoDropsEvents: { told: 60, over: 60 },
  BelfryFalcoOutputQueueFull: { told: 60, over: 60 },
  BelfryFalcosidekickCannotDeliver: { told: 60, over: 60 },
  BelfryFalcosidekickDown: { told: 60, over: 60 },
  BelfryProbeFailed: { told: 20, over: 40 },
  BelfryProbeSlow: { told: 60, over: 60 },
  BelfryCertificateExpiresSoon: { told: 60, over: 60 },
  BelfryCertificateExpired: { told: 60, over: 60 },
  BelfryNotificationsFailing: { told: 60, over: 60 },
  BelfryAlertingConfigurationRefused: { told: 60, over: 60 },
  BelfryResourceRejected: { told: 60, over: 60 },
  BelfryTargetDown: { told: 60, over: 60 },
  BelfryTargetAbsent: { told: 60, over: 60 },
  BelfryTooManyMessages: { told: 60, over: 60 },
  BelfryFalcoRuleTooLoud: { told: 60, over: 60 },
  BelfryTooManyReports: { told: 60, over: 60 },
  BelfryEtcdTooLarge: { told: 60, over: 60 },
  BelfryTooManySeries: { told: 60, over: 60 },
  Watchdog: { told: 0, over: 0 },
};

describe("this stack's own alerts", function () {
  this.timeout(600_000);
  let directory: string;
  let promtool: string;
  let results: Results;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-rules-"));
    ({ promtool } = await sandboxTools(["promtool"]));
    results = await runScenarios(promtool, directory, scenarios, testedRules());
  });
  after(() => rm(directory, { recursive: true }));

  for (const { name } of scenarios) {
    it(name, () => {
      assert.equal(results.get(name), undefined);
    });
  }

  it("are files without anything that promtool dislikes", async () => {
    for (const [file, groups] of Object.entries(testedRules())) {
      const path = join(directory, `check-${file}.yaml`);
      await writeFile(path, stringify({ groups }));
      const { stdout } = await promisify(execFile)(promtool, ["check", "rules", "--lint=all", "--lint-fatal", path]);
      assert.match(stdout, /SUCCESS: \d+ rules found/);
    }
  });
});

describe("the contract of alerts", () => {
  it("has a scenario in which each alert fires, with every word of its message", () => {
    const said = new Set(scenarios.flatMap(({ rings }) => rings.filter(({ says }) => says !== undefined).map(({ alert }) => alert)));
    assert.deepEqual([...said].sort(), [...alerts].sort());
  });

  it("has a scenario in which each alert that can end is over", () => {
    const ended = new Set(scenarios.flatMap(({ rings }) => rings.filter(({ over }) => over !== undefined).map(({ alert }) => alert)));
    // What is too large stays so for the rest of its scenario.
    const endless = ["Watchdog", "BelfryEtcdTooLarge", "BelfryFalcoRuleTooLoud", "BelfryTooManyReports", "BelfryTooManySeries"];
    assert.deepEqual([...ended].sort(), alerts.filter((alert) => !endless.includes(alert)).sort());
  });

  it("is kept: every alert is told and over in time", () => {
    assert.deepEqual(Object.keys(limits).sort(), [...alerts].sort());
    for (const { name, rings } of scenarios) {
      for (const { alert, cause, told, recovery, over } of rings) {
        const limit = limits[alert] ?? assert.fail(alert);
        assert.ok(told - cause <= limit.told, `${name}: ${alert} is told after ${told - cause} minutes`);
        if (over !== undefined) {
          const after = over - (recovery ?? assert.fail(`${name}: ${alert} is over without a recovery`));
          assert.ok(after <= limit.over, `${name}: ${alert} is over after ${after} minutes`);
        }
      }
    }
  });

  it("is kept: every alert has a severity of ours, a namespace, summary, description and runbook", () => {
    for (const rule of rules) {
      if (rule.alert !== undefined) {
        assert.ok(severities.some((severity) => severity === rule.labels?.["severity"]), rule.alert);
        assert.deepEqual(Object.keys(rule.annotations ?? {}).sort(), ["description", "runbook_url", "summary"], rule.alert);
      }
    }
    for (const { name, rings } of scenarios) {
      for (const { alert, labels } of rings) {
        assert.equal((labels["namespace"] ?? "") !== "", alert !== "Watchdog", `${name}: ${alert}`);
      }
    }
  });

  it("never takes a gauge for a counter", () => {
    for (const { expr } of rules) {
      for (const [, metric = ""] of expr.matchAll(/\b(?:increase|rate|irate)\(([a-zA-Z_:]+)/g)) {
        assert.match(metric, /_total$/);
      }
    }
  });
});
