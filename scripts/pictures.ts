/**
 * Makes the pictures of docs/messages.md: alerts go through a real Alertmanager with the deployed configuration to the
 * sandbox's sinks, and what arrives is drawn by Chromium, Slack messages as the sandbox's page shows them.
 *
 *   npm run pictures       needs `chromium` on PATH; on Debian: apt-get install chromium
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { EmailMessage, SlackMessage } from "../sandbox/sinks/messages.ts";
import { readPageAssets } from "../sandbox/sinks/page/assets.ts";
import { escapeHtml } from "../sandbox/sinks/page/markup.ts";
import { slackCard } from "../sandbox/sinks/page/messages.ts";
import { startMessageStage } from "../tests/delivery/message-stage.ts";
import type { TestAlert } from "../tests/delivery/verify-harness.ts";

const run = promisify(execFile);
const pictures = join(import.meta.dirname, "..", "docs", "pictures");

const common = { environment: "production", cluster: "prod-eu-1", prometheus: "monitoring/kube-prometheus-stack-prometheus" };
const runbook = (name: string) => `https://runbooks.example.org/${name}`;
const graph = (expression: string) => `https://prometheus.example.org/graph?g0.expr=${encodeURIComponent(expression)}&g0.tab=1`;

const crash: TestAlert = {
  labels: { ...common, alertname: "KubePodCrashLooping", namespace: "shop", severity: "critical", pod: "cart-7d4b9c-x2x8v", container: "cart" },
  annotations: {
    summary: "Pod cart-7d4b9c-x2x8v is crash looping",
    description: "Container cart was started 14 times in the last hour and ended each time with exit code 137 (out of memory).",
    runbook_url: runbook("kube-pod-crash-looping"),
  },
  generatorURL: graph("increase(kube_pod_container_status_restarts_total[1h]) > 5"),
};

const vulnerable = ["web:1.27.0", "cart:2.4.1", "search:0.9.12"].map<TestAlert>((image) => ({
  labels: { ...common, alertname: "NewCriticalVulnerability", namespace: "shop", severity: "warning", image_repository: `shop/${image.split(":", 1).join("")}`, image_tag: image.replace(/^.*:/, "") },
  annotations: {
    summary: `Image shop/${image} has new critical vulnerabilities`,
    description: "Trivy found more critical vulnerabilities than at any time in the last hours.",
    runbook_url: runbook("new-critical-vulnerability"),
  },
}));

const probes = Array.from({ length: 40 }, (_, index): TestAlert => ({
  labels: { ...common, alertname: "ProbeFailed", namespace: "monitoring", severity: "critical", job: "blackbox-external", instance: `https://shop-${String(index + 1)}.example.org/health` },
  annotations: {
    summary: `https://shop-${String(index + 1)}.example.org/health does not answer`,
    description: "Every probe failed for five minutes.",
    runbook_url: runbook("probe-failed"),
  },
}));

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "belfry-pictures-"));
  const stage = await startMessageStage();
  try {
    await mkdir(pictures, { recursive: true });
    const { style } = await readPageAssets();
    const slackPage = (message: SlackMessage) => `<!doctype html><meta charset="utf-8"><style>${style}
      body { padding: 1rem } article { margin: 0 } details { display: none }</style>${slackCard(message).source}`;
    const one = await stage.told([crash]);
    const endsAt = new Date().toISOString();
    const over = await stage.next(() => stage.alertmanager.post([{ ...crash, startsAt: one.startsAt, endsAt }]));
    const three = await stage.told(vulnerable);
    const many = await stage.told(probes);
    const pages: [string, number, string][] = [
      ["slack-one", 720, slackPage(one.message)],
      ["slack-resolved", 720, slackPage(over.message)],
      ["slack-three", 720, slackPage(three.message)],
      ["slack-forty", 720, slackPage(many.message)],
      ["mail-one", 720, mailPage(one.mail)],
      ["mail-three", 720, mailPage(three.mail)],
    ];
    for (const [name, width, page] of pages) await draw(directory, name, width, page);
  } finally {
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The mail below the lines that every mail program shows above it. */
function mailPage({ html, subject, from, to }: EmailMessage): string {
  const header = `<div style="margin:-20px -12px 20px;padding:14px 24px;background:#fff;border-bottom:1px solid #dfe1e5;font-size:13px;color:#57606a">
    <div style="margin-bottom:4px;font-size:19px;font-weight:600;color:#1f2328">${escapeHtml(subject)}</div>
    From ${escapeHtml(from)} to ${escapeHtml(to.join(", "))}</div>`;
  return html.replace(/<body[^>]*>/, (tag) => `${tag}${header}`);
}

async function draw(directory: string, name: string, width: number, page: string): Promise<void> {
  const file = join(directory, `${name}.html`);
  const chromium = async (...args: string[]) =>
    run("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--user-data-dir=${directory}/profile`, ...args, `file://${file}`]);
  // A page does not say how high it is; this one writes it where the first run prints it.
  await writeFile(file, `${page}<script>document.title = "height " + Math.ceil(document.documentElement.getBoundingClientRect().height)</script>`);
  const { stdout } = await chromium(`--window-size=${String(width)},100`, "--dump-dom");
  const height = /<title>height (\d+)/.exec(stdout)?.[1];
  if (height === undefined) throw new Error(`Chromium gave no height for ${name}.`);
  await writeFile(file, page);
  await chromium(`--window-size=${String(width)},${height}`, `--screenshot=${join(pictures, `${name}.png`)}`);
}

await main();
