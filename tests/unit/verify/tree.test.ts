import assert from "node:assert/strict";
import { makeMatcher } from "../../../automation/verify/matchers.ts";
import {
  ConfigUnreadable,
  durationSeconds,
  inhibits,
  readConfig,
  routeAlert,
} from "../../../automation/verify/tree.ts";
import type { Labels } from "../../../automation/verify/matchers.ts";

const yaml = `
global:
  resolve_timeout: 5m
route:
  receiver: slack
  group_by:
  - namespace
  continue: false
  routes:
  - receiver: team-a/mail/mail
    matchers:
    - namespace="team-a"
    continue: true
    routes:
    - matchers:
      - severity="info"
      receiver: "null"
  - receiver: heartbeat
    match:
      alertname: Watchdog
    group_interval: 1m
    repeat_interval: 59s
    active_time_intervals: [day]
  - receiver: mail
    match_re:
      severity: critical|page
    continue: true
    group_wait: 1m30s
    mute_time_intervals: [night]
  - receiver: odd
    matchers: ['x=~"\\\\pL"', 'y="1"']
inhibit_rules:
- source_match: {severity: critical}
  target_matchers: [severity="warning"]
  equal: [namespace, alertname]
receivers:
- name: "null"
- name: slack
  slack_configs:
  - send_resolved: true
    api_url_file: /etc/alertmanager/secrets/belfry-slack/url
    channel: '#alerts'
  - api_url: <secret>
    channel: '{{ template "x" . }}'
- name: mail
  email_configs:
  - to: ops@example.org
    auth_password_file: /etc/alertmanager/secrets/belfry-smtp/password
- name: heartbeat
  webhook_configs:
  - url_file: /etc/alertmanager/secrets/belfry-heartbeat/url
    max_alerts: 0
templates: []
`;

describe("the deployed tree", () => {
  const config = readConfig(yaml);
  const route = (labels: Labels) => routeAlert(config.root, labels)?.routes.map((one) => one.receiver);

  it("reads receivers with their targets and secret files, never their secrets", () => {
    assert.deepEqual(config.receivers, [
      { name: "null", integrations: [] },
      {
        name: "slack",
        integrations: [
          {
            kind: "slack",
            target: "#alerts",
            secretFiles: ["api_url_file: /etc/alertmanager/secrets/belfry-slack/url"],
          },
          { kind: "slack", secretFiles: [] },
        ],
      },
      {
        name: "mail",
        integrations: [
          {
            kind: "email",
            target: "ops@example.org",
            secretFiles: ["auth_password_file: /etc/alertmanager/secrets/belfry-smtp/password"],
          },
        ],
      },
      {
        name: "heartbeat",
        integrations: [{ kind: "webhook", secretFiles: ["url_file: /etc/alertmanager/secrets/belfry-heartbeat/url"] }],
      },
    ]);
  });
  it("inherits timing, not time intervals", () => {
    const [team, heartbeat, mail] = config.root.routes;
    assert.deepEqual([config.root.groupWait, config.root.groupInterval, config.root.repeatInterval], [30, 300, 14_400]);
    assert.deepEqual(
      [team?.groupWait, heartbeat?.groupInterval, heartbeat?.repeatInterval, mail?.groupWait],
      [30, 60, 59, 90],
    );
    assert.deepEqual([mail?.muteTimeIntervals, heartbeat?.activeTimeIntervals], [["night"], ["day"]]);
  });
  it("routes as Alertmanager does", () => {
    assert.deepEqual(route({}), ["slack"]);
    assert.deepEqual(route({ severity: "critical" }), ["mail"]);
    assert.deepEqual(route({ severity: "critical", namespace: "team-a" }), ["team-a/mail/mail", "mail"]);
    assert.deepEqual(route({ severity: "info", namespace: "team-a" }), ["null"]);
    assert.deepEqual(route({ alertname: "Watchdog", severity: "critical" }), ["heartbeat"]);
    assert.deepEqual(route({ alertname: "WatchdogStopped" }), ["slack"]);
  });
  it("names the matcher on which an unclear answer hangs", () => {
    const routing = routeAlert(config.root, { x: "a", y: "1" });
    assert.deepEqual([routing?.routes.map((one) => one.receiver), routing?.unclear], [["odd"], 'x=~"\\\\pL"']);
    assert.equal(routeAlert(config.root, { alertname: "Watchdog", x: "a", y: "1" })?.unclear, undefined);
  });
  it("reads durations", () => {
    const texts = ["0s", "30s", "1h30m", "1d", "250ms", "2w", "0"];
    assert.deepEqual(texts.map(durationSeconds), [0, 30, 5400, 86_400, 0.25, 1_209_600, 0]);
    assert.throws(() => durationSeconds("soon"), new ConfigUnreadable('the duration "soon" cannot be read'));
  });
  it("refuses what it cannot read", () => {
    assert.throws(() => readConfig("receivers: []"), new ConfigUnreadable("the configuration has no route"));
    const bad = "route: {receiver: a, matchers: ['nothing']}";
    assert.throws(() => readConfig(bad), new ConfigUnreadable('the matcher "nothing" cannot be read'));
  });
  it("takes no text for a boolean or a number", () => {
    const odd = readConfig(
      'route: {receiver: "1", match: {a: "yes", b: 010}, continue: "true"}\nreceivers: [{name: "1"}]',
    );
    assert.deepEqual(
      odd.root.matchers.map((one) => one.value),
      ["yes", "010"],
    );
    assert.equal(odd.root.continues, true);
  });
});

describe("inhibition", () => {
  const rule = {
    source: [makeMatcher("severity", "=", "critical")],
    target: [makeMatcher("severity", "=~", "warning|info")],
    equal: ["namespace", "alertname"],
  };
  it("mutes where the labels are equal, two absent ones included", () => {
    assert.equal(inhibits(rule, { severity: "critical", alertname: "a" }, { severity: "info", alertname: "a" }), true);
    assert.equal(inhibits(rule, { severity: "critical", alertname: "a" }, { severity: "info", alertname: "b" }), false);
    assert.equal(inhibits(rule, { severity: "critical", namespace: "x" }, { severity: "info" }), false);
    assert.equal(inhibits(rule, { severity: "warning" }, { severity: "info" }), false);
  });
  it("never lets two alerts that match both sides mute each other", () => {
    const both = { source: [makeMatcher("a", "=", "1")], target: [makeMatcher("a", "=", "1")], equal: [] };
    assert.equal(inhibits(both, { a: "1" }, { a: "1" }), false);
  });
  it("says so where an expression cannot be judged", () => {
    const unclear = { ...rule, source: [makeMatcher("severity", "=~", "\\pL+")] };
    assert.equal(inhibits(unclear, { severity: "critical" }, { severity: "info" }), undefined);
  });
});
