import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { findBackend } from "../../../automation/pipeline/backend.ts";

describe("the backend of a pipeline", () => {
  let checkout: string;
  let home: string;
  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), "belfry-backend-"));
    home = join(checkout, "home");
    await mkdir(home);
  });
  afterEach(() => rm(checkout, { recursive: true }));

  const find = async (environment: Record<string, string> = {}) => findBackend(checkout, { PULUMI_HOME: home, ...environment });
  const url = async (environment: Record<string, string> = {}) => (await find(environment)).backend.url;

  it("is the first that is named: variable, Pulumi.yaml, login, token", async () => {
    const token = { PULUMI_ACCESS_TOKEN: "pul-token" };
    assert.equal(await url(token), "https://api.pulumi.com");
    await writeFile(join(home, "credentials.json"), '{"current":"gs://login"}');
    assert.equal(await url(token), "gs://login");
    await writeFile(join(checkout, "Pulumi.yaml"), "name: belfry\nbackend:\n  url: s3://project\n");
    assert.equal(await url(token), "s3://project");
    assert.equal(await url({ ...token, PULUMI_BACKEND_URL: "azblob://variable" }), "azblob://variable");
  });

  it("else is a directory of the checkout that only its owner can read, and the engine is told", async () => {
    const directory = join(checkout, ".belfry", "state");
    assert.deepEqual(await find(), {
      backend: { url: `file://${directory}`, isFile: true, isCloud: false },
      directory,
      sandbox: false,
      workDir: checkout,
      environment: { PULUMI_BACKEND_URL: `file://${directory}` },
    });
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
  });

  it("is found on the disk however Pulumi lets it be written", async () => {
    const directory = async (PULUMI_BACKEND_URL: string) => (await find({ PULUMI_BACKEND_URL })).directory;
    assert.equal(await directory("file:///srv/my%20state"), "/srv/my state");
    assert.equal(await directory("file://~/state"), join(homedir(), "state"));
    assert.equal(await directory("file://./state"), undefined);
    assert.equal(await directory("s3://state"), undefined);
  });

  it("is the sandbox's, with the sandbox's files, only in a shell that was set up for it", async () => {
    const PULUMI_BACKEND_URL = `file://${join(checkout, ".belfry", "sandbox", "pulumi", "backend")}`;
    await assert.rejects(find({ PULUMI_BACKEND_URL }), {
      name: "UsageError",
      message:
        "PULUMI_BACKEND_URL names the sandbox's state, but this shell is not set up for the sandbox.\n" +
        '  Set it up: eval "$(npm run --silent belfry -- env)"; or leave the sandbox alone: unset PULUMI_BACKEND_URL',
    });
    const { sandbox, workDir } = await find({ PULUMI_BACKEND_URL, BELFRY_SANDBOX: "/state.json" });
    assert.equal(sandbox, true);
    assert.equal(workDir, join(checkout, ".belfry", "sandbox", "pulumi", "workspace"));
  });
});
