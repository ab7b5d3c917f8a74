import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewMessage } from "../../../sandbox/sinks/messages.ts";
import { nextId, openStore, type StoreOptions } from "../../../sandbox/sinks/store.ts";
import { slackMessage } from "./samples.ts";

const slack = (text: string): NewMessage => slackMessage({ text });
const beat: NewMessage = { kind: "heartbeat", payload: { status: "firing" } };

describe("message store", () => {
  let directory: string;
  let options: StoreOptions;

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), "belfry-store-")), "inbox");
    let milliseconds = Date.UTC(2026, 10, 23);
    options = {
      directory,
      now: () => new Date(milliseconds++),
      limits: { messages: 3, heartbeats: 2, bytes: 100_000 },
    };
  });

  afterEach(async () => {
    await rm(join(directory, ".."), { recursive: true, force: true });
  });

  const texts = (store: { messages(): { kind: string; text?: unknown }[] }) =>
    store.messages().map(({ kind, text }) => (kind === "slack" ? text : kind));

  it("keeps a message in a private file and has it again after a restart", async () => {
    const store = await openStore(options);
    const kept = await store.add(slack("a"));
    assert.deepEqual(kept, slackMessage({ id: kept.id, receivedAt: "2026-11-23T00:00:00.000Z", text: "a" }));
    assert.deepEqual(await readdir(directory), [`${kept.id}.json`]);
    assert.equal((await stat(join(directory, `${kept.id}.json`))).mode & 0o777, 0o600);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    assert.deepEqual((await openStore(options)).messages(), [kept]);
  });

  it("keeps the newest messages, and heartbeats apart from them with a count of all", async () => {
    const store = await openStore(options);
    for (const message of [slack("1"), beat, slack("2"), beat, slack("3"), beat, slack("4")]) await store.add(message);
    assert.deepEqual(texts(store), ["2", "heartbeat", "3", "heartbeat", "4"]);
    assert.equal((await readdir(directory)).length, 5);
    const again = await openStore(options);
    assert.deepEqual(again.messages(), store.messages());
    const next = await again.add(beat);
    assert.deepEqual(
      { ...next, id: "", receivedAt: "" },
      { kind: "heartbeat", beat: 4, payload: { status: "firing" }, id: "", receivedAt: "" },
    );
  });

  it("bounds the size of all, but keeps the newest whatever its size", async () => {
    const store = await openStore({ ...options, limits: { messages: 10, heartbeats: 10, bytes: 2_000 } });
    await store.add(slack("a".repeat(900)));
    await store.add(slack("b".repeat(900)));
    assert.deepEqual(texts(store), ["b".repeat(900)]);
    await store.add(slack("c".repeat(5_000)));
    assert.deepEqual(texts(store), ["c".repeat(5_000)]);
    assert.equal((await readdir(directory)).length, 1);
  });

  it("applies smaller bounds at the next start", async () => {
    const store = await openStore(options);
    for (const text of ["1", "2", "3"]) await store.add(slack(text));
    const smaller = await openStore({ ...options, limits: { messages: 1, heartbeats: 1, bytes: 100_000 } });
    assert.deepEqual(texts(smaller), ["3"]);
    assert.equal((await readdir(directory)).length, 1);
  });

  it("masks secrets before anything is written", async () => {
    const store = await openStore({ ...options, secrets: ["/services/T1/B1/s3cret", "t0ken"] });
    const kept = await store.add(slack("see http://x/services/T1/B1/s3cret and t0ken t0ken"));
    assert.equal(kept.kind === "slack" && kept.text, "see http://x••• and ••• •••");
    assert.ok(!(await readFile(join(directory, `${kept.id}.json`), "utf8")).includes("s3cret"));
  });

  it("gives ids in the order of arrival when many come at once", async () => {
    const store = await openStore({ ...options, limits: { messages: 100, heartbeats: 1, bytes: 1_000_000 } });
    const added = await Promise.all(Array.from({ length: 20 }, (_, index) => store.add(slack(String(index)))));
    const ids = added.map(({ id }) => id);
    assert.deepEqual(ids, ids.toSorted());
    assert.equal(new Set(ids).size, 20);
    assert.deepEqual(
      texts(store),
      ids.map((_, index) => String(index)),
    );
  });

  it("ids go on when the clock stands still or goes back", () => {
    const first = nextId("", new Date(1_000));
    const second = nextId(first, new Date(1_000));
    const third = nextId(second, new Date(5));
    const fourth = nextId(third, new Date(1_001));
    assert.deepEqual(
      [first, second, third, fourth],
      ["000000000001000-000000", "000000000001000-000001", "000000000001000-000002", "000000000001001-000000"],
    );
  });

  it("removes half-written files and leaves what it does not know alone", async () => {
    const store = await openStore(options);
    const kept = await store.add(slack("a"));
    await writeFile(join(directory, "x.json.1234.tmp"), "{");
    await writeFile(join(directory, "broken.json"), "{");
    await writeFile(join(directory, "other.json"), '{"kind":"slack"}');
    assert.deepEqual((await openStore(options)).messages(), [kept]);
    assert.deepEqual(await readdir(directory), [`${kept.id}.json`, "broken.json", "other.json"]);
  });

  it("rejects when it cannot write, and takes the next one", async () => {
    const store = await openStore(options);
    await rm(directory, { recursive: true });
    await assert.rejects(store.add(slack("lost")), { code: "ENOENT" });
    assert.deepEqual(store.messages(), []);
    await openStore(options);
    await store.add(slack("kept"));
    assert.deepEqual(texts(store), ["kept"]);
  });
});
