import assert from "node:assert/strict";

import { maskSecrets, maskSettings } from "../../../automation/mask.ts";
import { canaries, exampleProbes, exampleSettings } from "../../harness.ts";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

describe("masking", () => {
  it("puts the key of each secret setting in its place", () => {
    const masked = maskSettings(exampleSettings());
    const shown = masked.receivers.flatMap((receiver) => {
      switch (receiver.type) {
        case "slack":
          return [receiver.webhookUrl.reveal()];
        case "heartbeat":
          return [receiver.url.reveal()];
        case "email":
          return [];
      }
    });
    assert.deepEqual(shown, ["<secret belfry:slackWebhookUrl>", "<secret belfry:heartbeatUrl>"]);
    assert.equal(masked.smtp?.password?.reveal(), "<secret belfry:smtpPassword>");
  });

  it("puts the key of each login's secret in its place", () => {
    const { probes } = maskSettings(exampleSettings({ probes: exampleProbes() }));
    const shown = probes?.logins.map((login) => (login.type === "basic" ? login.password : login.token).reveal());
    assert.deepEqual(shown, ["<secret belfry:probeToken-api>", "<secret belfry:probePassword-old>"]);
  });

  it("leaves no character of a secret, wherever it is", () => {
    const masked = maskSecrets({
      plain: "plain",
      list: [secret("a"), "b", { deep: secret({ map: ["c", 1, true, null], nested: secret("d") }) }],
      known: secret({ url: "<secret belfry:heartbeatUrl>", other: canaries.slack }),
    });
    assert.deepEqual(masked, {
      plain: "plain",
      list: [
        "<secret>",
        "b",
        { deep: { map: ["<secret>", "<secret>", "<secret>", "<secret>"], nested: "<secret>" } },
      ],
      known: { url: "<secret belfry:heartbeatUrl>", other: "<secret>" },
    });
  });

  it("does not take a secret for a mark because it looks a little like one", () => {
    assert.equal(maskSecrets(secret("<secret a> b")), "<secret>");
  });
});
