/** The routing tree as Alertmanager itself understands it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { stringify } from "yaml";

import { routingTree } from "../../components/receivers/routing.ts";
import { messageTemplates } from "../../components/receivers/templates.ts";
import type { Receiver, SlackReceiver } from "../../config/settings.ts";
import { exampleSettings } from "../harness.ts";
import { sandboxTools } from "../sandbox/tools.ts";

const run = promisify(execFile);

describe("routing, by amtool", function () {
  this.timeout(600_000);
  let amtool: string;
  let directory: string;

  before(async () => {
    ({ amtool } = await sandboxTools(["amtool"]));
    directory = await mkdtemp(join(tmpdir(), "belfry-routing-"));
  });
  after(() => rm(directory, { recursive: true }));

  async function configFile(name: string, receivers: readonly Receiver[]): Promise<string> {
    for (const [file, content] of Object.entries(messageTemplates())) {
      await writeFile(join(directory, file), content);
    }
    const tree = { ...routingTree(exampleSettings({ receivers })), templates: [join(directory, "*.tmpl")] };
    const file = join(directory, `${name}.yaml`);
    await writeFile(file, stringify(tree));
    return file;
  }

  /** Names of the receivers that amtool says an alert with these labels goes to. */
  async function receiversOf(file: string, labels: Readonly<Record<string, string>>): Promise<string[]> {
    const args = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await run(amtool, ["config", "routes", "test", `--config.file=${file}`, ...args]);
    return stdout.trim().split(",");
  }

  const [slack, mail, heartbeat] = exampleSettings().receivers as [SlackReceiver, Receiver, Receiver];

  describe("with a Slack, a mail and a heartbeat receiver", () => {
    let file: string;
    before(async () => {
      file = await configFile("usual", [slack, mail, heartbeat]);
    });

    it("is a valid configuration", async () => {
      const { stdout } = await run(amtool, ["check-config", file]);
      assert.match(stdout, /SUCCESS/);
      assert.match(stdout, / - 2 inhibit rules\n - 4 receivers\n - 1 templates\n/);
    });

    const both = ["slack", "mail"];
    const table: [string, Record<string, string>, string[]][] = [
      ["critical goes to Slack and e-mail", { alertname: "A", namespace: "n", severity: "critical" }, both],
      ["warning goes to Slack only", { alertname: "A", namespace: "n", severity: "warning" }, ["slack"]],
      ["info goes to nobody", { alertname: "A", namespace: "n", severity: "info" }, ["null"]],
      ["none goes to nobody", { alertname: "A", namespace: "n", severity: "none" }, ["null"]],
      ["Watchdog goes to the heartbeat", { alertname: "Watchdog", severity: "none" }, ["heartbeat"]],
      ["Watchdog of any severity stays there", { alertname: "Watchdog", severity: "critical" }, ["heartbeat"]],
      ["InfoInhibitor goes to nobody", { alertname: "InfoInhibitor", namespace: "n", severity: "none" }, ["null"]],
      ["InfoInhibitor of any severity goes to nobody", { alertname: "InfoInhibitor", severity: "critical" }, ["null"]],
      ["WatchdogStopped is ordinary", { alertname: "WatchdogStopped", severity: "critical" }, both],
      ["MyWatchdog is ordinary", { alertname: "MyWatchdog", severity: "warning" }, ["slack"]],
      ["not-critical is unknown and goes to Slack", { alertname: "A", severity: "not-critical" }, ["slack"]],
      ["Critical is unknown and goes to Slack", { alertname: "A", severity: "Critical" }, ["slack"]],
      ["information is not info", { alertname: "A", severity: "information" }, ["slack"]],
      ["nonexistent is not none", { alertname: "A", severity: "nonexistent" }, ["slack"]],
      ["no severity goes to Slack", { alertname: "A", namespace: "n" }, ["slack"]],
      ["critical without a namespace goes to both", { alertname: "A", severity: "critical" }, both],
      ["warning without a namespace goes to Slack", { alertname: "A", severity: "warning" }, ["slack"]],
      ["an alert without any other label goes to Slack", { alertname: "A" }, ["slack"]],
    ];
    for (const [title, labels, expected] of table) {
      it(title, async () => {
        // A receiver is named once for its route, and for a critical alert's own route below it, not again.
        assert.deepEqual(await receiversOf(file, labels), expected);
      });
    }
  });

  it("tells nobody of the beat without a heartbeat receiver", async () => {
    const file = await configFile("no-heartbeat", [slack, mail]);
    assert.deepEqual(await receiversOf(file, { alertname: "Watchdog", severity: "none" }), ["null"]);
  });

  it("beats at every heartbeat receiver", async () => {
    const second = { ...heartbeat, name: "second" } as Receiver;
    const file = await configFile("two-heartbeats", [heartbeat, slack, second]);
    assert.deepEqual(await receiversOf(file, { alertname: "Watchdog", severity: "none" }), ["heartbeat", "second"]);
  });

  describe("where no Slack receiver takes all", () => {
    let file: string;
    before(async () => {
      const first: SlackReceiver = { ...slack, name: "first", severities: ["critical"] };
      const everything = { ...mail, severities: "all" } as Receiver;
      file = await configFile("narrow", [everything, first, { ...first, name: "second" }]);
    });

    it("an unknown severity still goes to Slack", async () => {
      assert.deepEqual(await receiversOf(file, { alertname: "A", severity: "Critical" }), ["mail", "first"]);
      assert.deepEqual(await receiversOf(file, { alertname: "A" }), ["mail", "first"]);
    });

    it("a known severity goes where it was asked for", async () => {
      assert.deepEqual(await receiversOf(file, { alertname: "A", severity: "warning" }), ["mail"]);
      assert.deepEqual(await receiversOf(file, { alertname: "A", severity: "critical" }), ["mail", "first", "second"]);
      assert.deepEqual(await receiversOf(file, { alertname: "A", severity: "info" }), ["null"]);
    });
  });

  it("a severity that nobody asked for goes to the first Slack receiver", async () => {
    const narrow: SlackReceiver = { ...slack, name: "narrow", severities: ["critical"] };
    const file = await configFile("unwanted", [mail, narrow]);
    assert.deepEqual(await receiversOf(file, { alertname: "A", severity: "warning" }), ["narrow"]);
  });

  it("is valid without Slack, and with every part of the mail server", async () => {
    const file = await configFile("mail-only", [{ ...mail, severities: ["critical", "warning"] } as Receiver]);
    await run(amtool, ["check-config", file]);
    assert.deepEqual(await receiversOf(file, { alertname: "A" }), ["mail"]);
  });
});
