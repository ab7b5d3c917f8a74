import assert from "node:assert/strict";
import { Bell, type Destination } from "../../../automation/drill/bell.ts";
import { runSinks, type RunningSinks } from "../sinks/running.ts";

describe("the bell of a drill", () => {
  let running: RunningSinks;
  let bell: Bell;

  before(async () => {
    running = await runSinks();
    bell = new Bell(running.state, new AbortController().signal);
  });

  after(() => running.end());

  const slack: Destination = { receiver: "slack", integration: { kind: "slack", target: "#alerts", secretFiles: [] } };
  const arrive = async (title: string) => {
    const body = JSON.stringify({ channel: "#alerts", attachments: [{ title, text: "text" }] });
    assert.equal((await fetch(running.state.slackWebhookUrl, { method: "POST", body })).status, 200);
  };
  const titles = async (alert: string) =>
    (await bell.deliveries([slack], alert, 0, 0)).map(({ message }) => (message?.kind === "slack" ? message.title : undefined));

  it("does not take the end of an earlier run for the message", async () => {
    await arrive("[DRILL] [RESOLVED: 1] Earlier in monitoring");
    assert.deepEqual(await titles("Earlier"), [undefined]);
    await arrive("[DRILL] [FIRING: 1] Earlier in monitoring");
    assert.deepEqual(await titles("Earlier"), ["[DRILL] [FIRING: 1] Earlier in monitoring"]);
  });

  it("takes a message that tells an end beside it", async () => {
    await arrive("[DRILL] [FIRING: 1, RESOLVED: 1] Both in monitoring");
    assert.deepEqual(await titles("Both"), ["[DRILL] [FIRING: 1, RESOLVED: 1] Both in monitoring"]);
  });

  it("takes no message about another alert, and no message at another place", async () => {
    await arrive("[DRILL] [FIRING: 1] Another in monitoring");
    assert.deepEqual(await titles("Nobody"), [undefined]);
    const elsewhere = { ...slack, integration: { ...slack.integration, target: "#elsewhere" } };
    assert.deepEqual(await bell.deliveries([elsewhere], "Another", 0, 0), [{ receiver: "slack", integration: "slack" }]);
  });

  it("finds the messages that tell an end", async () => {
    await arrive("[DRILL] [FIRING: 1] Over in monitoring");
    assert.deepEqual(await bell.ends("Over", 0), []);
    await arrive("[DRILL] [RESOLVED: 1] Over in monitoring");
    assert.deepEqual((await bell.ends("Over", 0)).map((message) => message.kind === "slack" && message.title), ["[DRILL] [RESOLVED: 1] Over in monitoring"]);
    assert.deepEqual(await bell.ends("Over", Date.now() + 60_000), []);
  });
});
