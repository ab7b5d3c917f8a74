import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { Hints } from "../../automation/verify/judge.ts";
import type { Outcome, VerifyResult } from "../../automation/verify/result.ts";
import { verifyAlertmanagers } from "../../automation/verify/run.ts";
import type { RunOptions } from "../../automation/verify/run.ts";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { freePort, startAlertmanager, startHooks, startMail } from "./verify-harness.ts";
import type { AlertmanagerOptions, HookSink, MailSink, RunningAlertmanager } from "./verify-harness.ts";

const hints: Hints = {
  logs: "the log",
  silence: (id) => `show ${id}`,
  secret: (file) => `show ${file}`,
};

interface Choice {
  readonly hooks: string;
  readonly smtpPort: number;
  readonly password?: string;
  readonly routes?: readonly object[];
  readonly extra?: object;
}

/** The shape of a deployed tree: a team's route first, the heartbeat, critical to the mail and on to Slack. */
function config(choice: Choice): string {
  const mail = (to: string) => ({
    to,
    from: "belfry@example.org",
    smarthost: `127.0.0.1:${choice.smtpPort}`,
    auth_username: "belfry",
    auth_password: choice.password ?? "right",
    require_tls: false,
  });
  const summary = "{{ (index .Alerts 0).Annotations.summary }}";
  return stringify({
    route: {
      receiver: "slack",
      group_by: ["namespace", "alertname"],
      group_wait: "1s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: choice.routes ?? [
        { receiver: "team-a/mail/mail", matchers: ['namespace="team-a"'], continue: true },
        {
          receiver: "heartbeat",
          matchers: ['alertname="Watchdog"'],
          group_wait: "0s",
          group_interval: "1s",
          repeat_interval: "1s",
        },
        { receiver: "null", matchers: ['severity=~"info|none"'] },
        { receiver: "mail", matchers: ['severity="critical"'], continue: true },
        { receiver: "slack" },
      ],
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity="warning"'],
        equal: ["namespace", "alertname"],
      },
    ],
    receivers: [
      { name: "null" },
      {
        name: "slack",
        slack_configs: [
          {
            api_url: `${choice.hooks}/slack`,
            channel: "#alerts",
            title: summary,
            http_config: { follow_redirects: false },
          },
        ],
      },
      { name: "mail", email_configs: [{ ...mail("ops@example.org"), headers: { Subject: summary } }] },
      { name: "heartbeat", webhook_configs: [{ url: `${choice.hooks}/beat` }] },
      { name: "team-a/mail/mail", email_configs: [{ ...mail("team-a@example.org"), headers: { Subject: summary } }] },
    ],
    ...choice.extra,
  });
}

function outcomes(result: VerifyResult): Record<string, Outcome> {
  return Object.fromEntries(
    result.receivers.flatMap(({ receiver, integrations }) =>
      integrations.map(({ integration, outcome }) => [`${receiver} ${integration}`, outcome]),
    ),
  );
}

const watchdog = { labels: { alertname: "Watchdog", severity: "none" } };

describe("verify against a real Alertmanager", function () {
  // The program is built first where it is not there yet.
  this.timeout(600_000);
  let program: string;
  let hooks: HookSink;
  let mail: MailSink;
  let running: RunningAlertmanager;
  let closers: (() => Promise<void>)[];

  before(async () => {
    ({ alertmanager: program } = await sandboxTools(["alertmanager"]));
  });
  beforeEach(async () => {
    closers = [];
    hooks = await startHooks((path) => (path === "/gone" ? 404 : 200));
    closers.push(() => hooks.close());
    mail = await startMail();
    closers.push(() => mail.close());
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
  });

  async function start(yaml: string, options?: AlertmanagerOptions): Promise<void> {
    const started = await startAlertmanager(program, yaml, options);
    closers.push(() => started.close());
    running = started;
  }
  const verify = (more: Partial<RunOptions> = {}) =>
    verifyAlertmanagers({
      alertmanagers: [running.access],
      hints,
      report: () => undefined,
      signal: new AbortController().signal,
      configSeconds: 1,
      ...more,
    });

  it("proves Slack, mail, the team's mail and the heartbeat, and resolves its alerts", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    await running.post([watchdog]);
    const lines: string[] = [];
    const result = await verify({ report: (line) => lines.push(line) });
    assert.deepEqual(outcomes(result), {
      "slack slack": "passed",
      "mail email": "passed",
      "heartbeat webhook": "passed",
      "team-a/mail/mail email": "passed",
    });
    assert.equal(result.passed, true);
    assert.deepEqual(lines, [
      "Test alert for slack.",
      "Test alert for mail (its route also tells slack).",
      "Waiting for the next Watchdog at heartbeat, at most 2 s.",
      "Test alert for team-a/mail/mail.",
    ]);
    assert.deepEqual(await running.firing(), ["Watchdog"]);
    const slack = hooks.calls.filter((call) => call.path === "/slack").map((call) => call.body);
    assert.equal(slack.length, 2);
    assert.ok(slack.every((body) => body.includes(`[TEST] Belfry verify ${result.runId}-`)));
    assert.deepEqual(mail.mails.map((one) => one.to).sort(), [["ops@example.org"], ["team-a@example.org"]]);
  });

  it("fails a Slack that does not exist and a wrong SMTP password, and says what to look at", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port, password: "wrong" }).replace("/slack", "/gone"));
    await running.post([watchdog]);
    const result = await verify();
    assert.equal(result.passed, false);
    assert.deepEqual(outcomes(result), {
      "slack slack": "failed",
      "mail email": "failed",
      "heartbeat webhook": "passed",
      "team-a/mail/mail email": "failed",
    });
    const [slack, email] = result.receivers;
    assert.deepEqual(slack?.integrations, [
      {
        integration: "slack",
        outcome: "failed",
        expected: "2 messages sent within 16 s",
        happened: "2 requests, 2 failed (clientError)",
        lookAt: "the reason: the log",
      },
    ]);
    assert.match(email?.integrations[0]?.happened ?? "", /^(\d+) requests, \1 failed$/);
    assert.deepEqual(mail.mails, []);
    assert.deepEqual(await running.firing(), ["Watchdog"]);
  });

  it("does not call a silenced, a muted and an inhibited receiver proved", async () => {
    const routes = [
      {
        receiver: "heartbeat",
        matchers: ['alertname="Watchdog"'],
        group_wait: "0s",
        group_interval: "1s",
        repeat_interval: "1s",
      },
      { receiver: "mail", matchers: ['severity="critical"'] },
      { receiver: "team-a/mail/mail", matchers: ['namespace="team-a"'], mute_time_intervals: ["always"] },
      { receiver: "slack" },
    ];
    const extra = {
      time_intervals: [{ name: "always", time_intervals: [{ years: ["2000:2100"] }] }],
      inhibit_rules: [{ source_matchers: ["alertname=Outage"], target_matchers: ['severity="critical"'] }],
    };
    await start(config({ hooks: hooks.url, smtpPort: mail.port, routes, extra }));
    await running.post([{ labels: { alertname: "Outage", severity: "critical" } }]);
    const now = Date.now();
    const headers = { "content-type": "application/json" };
    const silence = {
      matchers: [{ name: "alertname", value: "BelfryVerifySlack_.*", isRegex: true, isEqual: true }],
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + 600_000).toISOString(),
      createdBy: "test",
      comment: "test",
    };
    const response = await fetch(`${running.url}/api/v2/silences`, {
      method: "POST",
      headers,
      body: JSON.stringify(silence),
    });
    const { silenceID } = (await response.json()) as { silenceID: string };
    const result = await verify({ timeoutSeconds: 8 });
    const said = result.receivers.flatMap(({ receiver, integrations }) =>
      integrations.map(({ outcome, happened, lookAt }) => [receiver, outcome, happened, lookAt]),
    );
    assert.deepEqual(said, [
      ["slack", "unproved", `muted by the silence ${silenceID}`, `show ${silenceID}`],
      ["mail", "unproved", "muted by another alert (an inhibition rule of the configuration)", undefined],
      [
        "heartbeat",
        "unproved",
        "Alertmanager has no active alert Watchdog for this receiver",
        "the rules and the alerting section of Prometheus: does the rule fire, and is Alertmanager reached?",
      ],
      ["team-a/mail/mail", "unproved", "muted by the time interval always", undefined],
    ]);
    assert.equal(result.passed, false);
  });

  it("proves nothing where the counters do not name receivers", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }), { features: "" });
    const result = await verify();
    assert.deepEqual(Object.values(outcomes(result)), ["unproved", "unproved", "unproved", "unproved"]);
    assert.deepEqual(result.receivers[0]?.integrations, [
      {
        integration: "slack",
        outcome: "unproved",
        expected: "counters that name the receiver",
        happened: "Alertmanager's counters do not name receivers, so nobody can tell whose message was sent",
        lookAt:
          'switch on the feature: alertmanager.enableFeatures: ["receiver-name-in-metrics"] (flag --enable-feature)',
      },
    ]);
    assert.deepEqual(await running.firing(), []);
  });

  it("fails a receiver that no alert reaches and one that is not there", async () => {
    const routes = [
      { receiver: "slack" },
      { receiver: "mail", matchers: ['severity="critical"'] },
      { receiver: "heartbeat", matchers: ['alertname="Watchdog"', 'alertname="Other"'] },
    ];
    await start(config({ hooks: hooks.url, smtpPort: mail.port, routes }));
    const result = await verify({ expectedReceivers: ["slack", "pager"] });
    const said = result.receivers.flatMap(({ receiver, integrations }) =>
      integrations.map(({ outcome, happened }) => [receiver, outcome, happened]),
    );
    assert.deepEqual(said, [
      ["slack", "passed", "1 request, none failed"],
      ["mail", "failed", "no alert can reach it: earlier routes take away every alert that its route would match"],
      ["heartbeat", "failed", "no alert can reach it: its route's matchers contradict each other"],
      ["team-a/mail/mail", "failed", "no alert can reach it: no route names this receiver"],
      ["pager", "failed", "it is not there; a configuration that the operator refuses leaves the old one running"],
    ]);
  });

  it("calls a rise unproved that other alerts explain as well, unless the inbox holds the message", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    await running.post([watchdog, { labels: { alertname: "DiskFull", severity: "warning" } }]);
    const result = await verify();
    const [slack] = result.receivers;
    assert.equal(slack?.integrations[0]?.outcome, "unproved");
    assert.match(
      slack.integrations[0].happened,
      /this may be other alerts' traffic: the alert DiskFull began a short time ago$/,
    );
    assert.equal(outcomes(result)["mail email"], "passed");

    const inbox = { messages: () => Promise.resolve(arrived(hooks, mail)) };
    const proved = await verify({ inbox });
    assert.deepEqual(outcomes(proved), {
      "slack slack": "passed",
      "mail email": "passed",
      "heartbeat webhook": "passed",
      "team-a/mail/mail email": "passed",
    });
    assert.deepEqual(
      proved.receivers.map(({ message }) => message?.kind),
      ["slack", "email", "heartbeat", "email"],
    );
  });

  it("fails what was counted as sent but is not in the inbox", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    await running.post([watchdog]);
    const inbox = {
      messages: () => Promise.resolve(arrived(hooks, mail).filter((message) => message.kind !== "slack")),
    };
    const result = await verify({ inbox, timeoutSeconds: 6 });
    assert.deepEqual(outcomes(result), {
      "slack slack": "failed",
      "mail email": "passed",
      "heartbeat webhook": "passed",
      "team-a/mail/mail email": "passed",
    });
    assert.equal(
      result.receivers[0]?.integrations[0]?.happened,
      "counted as sent (2 requests, none failed), but the marked message is not in the sandbox's inbox",
    );
  });

  it("proves two Alertmanagers that are one cluster and send once", async () => {
    const yaml = config({ hooks: hooks.url, smtpPort: mail.port });
    const port = await freePort();
    const settled = ["--cluster.settle-timeout=2s", "--cluster.peer-timeout=15s"];
    await start(yaml, { cluster: [`--cluster.listen-address=127.0.0.1:${port}`, ...settled] });
    const first = running;
    await start(yaml, {
      cluster: ["--cluster.listen-address=127.0.0.1:0", `--cluster.peer=127.0.0.1:${port}`, ...settled],
    });
    for (let peers = 0; peers < 2;) {
      const status = (await (await fetch(`${running.url}/api/v2/status`)).json()) as {
        cluster: { peers: unknown[]; status: string };
      };
      peers = status.cluster.status === "ready" ? status.cluster.peers.length : 0;
    }
    await first.post([watchdog]);
    await running.post([watchdog]);
    const result = await verify({ alertmanagers: [first.access, running.access] });
    assert.deepEqual(outcomes(result), {
      "slack slack": "passed",
      "mail email": "passed",
      "heartbeat webhook": "passed",
      "team-a/mail/mail email": "passed",
    });
    assert.equal(mail.mails.length, 2);
    assert.deepEqual(await first.firing(), ["Watchdog"]);
    assert.deepEqual(await running.firing(), ["Watchdog"]);
  });

  it("posts to every Alertmanager and adds their counters", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    const first = running;
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    await first.post([watchdog]);
    await running.post([watchdog]);
    // Two that are no cluster send twice: more than the test explains.
    const result = await verify({ alertmanagers: [first.access, running.access] });
    assert.equal(
      result.receivers[1]?.integrations[0]?.happened,
      "2 requests, none failed; this may be other alerts' traffic: it rose by more than the test alert explains",
    );
    assert.equal(mail.mails.length, 4);
  });

  it("resolves the test alerts when it is aborted", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    const abort = new AbortController();
    const refused = assert.rejects(verify({ signal: abort.signal }), new Error("stopped by the user"));
    while ((await running.firing()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(new Error("stopped by the user"));
    await refused;
    assert.deepEqual(await running.firing(), []);
  });

  it("refuses Alertmanagers with different configurations", async () => {
    await start(config({ hooks: hooks.url, smtpPort: mail.port }));
    const first = running;
    await start(config({ hooks: hooks.url, smtpPort: mail.port }).replace("#alerts", "#other"));
    await assert.rejects(verify({ alertmanagers: [first.access, { ...running.access, name: "alertmanager-1" }] }), {
      message:
        "The Alertmanagers run different configurations (alertmanager-0, alertmanager-1).\n" +
        "  Wait until all pods have read the new one, and run verify again.",
    });
  });
});

/** What the sinks took, as the sandbox's inbox would show it. */
function arrived(hooks: HookSink, mail: MailSink): ArrivedMessage[] {
  const base = { id: "1", receivedAt: new Date().toISOString() };
  const slack = hooks.calls
    .filter((call) => call.path === "/slack")
    .map(({ body }): ArrivedMessage => {
      const payload = JSON.parse(body) as Record<string, unknown>;
      const none = { username: "", text: "", title: "", fallback: "", attachments: [], blocks: [] };
      return { ...base, ...none, kind: "slack", channel: String(payload["channel"]), payload };
    });
  const beats = hooks.calls
    .filter((call) => call.path === "/beat")
    .map(({ body }, beat): ArrivedMessage => ({
      ...base,
      kind: "heartbeat",
      beat,
      payload: JSON.parse(body) as unknown,
    }));
  const mails = mail.mails.map(({ to, raw }): ArrivedMessage => {
    const none = { from: "", to: [], subject: "", html: "", headers: [], attachments: [] };
    return { ...base, ...none, kind: "email", recipients: to, text: raw.replaceAll("=\r\n", "") };
  });
  return [...slack, ...beats, ...mails];
}
