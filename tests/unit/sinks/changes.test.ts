import assert from "node:assert/strict";
import { request } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { choosePorts } from "../../../sandbox/ports.ts";
import { InboxClient } from "../../../sandbox/sinks/client.ts";
import { type Sinks, startSinks } from "../../../sandbox/sinks/sinks.ts";
import { newState } from "../../../sandbox/state.ts";
import { loopbackCertificate } from "./certificate.ts";
import { healthy } from "./running.ts";

describe("what a drill may do to the sandbox", () => {
  let directory: string;
  let sinks: Sinks;
  let inbox: string;
  let client: InboxClient;
  let token: string;
  const done: unknown[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-changes-"));
    const state = newState({ ports: await choosePorts(), kubeSystemUid: "0", now: new Date() });
    const drill = {
      put: (changes: unknown) => {
        done.push(changes);
        return changes !== undefined;
      },
      end: () => {
        done.push("end");
      },
    };
    sinks = await startSinks({ state, directory, tls: loopbackCertificate(), health: () => healthy, drill });
    inbox = `http://127.0.0.1:${state.ports.inbox}`;
    token = state.inboxToken;
    client = new InboxClient(state);
  });
  after(async () => {
    await sinks.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    done.length = 0;
  });

  const call = async (method: string, headers: Record<string, string>, body?: string) =>
    (await fetch(`${inbox}/api/changes`, { method, headers, ...(body === undefined ? {} : { body }) })).status;

  it("adds metrics and takes them back, for who has the token", async () => {
    const changes = { seconds: 1, changes: [] };
    await client.putChanges(changes);
    await client.endChanges();
    assert.deepEqual(done, [changes, "end"]);
  });

  it("is refused without the token, even with the address of the page", async () => {
    for (const headers of [{}, { authorization: "Bearer x" }]) {
      assert.equal(await call("PUT", headers, "{}"), 401);
      assert.equal(await call("DELETE", headers), 401);
    }
    const response = await fetch(`${inbox}/api/changes?token=${token}`, { method: "DELETE" });
    assert.equal(response.status, 405);
    assert.deepEqual(done, []);
  });

  it("is refused under another name, for other methods, and for what it does not understand", async () => {
    const authorization = `Bearer ${token}`;
    const foreign = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(inbox);
      request({ host: "127.0.0.1", port, path: "/api/changes", method: "DELETE", headers: { host: "evil.example.com", authorization } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on("error", reject).end();
    });
    assert.equal(foreign, 403);
    assert.equal(await call("POST", { authorization }, "{}"), 405);
    assert.equal(await call("PUT", { authorization }, "not JSON"), 400);
    assert.equal(await call("PUT", { authorization }, "x".repeat(1024 * 1024 + 1)), 413);
    assert.deepEqual(done, [undefined]);
  });
});
