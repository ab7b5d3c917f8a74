/**
 * `npm run bench:delivery`: how long a critical alert takes from its cause to Slack at default settings, by parts, and how many
 * messages a minute Alertmanager renders with the deployed templates (`-- rendering`: that alone). Needs about three minutes;
 * real Prometheus and Alertmanager on loopback, thirty independent causes at once.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { out } from "../automation/lines.ts";
import { loopback } from "../sandbox/layout.ts";
import { until } from "../sandbox/wait.ts";
import { startFaultyHook, startFaultyMail } from "../tests/delivery/fault-sinks.ts";
import { mailReceiver, mailServerSettings, slackReceiver, stageConfiguration } from "../tests/delivery/stage.ts";
import { freePort, startAlertmanager } from "../tests/delivery/verify-harness.ts";
import { sandboxTools } from "../tests/sandbox/tools.ts";
import { alignColumns } from "./table.ts";
import { percentile } from "./statistics.ts";

/** What prometheus-operator sets when nobody asks for something else. */
const defaults = { scrape: "30s", evaluation: "30s" } as const;
const causes = 30;
/** Causes begin at random moments of a time that is longer than scrape and evaluation together. */
const spreadMs = 60_000;
const renderedGroups = 300;

interface Cause {
  beganAt: number;
  scrapedAt: number;
}

/** Serves `/metrics/<n>`: 0, and 1 from the moment at which cause n began. */
async function startExporter(list: readonly Cause[]): Promise<Server> {
  const server = createServer((request, response) => {
    const number = Number(/^\/metrics\/(\d+)$/.exec(request.url ?? "")?.[1]);
    const cause = list[number];
    const happened = cause !== undefined && cause.beganAt <= Date.now();
    if (happened && cause.scrapedAt === 0) cause.scrapedAt = Date.now();
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`cause{number="${String(number)}"} ${happened ? 1 : 0}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return server;
}

async function causeToSlack(directory: string): Promise<string[][]> {
  const programs = await sandboxTools(["prometheus", "alertmanager"]);
  const slack = await startFaultyHook();
  const configuration = await stageConfiguration(directory, { receivers: [slackReceiver(slack.url)] });
  const alertmanager = await startAlertmanager(programs.alertmanager, configuration);
  const list = Array.from({ length: causes }, (): Cause => ({ beganAt: Number.POSITIVE_INFINITY, scrapedAt: 0 }));
  const exporter = await startExporter(list);
  const port = await freePort();
  await writeFile(join(directory, "prometheus.yml"), prometheusConfiguration((exporter.address() as AddressInfo).port, alertmanager.url));
  await writeFile(join(directory, "rules.yml"), ruleFile());
  const args = [
    `--config.file=${join(directory, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=${loopback}:${String(port)}`,
  ];
  const prometheus = spawn(programs.prometheus, args, { stdio: "ignore", env: { PATH: "" } });
  try {
    // The first scrape of every target and the first turn of every group lie within one interval.
    await sleep(40_000);
    const now = Date.now();
    for (const cause of list) cause.beganAt = now + Math.random() * spreadMs;
    await until(() => Promise.resolve(slack.arrived.length >= causes ? true : undefined), { timeoutMs: spreadMs + 120_000 });
    const alerts = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as { labels: Record<string, string>; startsAt: string }[];
    const samples = list.flatMap((cause, number) => {
      const firing = Date.parse(alerts.find(({ labels }) => labels["number"] === String(number))?.startsAt ?? "");
      const told = slack.arrived.find(({ title }) => title.includes(` Cause${String(number)} `))?.at ?? Number.NaN;
      if (Number.isNaN(firing) || Number.isNaN(told)) return [];
      return [[cause.scrapedAt - cause.beganAt, firing - cause.scrapedAt, told - firing, told - cause.beganAt]];
    });
    if (samples.length < causes) throw new Error(`only ${samples.length} of ${causes} causes were told`);
    const parts = ["cause to scrape", "scrape to firing (evaluation)", "firing to Slack (group wait and delivery)", "cause to Slack"];
    return parts.map((part, index) => {
      const values = samples.map((sample) => (sample[index] ?? 0) / 1000);
      return [part, ...[50, 95, 100].map((at) => `${percentile(values, at).toFixed(1)} s`)];
    });
  } finally {
    prometheus.kill();
    await once(prometheus, "exit");
    await alertmanager.close();
    exporter.closeAllConnections();
    exporter.close();
    await slack.close();
  }
}

function prometheusConfiguration(exporterPort: number, alertmanagerUrl: string): string {
  return stringify({
    global: { scrape_interval: defaults.scrape, evaluation_interval: defaults.evaluation },
    rule_files: ["rules.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanagerUrl).host] }] }] },
    scrape_configs: Array.from({ length: causes }, (_, number) => ({
      job_name: `cause-${String(number)}`,
      metrics_path: `/metrics/${String(number)}`,
      static_configs: [{ targets: [`${loopback}:${String(exporterPort)}`] }],
    })),
  });
}

function ruleFile(): string {
  return stringify({
    groups: Array.from({ length: causes }, (_, number) => ({
      name: `cause-${String(number)}`,
      rules: [
        {
          alert: `Cause${String(number)}`,
          expr: `cause{number="${String(number)}"} > 0`,
          labels: { severity: "critical", namespace: "shop" },
          annotations: { summary: "It happened" },
        },
      ],
    })),
  });
}

/** Every group with ten alerts of the usual size, to Slack and as mail. @returns messages a minute of each kind */
async function rendering(directory: string): Promise<{ readonly slack: number; readonly mail: number }> {
  const { alertmanager: program } = await sandboxTools(["alertmanager"]);
  const slack = await startFaultyHook();
  const mail = await startFaultyMail();
  const smtp = mailServerSettings({ port: mail.port, username: "belfry", password: "any", certificate: mail.certificate });
  const settings = { receivers: [slackReceiver(slack.url), mailReceiver()], smtp };
  const alertmanager = await startAlertmanager(program, await stageConfiguration(directory, settings));
  try {
    const startsAt = new Date().toISOString();
    await alertmanager.post(
      Array.from({ length: 10 * renderedGroups }, (_, index) => ({
        startsAt,
        labels: {
          alertname: "ProbeFailed",
          namespace: `n${String(index % renderedGroups)}`,
          severity: "critical",
          instance: `https://${String(index)}.example.org`,
        },
        annotations: {
          summary: `https://${String(index)}.example.org does not answer`,
          description: `${String(index)}: the probe failed for five minutes. `.repeat(6),
          runbook_url: "https://runbooks.example.org/probe-failed",
        },
      })),
    );
    const rate = async (arrived: readonly { readonly at: number }[]) => {
      await until(() => Promise.resolve(arrived.length >= renderedGroups ? true : undefined), { timeoutMs: 120_000 });
      const times = arrived.map(({ at }) => at).sort((a, b) => a - b);
      return Math.round(((times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0))) * 60_000);
    };
    return { slack: await rate(slack.arrived), mail: await rate(mail.arrived) };
  } finally {
    await alertmanager.close();
    await Promise.all([slack.close(), mail.close()]);
  }
}

const directory = await mkdtemp(join(tmpdir(), "belfry-bench-delivery-"));
try {
  if (!process.argv.includes("rendering")) {
    const rows = await causeToSlack(directory);
    out(`${causes} critical alerts without "for", scrape and evaluation every 30 s\n`);
    out(alignColumns([["part", "median", "95th percentile", "largest"], ...rows]));
  }
  const { slack, mail } = await rendering(directory);
  out(`Messages a minute, ten alerts each, Slack and mail at once: ${slack} to Slack, ${mail} mails\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
