import assert from "node:assert/strict";
import { InboxClient } from "../../../sandbox/sinks/client.ts";
import { healthy, runSinks, type RunningSinks } from "./running.ts";

describe("inbox client", () => {
  let running: RunningSinks;
  let client: InboxClient;

  before(async () => {
    running = await runSinks();
    client = new InboxClient(running.state);
  });

  after(() => running.end());

  const send = async (text: string) => {
    const response = await fetch(running.state.slackWebhookUrl, { method: "POST", body: JSON.stringify({ text }) });
    assert.equal(response.status, 200);
  };

  it("reads health and messages", async () => {
    assert.deepEqual(await client.health(), healthy);
    assert.deepEqual(await client.messages(), []);
    await send("one");
    await fetch(running.state.heartbeatUrl);
    const all = running.sinks.messages();
    assert.equal(all.length, 2);
    assert.deepEqual(await client.messages(), all);
    assert.deepEqual(await client.messages({ kind: "heartbeat" }), all.slice(1));
    assert.deepEqual(await client.messages({ after: all[0]?.id }), all.slice(1));
  });

  it("waits for a message, those that are there included", async () => {
    const is = (text: string) => (message: { kind: string; text?: unknown }) => message.text === text;
    const there = await client.waitFor(is("one"), { timeoutMs: 1_000 });
    assert.equal(there?.kind, "slack");
    const waiting = client.waitFor(is("two"), { timeoutMs: 5_000, intervalMs: 20 });
    await send("other");
    await send("two");
    assert.equal((await waiting)?.id, running.sinks.messages().at(-1)?.id);
    assert.equal(await client.waitFor(is("one"), { timeoutMs: 50, intervalMs: 10, after: there.id }), undefined);
  });

  it("asks about each message once", async () => {
    const asked: string[] = [];
    const nothing = await client.waitFor(({ id }) => asked.push(id) < 0, { timeoutMs: 60, intervalMs: 10 });
    assert.equal(nothing, undefined);
    assert.deepEqual(
      asked,
      running.sinks.messages().map(({ id }) => id),
    );
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const waiting = client.waitFor(() => false, { timeoutMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    await assert.rejects(waiting, reason);
    await assert.rejects(client.messages({}, controller.signal), reason);
  });

  it("says what to do when nobody answers or somebody else does", async () => {
    const { inbox, charts } = running.state.ports;
    const stopped = new InboxClient({ ...running.state, ports: { ...running.state.ports, inbox: charts } });
    const silence = {
      name: "UserError",
      message: `The sandbox does not answer on http://127.0.0.1:${charts}.\n  Start it with \`npm start\`.`,
    };
    await assert.rejects(stopped.health(), silence);
    await assert.rejects(
      stopped.waitFor(() => true, { timeoutMs: 50, intervalMs: 20 }),
      silence,
    );
    const other = new InboxClient({ ...running.state, inboxToken: "other" });
    await assert.rejects(other.messages(), {
      name: "UserError",
      message:
        `The sandbox on http://127.0.0.1:${inbox} answered with status 401.\n` +
        "  If another sandbox took its port, run `npm run sandbox:stop` in that checkout, then `npm start` here.",
    });
  });
});
