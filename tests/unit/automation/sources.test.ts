import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { charts } from "../../../config/versions.ts";
import { decideSources, standInNotices } from "../../../sandbox/sources.ts";

describe("where providers and charts come from", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-sources-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const decide = (answers: (address: string) => Promise<Response>, chartMirror?: string) =>
    decideSources({
      file: join(directory, "sources.json"),
      signal: new AbortController().signal,
      fetch: (address) => answers(address as string),
      ...(chartMirror === undefined ? {} : { chartMirror }),
    });
  const reachable = () => Promise.resolve(new Response(null, { status: 200 }));
  const unreachable = () => Promise.reject(new Error("getaddrinfo ENOTFOUND"));

  it("is where they are published when these places answer", async () => {
    const asked: string[] = [];
    const sources = await decide((address) => {
      asked.push(new URL(address).hostname);
      return reachable();
    });
    assert.deepEqual(sources, { providers: "published", charts: "published" });
    const repositories = Object.values(charts).map(({ repository }) => new URL(repository).hostname);
    assert.deepEqual([...new Set(asked)].sort(), [...new Set([...repositories, "get.pulumi.com"])].sort());
    assert.deepEqual(standInNotices(sources), []);
  });

  it("is the sandbox itself when they cannot be reached, and it says so in one line each", async () => {
    const sources = await decide(unreachable);
    assert.deepEqual(sources, { providers: "stand-in", charts: "stand-in" });
    assert.deepEqual(standInNotices(sources), [
      "Stand-in: Pulumi's plugin host cannot be reached; small providers of the sandbox play kubernetes and random.",
      "Stand-in: the chart repositories cannot be reached; small charts of the sandbox play the pinned ones.",
    ]);
  });

  it("counts a place that answers with an error as one that cannot be reached", async () => {
    const sources = await decide(() => Promise.resolve(new Response(null, { status: 403 })));
    assert.deepEqual(sources, { providers: "stand-in", charts: "stand-in" });
  });

  it("does not change below a stack when the network comes or goes", async () => {
    await decide(unreachable);
    assert.deepEqual(await decide(reachable), { providers: "stand-in", charts: "stand-in" });
  });

  it("is the user's mirror when one is named, then and later", async () => {
    const mirror = { providers: "stand-in", charts: "mirror", chartMirror: "http://127.0.0.1:1" };
    assert.deepEqual(await decide(unreachable, "http://127.0.0.1:1"), mirror);
    assert.deepEqual(await decide(reachable), mirror);
  });
});
