/** What the sandbox's Prometheus runs: its rule files and its configuration, read from itself. */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { parse, stringify } from "yaml";
import { z } from "zod";

import { loopback } from "../../sandbox/layout.ts";
import { durationSeconds } from "../verify/tree.ts";
import type { PrometheusApi } from "./prometheus-api.ts";
import { readRuleFile, type RuleFile } from "./rules.ts";
import { drillLabel } from "./scenario.ts";

const configSchema = z.object({
  global: z.object({ evaluation_interval: z.string().default("1m"), external_labels: z.record(z.string(), z.string()).default({}) }),
  rule_files: z.array(z.string()).default([]),
  alerting: z
    .object({
      alert_relabel_configs: z.array(z.record(z.string(), z.unknown())).default([]),
      alertmanagers: z.array(z.object({ path_prefix: z.string().default("/") })).default([]),
    })
    .default({ alert_relabel_configs: [], alertmanagers: [] }),
});
type Config = z.infer<typeof configSchema>;

export interface Deployed {
  readonly files: readonly RuleFile[];
  /** Seconds between two evaluations. */
  readonly evaluationInterval: number;
  readonly config: Config;
}

/** @throws UserError when Prometheus does not answer */
export async function readDeployed(api: PrometheusApi): Promise<Deployed> {
  const config = configSchema.parse(parse(await api.config()));
  const files = await Promise.all(config.rule_files.map(matchingFiles));
  return {
    files: await Promise.all(files.flat().map(async (path) => readRuleFile(basename(path), await readFile(path, "utf8")))),
    evaluationInterval: durationSeconds(config.global.evaluation_interval),
    config,
  };
}

/** Files of a pattern whose last part may hold `*`, as the operator writes them. */
async function matchingFiles(pattern: string): Promise<string[]> {
  const name = new RegExp(`^${basename(pattern).split("*").map(escaped).join(".*")}$`);
  const entries = await readdir(dirname(pattern)).catch((): string[] => []);
  return entries.filter((entry) => name.test(entry)).sort().map((entry) => join(dirname(pattern), entry));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

export interface ReplayPlaces {
  readonly rules: string;
  readonly alertmanagerPort: number;
  readonly exporterPort: number;
}

/**
 * The configuration of the second Prometheus: the deployed labels and relabelling of alerts, the sandbox's Alertmanager, and
 * the drill's exporter. Of what its rules tell only the scenario's alert is sent. Pure.
 *
 * @param mark value of the label on each alert
 */
export function replayConfig({ config }: Pick<Deployed, "config">, alert: string, mark: string, places: ReplayPlaces): string {
  const { alert_relabel_configs: relabel, alertmanagers } = config.alerting;
  return stringify({
    global: {
      scrape_interval: "1s",
      scrape_timeout: "1s",
      evaluation_interval: `${replayInterval}s`,
      external_labels: { ...config.global.external_labels, [drillLabel]: mark },
    },
    rule_files: [join(places.rules, "*.yaml")],
    alerting: {
      alert_relabel_configs: [...relabel, { source_labels: ["alertname"], regex: alert, action: "keep" }],
      alertmanagers: [
        {
          api_version: "v2",
          path_prefix: alertmanagers[0]?.path_prefix ?? "/",
          static_configs: [{ targets: [`${loopback}:${places.alertmanagerPort}`] }],
        },
      ],
    },
    scrape_configs: [
      { job_name: "belfry-drill", honor_labels: true, static_configs: [{ targets: [`${loopback}:${places.exporterPort}`] }] },
    ],
  });
}

/** Seconds between two evaluations of the second Prometheus, where a group has no interval of its own. */
export const replayInterval = 2;
