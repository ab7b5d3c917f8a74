import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syncFiles } from "../../../sandbox/daemon/mounted-files.ts";

describe("mounted files", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "belfry-mounts-"));
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it("are exactly those that were planned, and what a process wrote beside them stays", async () => {
    await mkdir(join(root, "old", "deep"), { recursive: true });
    await writeFile(join(root, "old", "deep", "secret"), "x");
    await mkdir(join(root, "data"));
    await writeFile(join(root, "data", "mine"), "x");
    const file = join(root, "etc", "am", "url");
    await syncFiles(root, new Map([[file, Buffer.from([0, 255])]]), [join(root, "data"), join(root, "new", "empty")]);
    assert.deepEqual((await readdir(root, { recursive: true })).sort(), [
      "data",
      "data/mine",
      "etc",
      "etc/am",
      "etc/am/url",
      "new",
      "new/empty",
    ]);
    assert.deepEqual(await readFile(file), Buffer.from([0, 255]));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("are not touched when their content is right, and take the place of directories", async () => {
    const file = join(root, "url");
    await syncFiles(root, new Map([[file, Buffer.from("1")]]), []);
    const before = await stat(file);
    await syncFiles(root, new Map([[file, Buffer.from("1")]]), []);
    assert.equal((await stat(file)).ino, before.ino);
    await syncFiles(root, new Map([[join(file, "now-a-directory"), Buffer.from("2")]]), []);
    assert.deepEqual((await readdir(root, { recursive: true })).sort(), ["url", "url/now-a-directory"]);
    await syncFiles(root, new Map([[file, Buffer.from("3")]]), []);
    assert.equal(await readFile(file, "utf8"), "3");
  });
});
