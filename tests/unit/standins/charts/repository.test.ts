import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";

import { startChartRepository, type ChartRepository } from "../../../../sandbox/standins/charts/repository.ts";

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly length: string | undefined;
  readonly body: string;
}

/** Sends the path as it is: `fetch` would tidy it up first. */
function send(port: number, path: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { "content-type": type, "content-length": length } = response.headers;
        resolve({ status: response.statusCode, type, length, body: Buffer.concat(parts).toString() });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the chart repository", () => {
  let root: string;
  let repository: ChartRepository;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "belfry-charts-"));
    const directory = join(root, "charts");
    await mkdir(join(directory, "below"), { recursive: true });
    await writeFile(join(root, "outside.tgz"), "secret");
    await writeFile(join(directory, "below", "inner.tgz"), "inner");
    await writeFile(join(directory, "index.yaml"), "entries: {}\n");
    await writeFile(join(directory, "a-1.0.0.tgz"), "packed");
    await writeFile(join(directory, "sources.sha256"), "stamp");
    repository = await startChartRepository({ directory, port: 0 });
  });

  after(async () => {
    await repository.close();
    await rm(root, { recursive: true });
  });

  it("serves the index and the packages", async () => {
    assert.deepEqual(await send(repository.port, "/index.yaml"), {
      status: 200,
      type: "text/yaml; charset=utf-8",
      length: "12",
      body: "entries: {}\n",
    });
    assert.deepEqual(await send(repository.port, "/a-1.0.0.tgz"), {
      status: 200,
      type: "application/gzip",
      length: "6",
      body: "packed",
    });
    assert.deepEqual(await send(repository.port, "/a-1.0.0.tgz", "HEAD"), {
      status: 200,
      type: "application/gzip",
      length: "6",
      body: "",
    });
  });

  it("serves what was packed after its start", async () => {
    await writeFile(join(root, "charts", "b-2.0.0.tgz"), "later");
    assert.equal((await send(repository.port, "/b-2.0.0.tgz")).body, "later");
  });

  for (const path of [
    "/",
    "/missing-1.0.0.tgz",
    "/sources.sha256",
    "/below/inner.tgz",
    "/../outside.tgz",
    "/..%2foutside.tgz",
    "/%2e%2e/outside.tgz",
    "//index.yaml",
    "/./index.yaml",
    "/..\\outside.tgz",
    "/index.yaml%00.tgz",
    "/.tgz",
  ]) {
    it(`refuses ${path}`, async () => {
      const { status, body } = await send(repository.port, path);
      assert.deepEqual({ status, body }, { status: 404, body: "no such chart\n" });
    });
  }

  it("refuses to be written to", async () => {
    const { status, body } = await send(repository.port, "/index.yaml", "PUT");
    assert.deepEqual({ status, body }, { status: 405, body: "only GET and HEAD\n" });
  });

  it("says when its port is taken", async () => {
    await assert.rejects(startChartRepository({ directory: root, port: repository.port }), { code: "EADDRINUSE" });
  });

  it("answers on the loopback address only", async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address);
    for (const host of [...others, "127.0.0.2"]) {
      const code = await new Promise((resolve) => {
        const socket = connect({ host, port: repository.port });
        socket.once("connect", () => {
          socket.destroy();
          resolve("connected");
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      assert.equal(code, "ECONNREFUSED", host);
    }
  });
});
