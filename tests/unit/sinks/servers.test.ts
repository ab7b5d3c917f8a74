import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { UserError } from "../../../config/user-error.ts";
import { startHooksServer } from "../../../sandbox/sinks/hooks-server.ts";
import { closeHttp, listenHttp } from "../../../sandbox/sinks/http.ts";
import { startSinks } from "../../../sandbox/sinks/sinks.ts";
import { choosePorts } from "../../../sandbox/ports.ts";
import { healthy, runSinks, type RunningSinks } from "./running.ts";

describe("sinks over HTTP", () => {
  let running: RunningSinks;
  let hooks: string;
  let inbox: string;

  before(async () => {
    running = await runSinks();
    hooks = `http://127.0.0.1:${running.state.ports.hooks}`;
    inbox = `http://127.0.0.1:${running.state.ports.inbox}`;
  });

  after(() => running.end());

  const call = async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    return [response.status, await response.text()];
  };
  const post = (url: string, body: string) => call(url, { method: "POST", body });
  const count = (kind: string) => running.sinks.messages().filter((message) => message.kind === kind).length;

  describe("hooks", () => {
    it("takes a Slack message on the exact path", async () => {
      assert.deepEqual(await post(running.state.slackWebhookUrl, '{"text":"first"}'), [200, "ok"]);
      const last = running.sinks.messages().at(-1);
      assert.equal(last?.kind === "slack" && last.text, "first");
      assert.ok((await readdir(running.directory)).includes(`${last?.id ?? ""}.json`));
    });

    it("refuses like Slack, and keeps nothing of it", async () => {
      const before = count("slack");
      const { slackWebhookUrl } = running.state;
      assert.deepEqual(await post(slackWebhookUrl, "{"), [400, "invalid_payload"]);
      assert.deepEqual(await post(slackWebhookUrl, "{}"), [400, "no_text"]);
      assert.deepEqual(await post(slackWebhookUrl, JSON.stringify({ text: "a".repeat(40_001) })), [
        400,
        "msg_too_long",
      ]);
      assert.deepEqual(await post(`${slackWebhookUrl}x`, '{"text":"a"}'), [404, "no_service"]);
      assert.deepEqual(await post(`${slackWebhookUrl}/`, '{"text":"a"}'), [404, "no_service"]);
      assert.deepEqual(await post(`${hooks}/services/T1/B1/x`, '{"text":"a"}'), [404, "no_service"]);
      assert.deepEqual(await call(slackWebhookUrl), [404, "no_service"]);
      assert.equal(count("slack"), before);
    });

    it("refuses a body over 1 MiB", async () => {
      const body = JSON.stringify({ text: "a", more: "b".repeat(1024 * 1024) });
      assert.deepEqual(await post(running.state.slackWebhookUrl, body), [413, "request entity too large"]);
      assert.deepEqual(await post(running.state.heartbeatUrl, body), [413, "request entity too large"]);
    });

    it("takes heartbeats by POST and GET", async () => {
      assert.deepEqual(await post(running.state.heartbeatUrl, '{"status":"firing"}'), [200, "ok"]);
      assert.deepEqual(await post(running.state.heartbeatUrl, "not JSON"), [200, "ok"]);
      assert.deepEqual(await call(running.state.heartbeatUrl), [200, "ok"]);
      const beats = running.sinks.messages().filter((message) => message.kind === "heartbeat");
      assert.deepEqual(
        beats.map(({ beat, payload }) => [beat, payload]),
        [
          [1, { status: "firing" }],
          [2, "not JSON"],
          [3, null],
        ],
      );
    });

    it("knows no other path or method", async () => {
      assert.deepEqual(await call(hooks), [404, "not found"]);
      assert.deepEqual(await post(`${hooks}/heartbeat/x`, "{}"), [404, "not found"]);
      assert.deepEqual(await call(running.state.heartbeatUrl, { method: "PUT", body: "{}" }), [404, "not found"]);
      assert.equal(count("heartbeat"), 3);
    });

    it("tells the sender when a message could not be kept", async () => {
      const ports = await choosePorts();
      const state = {
        ...running.state,
        ports,
        slackWebhookUrl: running.state.slackWebhookUrl.replace(String(running.state.ports.hooks), String(ports.hooks)),
      };
      const server = await startHooksServer({ state, keep: () => Promise.reject(new Error("disk full")) });
      try {
        assert.deepEqual(await post(state.slackWebhookUrl, '{"text":"a"}'), [500, "rollup_error"]);
      } finally {
        await closeHttp(server);
      }
    });
  });

  describe("inbox", () => {
    const authorization = () => ({ headers: { authorization: `Bearer ${running.state.inboxToken}` } });

    it("shows its page with the token and a refusal without", async () => {
      const response = await fetch(`${inbox}/?token=${running.state.inboxToken}`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /<b>This is the sandbox\.<\/b>/);
      const headers = Object.fromEntries(response.headers);
      assert.match(headers["content-security-policy"] ?? "", /^default-src 'none'; script-src 'sha256-/);
      const { "content-type": type, "cache-control": cache, "x-content-type-options": sniff } = headers;
      assert.deepEqual([type, cache, sniff], ["text/html; charset=utf-8", "no-store", "nosniff"]);
      assert.deepEqual([headers["referrer-policy"], headers["x-frame-options"]], ["no-referrer", "DENY"]);
      for (const address of ["/", "/?token=", `/?token=${running.state.inboxToken}x`]) {
        const [status, body] = await call(inbox + address);
        assert.equal(status, 401);
        assert.match(
          String(body),
          /This address lacks the sandbox's token\. <code>npm start<\/code> prints the full address\./,
        );
        assert.ok(!String(body).includes("first"));
      }
    });

    it("answers JSON to the bearer of the token only", async () => {
      assert.deepEqual(await call(`${inbox}/api/health`, authorization()), [200, JSON.stringify(healthy)]);
      const refused = [401, '{"error":"wrong or missing token"}'];
      for (const path of ["/api/health", "/api/messages", "/api/newest", "/api/other"]) {
        assert.deepEqual(await call(`${inbox}${path}?token=${running.state.inboxToken}`), refused);
        assert.deepEqual(await call(inbox + path, { headers: { authorization: "Bearer x" } }), refused);
        assert.deepEqual(await call(inbox + path, { headers: { authorization: running.state.inboxToken } }), refused);
      }
    });

    it("gives messages after an id and of a kind, oldest first", async () => {
      const all = running.sinks.messages();
      const get = async (query: string) => {
        const [status, body] = await call(`${inbox}/api/messages${query}`, authorization());
        assert.equal(status, 200);
        return JSON.parse(String(body)) as unknown;
      };
      assert.deepEqual(await get(""), all);
      assert.deepEqual(await get(`?after=${all[0]?.id ?? ""}`), all.slice(1));
      assert.deepEqual(
        await get("?kind=heartbeat"),
        all.filter(({ kind }) => kind === "heartbeat"),
      );
      const newest = all.at(-1)?.id ?? "";
      assert.deepEqual(await get(`?after=${newest}`), []);
      assert.deepEqual(await call(`${inbox}/api/newest`, authorization()), [200, JSON.stringify({ id: newest })]);
      assert.deepEqual(await call(`${inbox}/api/messages?kind=fax`, authorization()), [
        400,
        '{"error":"kind is one of slack, email, heartbeat"}',
      ]);
    });

    it("refuses other methods and paths", async () => {
      assert.deepEqual(await call(`${inbox}/api/other`, authorization()), [404, '{"error":"not found"}']);
      assert.deepEqual(await call(`${inbox}/favicon.ico`), [404, '{"error":"not found"}']);
      assert.deepEqual(await call(`${inbox}/api/messages`, { ...authorization(), method: "POST", body: "{}" }), [
        405,
        '{"error":"only GET"}',
      ]);
    });

    it("answers only to its own names, whatever name leads to it", async () => {
      const { inbox: port } = running.state.ports;
      const statusFor = (host: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const path = `/?token=${running.state.inboxToken}`;
          request({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
            .on("error", reject)
            .end();
        });
      const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, "127.0.0.1", `evil.example:${port}`, "localhost:1"];
      assert.deepEqual(await Promise.all(hosts.map(statusFor)), [200, 200, 403, 403, 403]);
    });
  });

  it("listens on 127.0.0.1 alone", async () => {
    const reached = (port: number) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: "127.0.0.2", port })
          .on("connect", () => {
            socket.destroy();
            resolve("connected");
          })
          .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      });
    const { hooks: h, inbox: i, smtp } = running.state.ports;
    assert.deepEqual(await Promise.all([h, i, smtp].map(reached)), ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
  });

  it("cuts off clients that are too slow", async () => {
    const { charts: port } = running.state.ports;
    const server = await listenHttp(port, (incoming) => incoming.resume(), { headers: 100, request: 200 });
    try {
      const answered = await new Promise<string>((resolve, reject) => {
        let text = "";
        connect({ host: "127.0.0.1", port })
          .on("data", (chunk) => (text += chunk.toString()))
          .on("error", reject)
          .on("close", () => resolve(text))
          .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow");
      });
      assert.match(answered, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    } finally {
      await closeHttp(server);
    }
  });

  it("starts all or nothing: a taken port is named, and the others are free again", async () => {
    const ports = { ...(await choosePorts()), inbox: running.state.ports.inbox };
    const options = { ...running, health: () => healthy, state: { ...running.state, ports } };
    const message =
      `Port ${ports.inbox} on 127.0.0.1, which this sandbox uses, is taken by another program.\n` +
      "  End that program, or run `npm run sandbox:delete` and start again: a new sandbox takes other ports.";
    await assert.rejects(startSinks(options), (error) => error instanceof UserError && error.message === message);
    const server = await listenHttp(ports.hooks, (incoming) => incoming.resume());
    await closeHttp(server);
  });
});
