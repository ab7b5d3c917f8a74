import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";

import type { Route } from "../../../components/receivers/alertmanager-config.ts";
import { routingTree } from "../../../components/receivers/routing.ts";
import { SecretValue } from "../../../config/secret-value.ts";
import type { EmailReceiver, HeartbeatReceiver, Receiver, SlackReceiver } from "../../../config/settings.ts";
import { UserError } from "../../../config/user-error.ts";
import { canaries, exampleSettings } from "../../harness.ts";

const slack = (name: string, severities: SlackReceiver["severities"]): SlackReceiver => ({
  type: "slack",
  name,
  channel: `#${name}`,
  severities,
  webhookUrl: new SecretValue("belfry:slackWebhookUrl", canaries.slack),
});
const email = (name: string, severities: EmailReceiver["severities"]): EmailReceiver => ({
  type: "email",
  name,
  to: [`${name}@example.com`],
  severities,
});
const heartbeat = (name: string, intervalSeconds: number): HeartbeatReceiver => ({
  type: "heartbeat",
  name,
  intervalSeconds,
  url: new SecretValue("belfry:heartbeatUrl", canaries.heartbeat),
});

const treeOf = (...receivers: Receiver[]) => routingTree(exampleSettings({ receivers }));
const matchersOf = (routes: readonly Route[] | undefined) =>
  routes?.map((route) => [route.receiver, ...(route.matchers ?? []), ...(route.continue === true ? ["->"] : [])]);

describe("routing tree", () => {
  it("stands as documented for the usual receivers", () => {
    const tree = routingTree(exampleSettings());
    assert.deepEqual(tree.route, {
      receiver: "slack",
      group_by: ["alertname", "namespace", "rule"],
      group_wait: "5s",
      group_interval: "30s",
      repeat_interval: "12h",
      routes: [
        {
          receiver: "heartbeat",
          matchers: ['alertname="Watchdog"'],
          group_by: ["alertname"],
          group_wait: "0s",
          group_interval: "300s",
          repeat_interval: "150s",
        },
        { receiver: "null", matchers: ['alertname="InfoInhibitor"'] },
        { receiver: "null", matchers: ['severity=~"info|none"'] },
        {
          receiver: "slack",
          continue: true,
          routes: [{ receiver: "slack", matchers: ['severity="critical"'], repeat_interval: "4h" }],
        },
        { receiver: "mail", matchers: ['severity="critical"'], continue: true, repeat_interval: "4h" },
      ],
    });
    assert.deepEqual(tree.global, { resolve_timeout: "5m" });
    assert.deepEqual(tree.templates, ["/etc/alertmanager/config/*.tmpl"]);
  });

  it("names secrets by file and texts by template", () => {
    assert.deepEqual(routingTree(exampleSettings()).receivers, [
      { name: "null" },
      {
        name: "slack",
        slack_configs: [
          {
            send_resolved: true,
            api_url_file: "/etc/alertmanager/secrets/alertmanager-slack/url",
            channel: "#alerts",
            color:
              '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}danger{{ end }}',
            title: '{{ template "belfry.slack.title" . }}',
            title_link: '{{ template "belfry.slack.link" . }}',
            text: '{{ template "belfry.slack.text" . }}',
            fallback: '{{ template "belfry.slack.title" . }}',
            timeout: "10s",
          },
        ],
      },
      {
        name: "mail",
        email_configs: [
          {
            send_resolved: true,
            to: "oncall@example.com, lead@example.com",
            from: "belfry@example.com",
            smarthost: "smtp.example.com:587",
            auth_username: "belfry",
            auth_password_file: "/etc/alertmanager/secrets/alertmanager-mail/password",
            require_tls: true,
            headers: { Subject: '{{ template "belfry.email.subject" . }}' },
            html: '{{ template "belfry.email.html" . }}',
            text: '{{ template "belfry.email.text" . }}',
          },
        ],
      },
      {
        name: "heartbeat",
        webhook_configs: [
          {
            send_resolved: false,
            url_file: "/etc/alertmanager/secrets/alertmanager-heartbeat/url",
            max_alerts: 1,
            timeout: "10s",
          },
        ],
      },
    ]);
  });

  it("holds no secret", () => {
    const text = JSON.stringify(routingTree(exampleSettings()));
    assert.deepEqual(
      Object.values(canaries).filter((secret) => text.includes(secret)),
      [],
    );
  });

  it("leaves out of a mail what its server does not have, and adds a private authority", () => {
    const smtp = { host: "::1", port: 25, from: "a@example.com", tls: "off" } as const;
    const [, receiver] = routingTree(exampleSettings({ receivers: [email("mail", ["critical"])], smtp })).receivers;
    assert.deepEqual(receiver?.email_configs?.[0], {
      send_resolved: true,
      to: "mail@example.com",
      from: "a@example.com",
      smarthost: "[::1]:25",
      require_tls: false,
      headers: { Subject: '{{ template "belfry.email.subject" . }}' },
      html: '{{ template "belfry.email.html" . }}',
      text: '{{ template "belfry.email.text" . }}',
    });
    const caCertificate = "-----BEGIN CERTIFICATE-----";
    const own = exampleSettings({ receivers: [email("mail", ["critical"])], smtp: { ...smtp, caCertificate } });
    assert.deepEqual(routingTree(own).receivers[1]?.email_configs?.[0]?.tls_config, {
      ca_file: "/etc/alertmanager/secrets/alertmanager-mail/ca.crt",
    });
  });

  it("sends the beat to every heartbeat receiver, and to nobody else", () => {
    const tree = treeOf(heartbeat("one", 60), slack("slack", "all"), heartbeat("two", 91));
    assert.deepEqual(tree.route.routes?.slice(0, 2), [
      {
        receiver: "one",
        matchers: ['alertname="Watchdog"'],
        continue: true,
        group_by: ["alertname"],
        group_wait: "0s",
        group_interval: "60s",
        repeat_interval: "30s",
      },
      {
        receiver: "two",
        matchers: ['alertname="Watchdog"'],
        group_by: ["alertname"],
        group_wait: "0s",
        group_interval: "91s",
        repeat_interval: "45s",
      },
    ]);
  });

  it("drops the beat without a heartbeat receiver", () => {
    assert.deepEqual(treeOf(slack("slack", "all")).route.routes?.[0], {
      receiver: "null",
      matchers: ['alertname="Watchdog"'],
    });
  });

  it("asks receivers in the order of the settings", () => {
    const tree = treeOf(email("a", ["critical", "warning"]), slack("b", ["warning"]), slack("c", "all"));
    assert.equal(tree.route.receiver, "b");
    assert.deepEqual(matchersOf(tree.route.routes?.slice(3)), [
      ["a", 'severity=~"critical|warning"', "->"],
      ["b", 'severity="warning"', "->"],
      ["c", "->"],
    ]);
    assert.deepEqual(tree.route.routes?.[4]?.routes, undefined);
  });

  it("gives unknown severities to the first Slack receiver where no Slack receiver takes all", () => {
    const tree = treeOf(email("mail", "all"), slack("first", ["critical"]), slack("second", ["warning"]));
    assert.deepEqual(tree.route.routes?.at(-1), {
      receiver: "first",
      matchers: ['severity!~"critical|warning|info|none"'],
    });
    assert.equal(tree.route.receiver, "first");
  });

  it("gives them to the first e-mail receiver where there is no Slack", () => {
    const tree = treeOf(email("first", ["critical"]), email("second", ["warning"]));
    assert.equal(tree.route.receiver, "first");
    assert.deepEqual(matchersOf(tree.route.routes?.slice(-1)), [["first", 'severity!~"critical|warning|info|none"']]);
  });

  it("refuses settings that reach nobody", () => {
    assert.throws(
      () => treeOf(heartbeat("heartbeat", 60)),
      new UserError(
        "belfry:receivers has no receiver for people: alerts would reach nobody.",
        'Add one, for example: {name: slack, type: slack, channel: "#alerts"}',
      ),
    );
  });

  it("lets a critical alert with a namespace mute the warning about the same thing only", () => {
    const [rule, ...more] = routingTree(exampleSettings()).inhibit_rules;
    assert.deepEqual(more.map(({ target_matchers }) => target_matchers), [['alertname="BelfryFalcoCriticalEvent"']]);
    assert.deepEqual(rule?.source_matchers, ['severity="critical"', 'namespace=~".+"']);
    assert.deepEqual(rule.target_matchers, ['severity="warning"']);
    for (const label of ["alertname", "namespace", "instance", "pod", "device", "mountpoint", "persistentvolumeclaim"]) {
      assert.ok(rule.equal.includes(label), label);
    }
    assert.ok(!rule.equal.includes("severity"));
    assert.equal(new Set(rule.equal).size, rule.equal.length);
  });

  it("compares every label by which the rules of this stack tell things apart", () => {
    const directory = join(import.meta.dirname, "../../../alerts/rules");
    const rules = readdirSync(directory).map((file) => readFileSync(join(directory, file), "utf8"));
    const labels = rules.flatMap((text) => [...text.matchAll(/\bby ?\(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/, */)));
    assert.ok(labels.length > 20, `only ${labels.length} labels found`);
    const compared = routingTree(exampleSettings()).inhibit_rules[0]?.equal ?? [];
    // falcosidekick's own word for the namespace, which the rules give its usual name.
    const left = [...new Set(labels)].filter((label) => !compared.includes(label) && label !== "k8s_ns_name");
    assert.deepEqual(left.sort(), []);
  });

  it("lets the pushed alert of a Falco event mute the counted one of the same rule and namespace", () => {
    assert.deepEqual(routingTree(exampleSettings()).inhibit_rules.at(-1), {
      source_matchers: ['alertname="FalcoEvent"', 'namespace=~".+"', 'rule=~".+"'],
      target_matchers: ['alertname="BelfryFalcoCriticalEvent"'],
      equal: ["cluster", "namespace", "rule"],
    });
  });

  it("beats at every interval: Alertmanager repeats only when more than repeat_interval has passed", () => {
    const seconds = (text: string | undefined) => Number(/^(\d+)s$/.exec(text ?? "")?.[1]);
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 86_400 }), (interval) => {
        const [route] = treeOf(slack("slack", "all"), heartbeat("heartbeat", interval)).route.routes ?? [];
        assert.equal(seconds(route?.group_interval), interval);
        assert.ok(seconds(route?.repeat_interval) > 0);
        assert.ok(seconds(route?.repeat_interval) < interval);
      }),
    );
  });

  it("never stops at a receiver for people before the others were asked", () => {
    const severities = fc.constantFrom<SlackReceiver["severities"][]>("all", ["critical"], ["warning"], ["critical", "warning"]);
    const people = fc.array(fc.tuple(fc.boolean(), severities), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(people, (list) => {
        const receivers = list.map(([isSlack, wanted], index) => (isSlack ? slack : email)(`r${index}`, wanted));
        const routes = treeOf(...receivers).route.routes ?? [];
        assert.deepEqual(
          routes.slice(3, 3 + receivers.length).map((route) => [route.receiver, route.continue]),
          receivers.map((receiver) => [receiver.name, true]),
        );
      }),
    );
  });
});
