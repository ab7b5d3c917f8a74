import assert from "node:assert/strict";

import { baseSecrets, teamSecret } from "../../../components/receivers/secrets.ts";
import { teamConfigSpec } from "../../../components/receivers/team.ts";
import type { SmtpServer, TeamReceiver } from "../../../config/settings.ts";
import { exampleSettings } from "../../harness.ts";

const [team] = exampleSettings().teams as [TeamReceiver];
const { smtp } = exampleSettings() as { smtp: SmtpServer };
const caCertificate = "-----BEGIN CERTIFICATE-----";
const without: SmtpServer = { host: "smtp.example.com", port: 25, from: "belfry@example.com", tls: "off" };

describe("a team's receiver", () => {
  it("has the whole mail server in it", () => {
    assert.deepEqual(teamConfigSpec(team, { ...smtp, caCertificate }), {
      route: {
        receiver: "email",
        matchers: [
          { name: "severity", value: "critical|warning", matchType: "=~" },
          { name: "alertname", value: "Watchdog|InfoInhibitor", matchType: "!~" },
        ],
        groupBy: ["alertname", "namespace", "rule"],
        groupWait: "5s",
        groupInterval: "30s",
        repeatInterval: "12h",
        // Critical alerts in mails of their own, told again sooner.
        routes: [
          {
            receiver: "email",
            matchers: [{ name: "severity", value: "critical", matchType: "=" }],
            repeatInterval: "4h",
          },
        ],
      },
      receivers: [
        {
          name: "email",
          emailConfigs: [
            {
              sendResolved: true,
              to: "shop-team@example.com",
              from: "belfry@example.com",
              smarthost: "smtp.example.com:587",
              authUsername: "belfry",
              authPassword: { name: "belfry-email", key: "password" },
              requireTLS: true,
              tlsConfig: { ca: { secret: { name: "belfry-email", key: "ca.crt" } } },
              headers: [{ key: "Subject", value: '{{ template "belfry.email.subject" . }}' }],
              html: '{{ template "belfry.email.html" . }}',
              text: '{{ template "belfry.email.text" . }}',
            },
          ],
        },
      ],
    });
  });

  it("names no Secret where the mail server needs none", () => {
    const spec = teamConfigSpec(team, without) as { receivers: [{ emailConfigs: [Record<string, unknown>] }] };
    const [mail] = spec.receivers[0].emailConfigs;
    assert.deepEqual(
      ["authUsername", "authPassword", "tlsConfig"].filter((key) => key in mail),
      [],
    );
    assert.equal(mail["requireTLS"], false);
    assert.equal(teamSecret(team, without), undefined);
  });

  it("of one severity matches exactly that", () => {
    const { route } = teamConfigSpec({ ...team, severities: ["critical"] }, smtp) as { route: Record<string, unknown> };
    assert.deepEqual(route["matchers"], [
      { name: "severity", value: "critical", matchType: "=" },
      { name: "alertname", value: "Watchdog|InfoInhibitor", matchType: "!~" },
    ]);
    assert.equal(route["repeatInterval"], "4h");
    assert.ok(!("routes" in route));
    const { route: warnings } = teamConfigSpec({ ...team, severities: ["warning"] }, smtp) as {
      route: Record<string, unknown>;
    };
    assert.equal(warnings["repeatInterval"], "12h");
    assert.ok(!("routes" in warnings));
  });

  it("of all severities leaves out what is for no person: it comes before the routes that drop it", () => {
    const { route } = teamConfigSpec({ ...team, severities: "all" }, smtp) as { route: Record<string, unknown> };
    assert.deepEqual(route["matchers"], [
      { name: "severity", value: "info|none", matchType: "!~" },
      { name: "alertname", value: "Watchdog|InfoInhibitor", matchType: "!~" },
    ]);
  });
});

describe("Secrets of the receivers", () => {
  it("are one for each that has a secret", () => {
    const settings = exampleSettings({ smtp: { ...smtp, caCertificate } });
    assert.deepEqual(
      baseSecrets(settings).map(({ name, content }) => [name, Object.keys(content)]),
      [
        ["alertmanager-slack", ["url"]],
        ["alertmanager-mail", ["password", "ca.crt"]],
        ["alertmanager-heartbeat", ["url"]],
      ],
    );
  });

  it("are none for a mail server without password and certificate", () => {
    const names = baseSecrets(exampleSettings({ smtp: without })).map(({ name }) => name);
    assert.deepEqual(names, ["alertmanager-slack", "alertmanager-heartbeat"]);
  });
});
