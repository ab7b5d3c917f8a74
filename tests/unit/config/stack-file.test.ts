import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { ConfigError } from "../../../config/problems.ts";
import { stackFileConfig } from "../../../config/stack-file.ts";
import { UserError } from "../../../config/user-error.ts";
import { messageOf } from "./helpers.ts";

function fails(text: string, message: string, file = "Pulumi.dev.yaml"): void {
  assert.throws(
    () => stackFileConfig(text, file),
    (error) => error instanceof UserError && !(error instanceof ConfigError) && error.message === message,
    message,
  );
}

const minimal = `config:
  belfry:platform: eks
  belfry:receivers:
    - {name: slack, type: slack, channel: "#alerts"}
`;

describe("stackFileConfig", () => {
  it("gives every value as Pulumi does, and placeholders for secrets", () => {
    const text = `# comment
encryptionsalt: v1:abc
config:
  kubernetes:context: mine
  belfry:platform: eks
  belfry:purgeCrds: true
  belfry:environment: 5
  belfry:clusterName:
  belfry:config:namespace: watch
  belfry:receivers:
    - {name: slack, type: slack, channel: "#alerts"}
    - {name: ops, type: slack, channel: "#ops"}
  belfry:smtp: {host: smtp.example.com, port: 587, from: a@example.com, username: {secure: v1:xyz}}
  belfry:slackWebhookUrl:
    secure: v1:encrypted
  belfry:smtpPassword: canary
`;
    assert.deepEqual(stackFileConfig(text, "some/where/Pulumi.dev.yaml"), {
      stack: "dev",
      values: {
        "kubernetes:context": "mine",
        "belfry:platform": "eks",
        "belfry:purgeCrds": "true",
        "belfry:environment": "5",
        "belfry:clusterName": "",
        "belfry:namespace": "watch",
        "belfry:receivers":
          '[{"name":"slack","type":"slack","channel":"#alerts"},{"name":"ops","type":"slack","channel":"#ops"}]',
        "belfry:smtp": '{"host":"smtp.example.com","port":587,"from":"a@example.com","username":"masked"}',
        "belfry:slackWebhookUrl": "https://masked.invalid/slack",
        "belfry:smtpPassword": "canary",
        "belfry:slackWebhookUrl-ops": "https://masked.invalid/slack",
      },
      secretKeys: new Set(["belfry:smtp", "belfry:slackWebhookUrl", "belfry:slackWebhookUrl-ops"]),
      sandbox: false,
    });
  });

  it("loads without any secret being there", () => {
    const settings = loadConfig(stackFileConfig(minimal, "Pulumi.qa.eu.yaml"));
    assert.equal(settings.stack, "qa.eu");
    assert.deepEqual(
      settings.receivers.map((receiver) => (receiver.type === "slack" ? receiver.webhookUrl.reveal() : "")),
      ["https://masked.invalid/slack"],
    );
  });

  it("leaves a secret in plain text to be refused", () => {
    const text = `${minimal}  belfry:slackWebhookUrl: https://hooks.slack.com/services/T/B/canary\n`;
    assert.throws(
      () => loadConfig(stackFileConfig(text, "Pulumi.dev.yaml")),
      (error) =>
        error instanceof ConfigError &&
        error.message ===
          messageOf([
            "belfry:slackWebhookUrl: is in plain text in Pulumi.dev.yaml.",
            "Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
              "it asks for the new value: pulumi config set --secret belfry:slackWebhookUrl --stack dev",
          ]),
    );
  });

  it("takes a file without settings", () => {
    const empty = { stack: "dev", values: {}, secretKeys: new Set(), sandbox: false };
    for (const text of ["", "config:\n", "encryptionsalt: v1:abc\n", "config: {}\n"]) {
      assert.deepEqual(stackFileConfig(text, "Pulumi.dev.yaml"), empty);
    }
  });

  it("names file and line of what is no YAML, and shows none of it", () => {
    const mend = "\n  Mend the line and run the command again.";
    fails(
      'config:\n  belfry:platform: eks\n  belfry:x: "canary\n',
      `Pulumi.dev.yaml, line 4: a quote, colon or bracket is missing.${mend}`,
    );
    fails(
      "config:\n  belfry:platform: eks\n  belfry:platform: gke\n",
      `Pulumi.dev.yaml, line 3: the key is there twice.${mend}`,
    );
    fails("config:\n\tbelfry:platform: eks\n", `Pulumi.dev.yaml, line 2: the indentation holds a tab.${mend}`);
    fails("config:\n  a:b: c: d\n", `Pulumi.dev.yaml, line 2: not valid YAML (block as implicit key).${mend}`);
    fails("config:\n  a:b: *canary\n", `Pulumi.dev.yaml, line 2: an alias (*name) in a:b leads nowhere.${mend}`);
  });

  it("refuses what is no stack file", () => {
    fails(
      minimal,
      "settings.yaml is not a stack file.\n  A stack file is called Pulumi.<stack>.yaml.",
      "settings.yaml",
    );
    fails("- a\n", "Pulumi.dev.yaml is not a stack file: it holds no map.\n  Its settings stand below the key config.");
    fails(
      "config: [a]\n",
      "Pulumi.dev.yaml: config is not a map.\n  Write one setting per line below it: belfry:platform: eks",
    );
    fails(
      "config:\n  belfry:platform: eks\n  profile: small\n",
      'Pulumi.dev.yaml, line 3: "profile" is not the key of a setting.\n  Put the project\'s name before it: belfry:platform',
    );
    fails(
      "config:\n  belfry:platform: {secure: v1:abc}\n",
      "belfry:platform in Pulumi.dev.yaml is encrypted, but it is not a secret; without the passphrase it cannot be read.\n" +
        "  Set it in plain text: pulumi config set belfry:platform VALUE --stack dev",
    );
  });
});
