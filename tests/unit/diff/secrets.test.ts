import assert from "node:assert/strict";
import { compareStack } from "../../../automation/diff/compare.ts";
import { markdownReport } from "../../../automation/diff/markdown.ts";
import type { StackDiff } from "../../../automation/diff/model.ts";
import { stackSecrets } from "../../../automation/diff/stack-secrets.ts";
import { terminalReport } from "../../../automation/diff/terminal.ts";
import { withoutSecrets } from "../../../automation/diff/text.ts";
import { compared, helmOutput, object, report, section, side } from "./stage.ts";

const canary = "canary-4711";

/** Everything that can be printed of a comparison. */
function printed(...diffs: readonly StackDiff[]): string {
  const all = report(...diffs);
  return [JSON.stringify(all), markdownReport(all), terminalReport(all, { bold: true })].join("\n");
}

describe("secrets in a comparison", () => {
  it("of stack files are told by their ciphertexts, without any value", () => {
    const file = (...lines: readonly string[]) => stackSecrets(["encryptionsalt: v1:salt", "config:", "  belfry:platform: gke", ...lines].join("\n"));
    const before = file(
      "  belfry:slackWebhookUrl: {secure: v1:old-webhook}",
      "  belfry:smtpPassword: {secure: v1:same}",
      "  belfry:heartbeatUrl: {secure: v1:heartbeat}",
      "  belfry:grafana: {nested: [{secure: v1:old-nested}]}",
    );
    const after = file(
      "  belfry:slackWebhookUrl: {secure: v1:new-webhook}",
      "  belfry:smtpPassword: {secure: v1:same}",
      "  belfry:slackWebhookUrl-second: {secure: v1:second}",
      "  belfry:grafana: {nested: [{secure: v1:new-nested}]}",
    );
    assert.ok(before !== undefined && after !== undefined);
    const diff = compareStack("prod", side({}, { secrets: before }), side({}, { secrets: after }));
    assert.equal(
      section(diff, "Secrets"),
      [
        "- **changed**: `belfry:grafana.nested[0]`: encrypted anew: whether the value differs cannot be seen without the stack's key",
        "- **removed**: `belfry:heartbeatUrl`",
        "- **changed**: `belfry:slackWebhookUrl`: encrypted anew: whether the value differs cannot be seen without the stack's key; it is where this receiver's messages go",
        "- **added**: `belfry:slackWebhookUrl-second`: it is where this receiver's messages go",
      ].join("\n"),
    );
    assert.doesNotMatch(printed(diff), /v1:/);
  });

  it("that are all encrypted with another key are said to be, and nothing is claimed of each", () => {
    const file = (salt: string, cipher: string) => stackSecrets(`encryptionsalt: ${salt}\nconfig:\n  belfry:smtpPassword: {secure: ${cipher}}\n`);
    const [before, after] = [file("a", "v1:x"), file("b", "v1:y")];
    assert.ok(before !== undefined && after !== undefined);
    assert.deepEqual(compareStack("prod", side({}, { secrets: before }), side({}, { secrets: after })).secrets, [
      { key: "all secrets", change: "changed", note: "the key changes with which the stack's secrets are encrypted, so which values differ cannot be seen" },
    ]);
  });

  it("that stand in a stack file in plain text are not shown either", () => {
    const file = (value: string) => stackSecrets(`config:\n  belfry:smtpPassword: ${value}\n`);
    const [before, after] = [file(`${canary}-a`), file(`${canary}-b`)];
    assert.ok(before !== undefined && after !== undefined);
    const diff = compareStack("prod", side({}, { secrets: before }), side({}, { secrets: after }));
    assert.deepEqual(diff.secrets.map(({ key, change }) => [key, change]), [["belfry:smtpPassword", "changed"]]);
    assert.ok(!printed(diff).includes(canary));
  });

  it("in a file that is no stack file are none", () => {
    assert.deepEqual([stackSecrets("a: [b"), stackSecrets("- a"), stackSecrets("config: x")?.byKey.size], [undefined, undefined, 0]);
  });

  it("in Secret objects are shown as changed, whatever they hold; marks say which setting it is", () => {
    const secret = (data: Record<string, unknown>) => object("Secret", "s", { stringData: data });
    const diff = compared(
      { objects: [secret({ url: "<secret belfry:slackWebhookUrl>", raw: `${canary}-a`, gone: `${canary}-c`, same: `${canary}-d` })] },
      { objects: [secret({ url: "<secret belfry:slackWebhookUrl-second>", raw: `${canary}-b`, new: { deep: `${canary}-e` }, same: `${canary}-d` })] },
    );
    assert.equal(
      section(diff, "All objects"),
      [
        "- changed `Secret monitoring/s`",
        "  - `stringData.url`: `<secret belfry:slackWebhookUrl>` → `<secret belfry:slackWebhookUrl-second>`",
        "  - `stringData.raw`: **secret changed**, not shown",
        "  - `stringData.gone`: **secret removed**, not shown",
        '  - `stringData.new` added: `{"deep":"<secret>"}`',
      ].join("\n"),
    );
    assert.ok(!printed(diff).includes(canary));
  });

  it("elsewhere are found by their names, logins in addresses and webhooks by their form", () => {
    const values = (n: string) => ({
      password: `${canary}-${n}`,
      existingSecret: "falco-ui",
      admin: { passwordKey: "admin-password", client_secret: "$__env{CLIENT_SECRET}" },
      list: [{ apiKey: `${canary}-${n}` }],
      url: `https://user:${canary}-${n}@example.com`,
      hook: `https://hooks.slack.com/services/T0/B0/${canary}${n}`,
      config: { "app.yaml": `a: 1\ntoken: ${canary}-${n}\nb: ${n}\n` },
      text: `first\npassword = ${canary}-${n}\n`,
      more: `first\npassword = ${canary}-${n}\n${n}\n`,
    });
    const diff = compared({ values: values("a") }, { values: { ...values("b"), existingSecret: "other" } });
    assert.deepEqual(
      diff.objects.flatMap(({ paths }) => paths),
      [
        { path: "values.password", before: "<secret>", after: "<secret>", secret: true },
        { path: "values.existingSecret", before: "falco-ui", after: "other" },
        { path: "values.list[0].apiKey", before: "<secret>", after: "<secret>", secret: true },
        { path: "values.url", before: "<secret>", after: "<secret>", secret: true },
        { path: "values.hook", before: "<secret>", after: "<secret>", secret: true },
        { path: 'values.config["app.yaml"]:.token', before: "<secret>", after: "<secret>", secret: true },
        { path: 'values.config["app.yaml"]:.b', before: "a", after: "b" },
        { path: "values.text", before: "<secret>", after: "<secret>", secret: true },
        { path: "values.more (line 3)", before: "a", after: "b" },
      ],
    );
    assert.ok(!printed(diff).includes(canary));
  });

  it("that a chart renders are hidden as well", () => {
    const charted = (value: string) => side({}, { charts: new Map([["kube-prometheus-stack", helmOutput(object("Secret", "am", { data: { "alertmanager.yaml": value } }))]]) });
    const diff = compareStack("prod", charted(`${canary}-a`), charted(`${canary}-b`));
    assert.deepEqual(diff.objects.map(({ name, paths }) => [name, paths]), [
      ["am", [{ path: 'data["alertmanager.yaml"]', before: "<secret>", after: "<secret>", secret: true }]],
    ]);
    assert.ok(!printed(diff).includes(canary));
  });

  it("are taken out of the reason why a side failed", () => {
    const key = ["-----BEGIN", "RSA PRIVATE KEY-----\nabc\n-----END", "RSA PRIVATE KEY-----"].join(" ");
    const reason = `x https://u:${canary}@example.com/ https://hooks.slack.com/services/${canary} smtpPassword: "${canary} b" PULUMI_ACCESS_TOKEN=${canary} ${key} end`;
    assert.equal(withoutSecrets(reason), "x https://***@example.com/ https://hooks.slack.com/*** smtpPassword: *** PULUMI_ACCESS_TOKEN=*** *** end");
    assert.ok(!printed(compareStack("prod", { failure: reason }, side({}))).includes(canary));
  });
});
