import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a directory before each test of the suite and removes it afterwards. @returns a function that gives its path */
export function temporaryDirectory(): () => string {
  let path = "";
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "belfry-test-"));
  });
  afterEach(async () => {
    await rm(path, { recursive: true, force: true });
  });
  return () => path;
}
