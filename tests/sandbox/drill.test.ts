import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loopback } from "../../sandbox/layout.ts";
import { readState } from "../../sandbox/sandbox.ts";
import { type Checkout, makeCheckout, npmStart, runProgram } from "./checkout.ts";

describe("the drill in a sandbox", function () {
  this.timeout(900_000);
  let checkout: Checkout;
  let start: { readonly code: number | null; readonly output: string };

  before(async () => {
    checkout = await makeCheckout();
    start = await npmStart(checkout.directory).ended;
  });
  after(() => checkout.remove());

  const drill = (...args: string[]) =>
    runProgram(process.execPath, ["--import", "tsx", "automation/cli.ts", "drill", ...args], checkout.directory);

  /** Names of alerts of a drill that still fire. */
  async function firing(): Promise<string[]> {
    const state = await readState(checkout.directory);
    const filter = encodeURIComponent('belfry_drill=~".+"');
    const answer = await fetch(`http://${loopback}:${state?.ports.alertmanager ?? 0}/api/v2/alerts?filter=${filter}`);
    return ((await answer.json()) as { labels: Record<string, string> }[]).map(({ labels }) => labels["alertname"] ?? "");
  }

  it("npm start plays the quick scenarios, and says that these are not all", () => {
    assert.equal(start.code, 0, start.output);
    assert.match(start.output, /falco-event +told +Belfry drill: shell in a container +\d+\.\d s +slack \(slack\), mail \(email\)/);
    assert.match(start.output, /probe-failing +told +BelfryProbeFailed +\d+ min \d+ s +slack \(slack\), mail \(email\) +replayed/);
    assert.match(start.output, /These are 2 of 7 scenarios, the quick ones\. All of them: npm run belfry -- drill/);
  });

  /** Right after a first start Prometheus has not scraped yet that Alertmanager sends to Slack, and the drill says so. */
  async function untilScraped(): Promise<void> {
    const port = (await readState(checkout.directory))?.ports.prometheus ?? 0;
    const query = encodeURIComponent('alertmanager_notifications_total{integration="slack"}');
    for (const deadline = Date.now() + 180_000; Date.now() < deadline; ) {
      const answer = await fetch(`http://${loopback}:${port}/api/v1/query?query=${query}`);
      if (((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  it("every scenario that the stack can have is told; the report has each message, and nothing fires afterwards", async () => {
    const file = join(checkout.directory, ".belfry", "test-report.html");
    await mkdir(join(checkout.directory, ".belfry"), { recursive: true });
    await untilScraped();
    const { code, output } = await drill("--report", file).ended;
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /FAILED/);
    for (const name of ["falco-event", "falco-metric", "probe-failing", "certificate-expiring", "trivy-gone", "new-vulnerability", "notifications-failing"]) {
      assert.match(output, new RegExp(`\\n {2}${name} +told `), output);
    }
    assert.match(output, /The sandbox is silent again/);
    const page = await readFile(file, "utf8");
    // The end of what npm start played may be told in the same message. The page is too long to be printed.
    assert.ok(/\[DRILL\] \[FIRING: \d+(, RESOLVED: \d+)?\] BelfryProbeFailed/.test(page), `no message about the probe in ${file}`);
    assert.ok(/\[DRILL\] \[RESOLVED: \d+\] BelfryProbeFailed/.test(page), `the end of the probe's alert is not told in ${file}`);
    assert.deepEqual(await firing(), []);
  });

  it("Ctrl-C ends it within ten seconds with exit code 130, and nothing is left", async () => {
    const running = drill("--scenario", "certificate-expiring");
    await running.printed("certificate-expiring: ");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const interrupted = Date.now();
    running.interrupt();
    const { code } = await running.ended;
    assert.equal(code, 130);
    assert.ok(Date.now() - interrupted < 10_000, `${Date.now() - interrupted} ms`);
    assert.deepEqual(await firing(), []);
    const table = await readFile(join(checkout.directory, ".belfry", "sandbox", "processes.json"), "utf8");
    assert.doesNotMatch(table, /drill-/);
  });

  it("an unknown scenario is wrong usage", async () => {
    const { code, output } = await drill("--scenario", "nothing").ended;
    assert.equal(code, 2);
    assert.match(output, /there is no scenario nothing\.\n {2}Name one of these: falco-event, /);
  });
});
