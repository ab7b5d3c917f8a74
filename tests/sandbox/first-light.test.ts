import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setSecret } from "../../automation/engine.ts";
import { environmentLines, password } from "../../automation/sandbox-commands.ts";
import { type SandboxLayout, type SandboxState, loopback, sandboxLayout } from "../../sandbox/layout.ts";
import { readState, startSandbox } from "../../sandbox/sandbox.ts";
import { listeningSockets } from "../../sandbox/sockets.ts";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import { ProcessTable } from "../../sandbox/processes.ts";
import { obtainTools, programNames } from "../../sandbox/tools/index.ts";
import { leaksInFiles, leaksInObjects, leaksInProcesses } from "./canary.ts";
import { type Checkout, makeCheckout, npmStart, runProgram } from "./checkout.ts";
import { clusterObjects, title } from "./cluster-objects.ts";

describe("first light", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let layout: SandboxLayout;
  let state: SandboxState;
  /** Where every process of these tests puts temporary files. */
  let temporary: string;
  let untouched: string[];
  /** All that was printed by any command. */
  let printed = "";
  /** The secrets of this stack, also those that are set later. */
  const marks: string[] = [];

  before(async () => {
    checkout = await makeCheckout();
    layout = sandboxLayout(checkout.directory);
    temporary = await mkdtemp(join(tmpdir(), "belfry-tmp-"));
    const signal = new AbortController().signal;
    const tools = obtainTools(programNames, { report: () => undefined, signal });
    state = await startSandbox({ checkout: checkout.directory, tools, report: () => undefined, signal });
    untouched = (await clusterObjects(layout.kubeconfig)).map(title);
    marks.push(state.smtp.password, pathOf(state.slackWebhookUrl), pathOf(state.heartbeatUrl));
  });
  after(async () => {
    await checkout.remove();
    await rm(temporary, { recursive: true, force: true });
  });

  /** What `npm run belfry -- env` sets in a shell. */
  async function shellVariables(): Promise<Record<string, string>> {
    const lines = await environmentLines(checkout.directory);
    return Object.fromEntries([...lines.matchAll(/^export ([A-Z_]+)='(.*)'$/gm)].map(([, name = "", value = ""]) => [name, value]));
  }

  /** As a shell that was set up for plain pulumi would: the value by standard input. */
  async function setSlackUrl(value: string): Promise<void> {
    const before = { ...process.env };
    Object.assign(process.env, await shellVariables());
    try {
      const { signal } = new AbortController();
      await setSecret({ key: "belfry:slackWebhookUrl", value, cwd: layout.pulumi.workspace, signal });
    } finally {
      process.env = before;
    }
  }

  /** Plain pulumi in such a shell. */
  async function pulumi(args: readonly string[]): Promise<string> {
    const { code, output } = await runProgram("pulumi", args, checkout.directory, { ...(await shellVariables()), TMPDIR: temporary, PULUMI_SKIP_UPDATE_CHECK: "true" }).ended;
    printed += output;
    assert.equal(code, 0, output);
    return output;
  }

  // Mocha runs the tests of a group before the groups in it, so every step that must come in order is in a group.
  describe("npm start", () => {
    it("npm start deploys the stack, and its Slack message and its mail arrive", async () => {
      const { code, output } = await npmStart(checkout.directory, [], { TMPDIR: temporary }).ended;
      printed += output;
      assert.equal(code, 0, output);
      assert.match(output, /\nStack dev is deployed in the embedded cluster\n/);
      assert.match(output, /kube-prometheus-stack 88\.5\.3 in monitoring/);
      const messages = await new InboxClient(state).messages();
      const slack = messages.filter(({ kind }) => kind === "slack");
      const mails = messages.filter(({ kind }) => kind === "email");
      assert.ok(slack.some((message) => "title" in message && message.title.includes("[TEST]")), "no test message in Slack");
      assert.ok(mails.some((message) => "subject" in message && message.subject.includes("[TEST]")), "no test mail");
      assert.match(output, /\nThe message that arrived in Slack[^\n]*\n {2}\S/);
      assert.match(output, /\nThe mail that arrived[^\n]*\n {2}\S/);
    });

    it("a second npm start changes nothing and ends the same way", async () => {
      const { code, output } = await npmStart(checkout.directory, [], { TMPDIR: temporary }).ended;
      printed += output;
      assert.equal(code, 0, output);
      assert.match(output, /Nothing had to be changed: all \d+ resources stand\./);
    });

    it("leaves git status clean", () => {
      const status = execFileSync("git", ["status", "--porcelain"], { cwd: checkout.directory, encoding: "utf8" });
      assert.equal(status, "");
    });

    it("listens on loopback only", async () => {
      const table = new ProcessTable(layout.processesFile);
      const sockets = await listeningSockets((await table.list()).map(({ pid }) => pid));
      assert.ok(sockets.length >= 12, `only ${sockets.length} sockets`);
      const others = sockets.filter(({ address }) => address !== loopback && address !== "::1");
      assert.deepEqual(others, []);
    });

    it("works with plain pulumi: a preview on the command line shows no change", async () => {
      await pulumi(["preview", "--expect-no-changes", "--diff"]);
    });

    it("gives Grafana's generated password", async () => {
      const generated = await password(checkout.directory, "grafana");
      assert.match(generated, /^\S{20,}$/);
      marks.push(generated);
    });
  });

  describe("a changed Slack URL", () => {
    let server: Server;
    const received: string[] = [];
    after(() => {
      server.close();
    });

    it("reaches Alertmanager without a restart by hand", async () => {
      server = createServer((request, response) => {
        received.push(request.url ?? "");
        request.resume().on("end", () => response.end("ok"));
      });
      await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
      const path = "/services/T0/B0/marked-second-webhook-7f3a";
      marks.push("marked-second-webhook-7f3a");
      await setSlackUrl(`http://${loopback}:${(server.address() as AddressInfo).port}${path}`);
      await pulumi(["up", "--yes", "--skip-preview"]);
      const alert = [{ labels: { alertname: "Changed", severity: "warning", namespace: "shop" }, annotations: { summary: "changed" } }];
      const deadline = Date.now() + 60_000;
      while (!received.includes(path) && Date.now() < deadline) {
        await fetch(`http://${loopback}:${state.ports.alertmanager}/api/v2/alerts`, {
          method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(alert),
        });
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      assert.ok(received.includes(path), "nothing arrived at the new URL");
    });
  });

  describe("secrets", () => {
    it("are in the intended Secrets and the operator's generated ones alone", async () => {
      const objects = await clusterObjects(layout.kubeconfig);
      assert.deepEqual(leaksInObjects(objects, marks), [
        "Secret monitoring/alertmanager-heartbeat",
        "Secret monitoring/alertmanager-kube-prometheus-stack-alertmanager-generated",
        "Secret monitoring/alertmanager-mail",
        "Secret monitoring/alertmanager-slack",
        "Secret monitoring/grafana-admin",
        "Secret monitoring/grafana-smtp",
        "Secret shop/belfry-email",
      ]);
    });

    it("are in no state, history, backup, log or rendered file", async () => {
      // Kept on purpose: the sandbox's own record of its secrets, etcd's data, what Alertmanager mounts, and what arrived.
      const kept = [layout.stateFile, layout.kwok, layout.alertmanager, layout.inbox];
      const leaks = await leaksInFiles(join(checkout.directory, ".belfry"), marks, (path) => kept.some((place) => path.startsWith(place)));
      assert.deepEqual(leaks, []);
      assert.deepEqual(await leaksInFiles(layout.logs, marks, () => false), []);
    });

    it("are in no temporary file, no output, and in no process's arguments or environment", async () => {
      assert.deepEqual(await leaksInFiles(temporary, marks, () => false), []);
      assert.deepEqual(marks.filter((mark) => printed.includes(mark)), []);
      assert.deepEqual(await leaksInProcesses(marks), []);
    });

    it("would have been found: the search sees encoded and packed ones", () => {
      const object = { data: { release: Buffer.from(Buffer.from("xx marked-canary xx").toString("base64")).toString("base64") } };
      assert.deepEqual(leaksInObjects([{ kind: "Secret", namespace: "a", name: "b", object }], ["marked-canary"]), ["Secret a/b"]);
    });
  });

  describe("the end", () => {
    it("destroy leaves nothing of this stack", async () => {
      await pulumi(["destroy", "--yes", "--skip-preview"]);
      const left = (await clusterObjects(layout.kubeconfig)).map(title).filter((name) => !untouched.includes(name));
      assert.deepEqual(left, []);
    });

    it("and npm start deploys it again at once, also in a shell that was set up for plain pulumi", async () => {
      await setSlackUrl(state.slackWebhookUrl);
      const { code, output } = await npmStart(checkout.directory, [], { ...(await shellVariables()), TMPDIR: temporary }).ended;
      assert.equal(code, 0, output);
      assert.deepEqual(await readState(checkout.directory), state);
    });
  });
});

/** The part of a URL that is secret: port and host are not. */
function pathOf(url: string): string {
  return new URL(url).pathname.split("/").at(-1) ?? "";
}
