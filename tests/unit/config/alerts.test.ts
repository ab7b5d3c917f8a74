import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { accepts, rawConfig, refuses } from "./helpers.ts";

const count = "a whole number from 1 to 1000000000";
const label = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";
const address = "an https:// or http:// address without query and fragment";
const map = "a map with watchedNamespaces, runbooks, certificateExpiry, probeSlow, falcoDropPercent and budgets";
const budgets = "a map with messagesPerDay, falcoEventsPerDay, reports, etcdSize and seriesPerJob";

describe("settings of alerts", () => {
  refuses([
    [
      "alerts that are only switched on",
      { alerts: true },
      [
        `belfry:alerts: true is not ${map}.`,
        "Write it like this: belfry:alerts: {watchedNamespaces: [shop, payments], certificateExpiry: 21d}",
      ],
    ],
    [
      "an unknown key",
      { alerts: { runbook: "https://a.example.com" } },
      ["belfry:alerts.runbook: is not a setting. Did you mean runbooks?", "Rename it to runbooks, or remove it."],
    ],
    [
      "a namespace that is none",
      { alerts: { watchedNamespaces: ["shop", ".*"] } },
      [`belfry:alerts.watchedNamespaces[1]: ".*" is not ${label}.`, "Write it like this: - shop"],
    ],
    [
      "a namespace that is listed twice",
      { alerts: { watchedNamespaces: ["shop", "shop"] } },
      ["belfry:alerts.watchedNamespaces[1]: is the same as belfry:alerts.watchedNamespaces[0].", "Remove one."],
    ],
    [
      "no namespace at all",
      { alerts: { watchedNamespaces: [] } },
      [
        "belfry:alerts.watchedNamespaces: the value is an empty list.",
        "Write it like this: watchedNamespaces: [shop, payments]",
      ],
    ],
    [
      "a word that is not all",
      { alerts: { watchedNamespaces: "every" } },
      [
        'belfry:alerts.watchedNamespaces: "every" is not "all" or a list of namespaces.',
        "Write it like this: watchedNamespaces: [shop, payments]",
      ],
    ],
    ...["runbooks", "https://", "https://a.example.com/?page=1", "https://a.example.com/{{ x }}"].map(
      (runbooks) =>
        [
          `runbooks at ${runbooks}`,
          { alerts: { runbooks } },
          [
            `belfry:alerts.runbooks: ${runbooks.includes("://") ? "the value" : JSON.stringify(runbooks)} is not ${address}.`,
            "Write it like this: runbooks: https://git.example.com/platform/belfry/src/main/alerts/runbooks",
          ],
        ] as const,
    ),
    ...["12h", "14", "2y"].map(
      (certificateExpiry) =>
        [
          `certificates told ${certificateExpiry} before their end`,
          { alerts: { certificateExpiry } },
          [
            `belfry:alerts.certificateExpiry: ${JSON.stringify(certificateExpiry)} is not a duration from 1d to 1y (such as 14d, 3w).`,
            "Write it like this: certificateExpiry: 21d",
          ],
        ] as const,
    ),
    ...["0s", "500ms", "3m"].map(
      (probeSlow) =>
        [
          `probes that are slow after ${probeSlow}`,
          { alerts: { probeSlow } },
          [
            `belfry:alerts.probeSlow: ${JSON.stringify(probeSlow)} is not a duration from 1s to 2m (such as 3s).`,
            "Write it like this: probeSlow: 5s",
          ],
        ] as const,
    ),
    [
      "a share of nothing",
      { alerts: { falcoDropPercent: 0 } },
      [
        "belfry:alerts.falcoDropPercent: 0 is not a number of per cent from 0.01 to 50.",
        "Write it like this: falcoDropPercent: 0.5",
      ],
    ],
    [
      "a budget that is no map",
      { alerts: { budgets: 5 } },
      [`belfry:alerts.budgets: is a number, not ${budgets}.`, "Write it like this: budgets: {messagesPerDay: 50, reports: 5000}"],
    ],
    [
      "budgets of nothing, of halves and in words, all at once",
      { alerts: { budgets: { messagesPerDay: 0, falcoEventsPerDay: 1.5, reports: "many", etcdSize: "4Gi", seriesPerJob: 2e9 } } },
      [`belfry:alerts.budgets.messagesPerDay: 0 is not ${count}.`, "Write it like this: messagesPerDay: 100"],
      [`belfry:alerts.budgets.falcoEventsPerDay: 1.5 is not ${count}.`, "Write it like this: falcoEventsPerDay: 1000"],
      [`belfry:alerts.budgets.reports: is text, not ${count}.`, "Write it like this: reports: 5000"],
      [
        'belfry:alerts.budgets.etcdSize: "4Gi" is not a size of at least 50MiB (such as 4GiB).',
        "Write it like this: etcdSize: 4GiB",
      ],
      [`belfry:alerts.budgets.seriesPerJob: 2000000000 is not ${count}.`, "Write it like this: seriesPerJob: 100000"],
    ],
  ]);

  accepts([
    ["all namespaces by name", { alerts: { watchedNamespaces: "all" } }],
    ["runbooks without a path", { alerts: { runbooks: "http://runbooks.intern" } }],
    ["the ends of the ranges", { alerts: { certificateExpiry: "1y", probeSlow: "2m", falcoDropPercent: 50 } }],
  ]);

  it("grow with the profile", () => {
    const of = (profile: string) => {
      const { reports, seriesPerJob } = loadConfig(rawConfig({ changes: { profile } })).alerts.budgets;
      return { reports, seriesPerJob };
    };
    assert.deepEqual(of("small"), { reports: 2_000, seriesPerJob: 100_000 });
    assert.deepEqual(of("standard"), { reports: 10_000, seriesPerJob: 250_000 });
    assert.deepEqual(of("ha"), { reports: 30_000, seriesPerJob: 500_000 });
  });
});
