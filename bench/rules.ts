/**
 * `npm run bench:rules`: how long a real Prometheus of the deployed version takes to evaluate the deployed rules with 10,000 and
 * 100,000 series of vulnerabilities, as a share of the time between two evaluations. Its disk holds more than a day of what the
 * rules remember, all series are scraped meanwhile. Needs about six minutes and 2 GB of memory; fails above 5 %. Other numbers of
 * series: `npm run bench:rules -- 5000 20000`.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { z } from "zod";
import { out } from "../automation/lines.ts";
import { ruleSets, ruleTexts } from "../components/alerting/rules.ts";
import { jobNames, namespaceNames } from "../components/shared/names.ts";
import { parseDuration } from "../config/formats.ts";
import { loopback } from "../sandbox/layout.ts";
import { until } from "../sandbox/wait.ts";
import { freePort } from "../tests/delivery/verify-harness.ts";
import { fullSettings } from "../tests/harness.ts";
import { sandboxTools } from "../tests/sandbox/tools.ts";
import { exposition, samples } from "./rule-series.ts";
import { median } from "./statistics.ts";
import { alignColumns } from "./table.ts";

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
/** Of the time between two evaluations, for all rules together. */
const target = 0.05;
/** What prometheus-operator sets when nobody asks for something else. */
const defaultInterval = "30s";
/** All groups run this often here, and are judged by their own interval: what is done each time is the same. */
const benchInterval = "10s";
const evaluations = 8;
const memoryHours = 27;
const blockSeconds = 7_200;

const groups = ruleSets(
  { ...fullSettings(), alerts: { ...fullSettings().alerts, watchedNamespaces: "all" } },
  ruleTexts(),
).flatMap((set) => set.groups);

const ruleStatus = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        name: z.string(),
        evaluationTime: z.number(),
        lastEvaluation: z.string(),
        rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
      }),
    ),
  }),
});

async function startExporter(text: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return server;
}

/** One file and one run for each block: promtool reads the whole file anew for every block that it makes of it. */
async function writeBlocks(directory: string, promtool: string, series: number, instance: string, now: number): Promise<void> {
  const file = join(directory, "samples.om");
  const begin = Math.floor((now - memoryHours * 3_600) / blockSeconds) * blockSeconds;
  for (let from = begin; from < now; from += blockSeconds) {
    const handle = await open(file, "w");
    for (const text of samples(series, { instance }, { from, to: Math.min(from + blockSeconds, now) }, now)) await handle.write(text);
    await handle.write("# EOF\n");
    await handle.close();
    await promisify(execFile)(promtool, ["tsdb", "create-blocks-from", "openmetrics", "--quiet", file, join(directory, "data")]);
  }
  await rm(file);
}

/** Seconds that every evaluation of each group took, by the group's name. */
async function evaluationTimes(url: string): Promise<Map<string, number[]>> {
  const times = new Map<string, { last: string; seconds: number[] }>();
  const poll = async () => {
    const answer = await fetch(`${url}/api/v1/rules`).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    for (const { name, evaluationTime, lastEvaluation, rules } of ruleStatus.parse(await answer.json()).data.groups) {
      const broken = rules.find(({ health }) => health === "err");
      if (broken !== undefined) throw new Error(`${broken.name} cannot be evaluated: ${broken.lastError ?? ""}`);
      const known = times.get(name) ?? { last: "0001", seconds: [] };
      if (!lastEvaluation.startsWith("0001") && lastEvaluation !== known.last) known.seconds.push(evaluationTime);
      times.set(name, { ...known, last: lastEvaluation });
    }
    return times.size > 0 && [...times.values()].every(({ seconds }) => seconds.length >= evaluations) ? true : undefined;
  };
  const done = await until(poll, { timeoutMs: 300_000, intervalMs: 500 });
  if (done === undefined) throw new Error("Prometheus did not evaluate its rules often enough");
  return new Map([...times].map(([name, { seconds }]) => [name, seconds]));
}

/** Rows of the table, and the share of all groups together. */
async function measure(series: number): Promise<{ readonly rows: string[][]; readonly share: number }> {
  const programs = await sandboxTools(["prometheus", "promtool"]);
  const directory = await mkdtemp(join(tmpdir(), "belfry-bench-rules-"));
  const exporter = await startExporter(exposition(series));
  try {
    const instance = `${loopback}:${String((exporter.address() as AddressInfo).port)}`;
    await writeBlocks(directory, programs.promtool, series, instance, Math.floor(Date.now() / 1000));
    const port = await freePort();
    await writeFile(join(directory, "rules.yml"), stringify({ groups: groups.map((group) => ({ ...group, interval: benchInterval })) }, { lineWidth: 0 }));
    await writeFile(join(directory, "prometheus.yml"), stringify(configuration(instance)));
    const args = [
      `--config.file=${join(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${loopback}:${String(port)}`,
    ];
    const prometheus = spawn(programs.prometheus, args, { stdio: "ignore", env: { PATH: "" } });
    try {
      return table(series, await evaluationTimes(`http://${loopback}:${String(port)}`));
    } finally {
      prometheus.kill();
      if (prometheus.exitCode === null) await once(prometheus, "exit");
    }
  } finally {
    exporter.closeAllConnections();
    exporter.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function configuration(instance: string): unknown {
  return {
    global: { scrape_interval: "30s", evaluation_interval: defaultInterval },
    rule_files: ["rules.yml"],
    scrape_configs: [
      {
        job_name: jobNames.trivy,
        honor_labels: true,
        static_configs: [{ targets: [instance], labels: { namespace: namespaceNames.trivy } }],
      },
    ],
  };
}

function table(series: number, times: ReadonlyMap<string, readonly number[]>): { readonly rows: string[][]; readonly share: number } {
  const measured = groups.map(({ name, interval = defaultInterval }) => {
    const seconds = times.get(name) ?? [];
    return { name, interval, seconds, share: median(seconds) / (parseDuration(interval) ?? Number.NaN) };
  });
  const share = measured.reduce((sum, one) => sum + one.share, 0);
  const count = series.toLocaleString("en");
  const worth = measured.filter((one) => one.share >= 0.0005).sort((a, b) => b.share - a.share);
  return {
    share,
    rows: [
      ...worth.map(({ name, interval, seconds, share: own }) => [count, name, interval, time(median(seconds)), time(Math.max(...seconds)), percent(own)]),
      [count, "all groups", "", "", "", percent(share)],
    ],
  };
}

const time = (seconds: number) => `${(seconds * 1000).toFixed(0)} ms`;
const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

const results = [];
for (const size of sizes) results.push(await measure(size));
out(alignColumns([["series", "group", "every", "median", "largest", "share of the interval"], ...results.flatMap(({ rows }) => rows)]));
const worst = Math.max(...results.map(({ share }) => share));
out(`at most ${percent(target)} of the interval: ${worst <= target ? "met" : "missed"}`);
process.exitCode = worst <= target ? 0 : 1;
