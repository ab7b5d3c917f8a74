import assert from "node:assert/strict";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { sandboxProcessEnvironment } from "../../../sandbox/environment.ts";
import { privateDirectory } from "../../../sandbox/files.ts";
import { sandboxLayout } from "../../../sandbox/layout.ts";
import { portsFrom } from "../../../sandbox/ports.ts";
import { newState, parseState, readState, writeState } from "../../../sandbox/state.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const sample = () =>
  newState({ ports: portsFrom(20_000), kubeSystemUid: "85ec7c13-46d0-4952-bb65-215c3bebac6e", now: new Date(0) });

const refusal = (file: string) => ({
  name: "UserError",
  message:
    `${file} is not a record that this version of Belfry can read.\n` + "  Run `npm run sandbox:delete` and start again.",
});

describe("state of the sandbox", () => {
  const directory = temporaryDirectory();

  it("has addresses like real ones, with secrets of 192 bits", () => {
    const state = sample();
    assert.match(state.slackWebhookUrl, /^http:\/\/127\.0\.0\.1:20010\/services\/T[0-9A-F]{10}\/B[0-9A-F]{10}\/[\w-]{32}$/);
    assert.match(state.heartbeatUrl, /^http:\/\/127\.0\.0\.1:20010\/heartbeat\/[\w-]{32}$/);
    assert.match(state.inboxToken, /^[\w-]{32}$/);
    assert.match(state.smtp.username, /^belfry-[0-9a-f]{10}$/);
    assert.match(state.smtp.password, /^[\w-]{32}$/);
    assert.equal(state.createdAt, "1970-01-01T00:00:00.000Z");
  });

  it("has different secrets each time", () => {
    const [one, other] = [sample(), sample()];
    const secrets = [one, other].flatMap((state) => [
      state.inboxToken,
      state.slackWebhookUrl,
      state.heartbeatUrl,
      state.smtp.username,
      state.smtp.password,
    ]);
    assert.equal(new Set(secrets).size, 10);
  });

  it("is read as it was written, and only by its owner", async () => {
    const layout = sandboxLayout(directory());
    await privateDirectory(layout.root);
    const state = sample();
    await writeState(layout.stateFile, state);
    assert.deepEqual(await readState(directory()), state);
    assert.equal((await stat(layout.stateFile)).mode & 0o777, 0o600);
    assert.equal((await stat(layout.root)).mode & 0o777, 0o700);
  });

  it("is undefined where there is no sandbox", async () => {
    assert.equal(await readState(directory()), undefined);
  });

  it("is refused when it is not a record of this version, without its content", async () => {
    const { stateFile } = sandboxLayout(directory());
    await mkdir(dirname(stateFile), { recursive: true });
    const damaged = [
      "",
      "{",
      "[]",
      JSON.stringify({ ...sample(), version: 2 }),
      JSON.stringify({ ...sample(), ports: { ...portsFrom(20_000), inbox: 0 } }),
      JSON.stringify({ ...sample(), more: "than expected" }),
      JSON.stringify({ ...sample(), kubeSystemUid: "" }),
    ];
    for (const content of damaged) {
      await writeFile(stateFile, content);
      await assert.rejects(readState(directory()), refusal(stateFile), content);
    }
    assert.throws(() => parseState("{", "state.json"), refusal("state.json"));
  });
});

describe("environment of the sandbox's processes", () => {
  it("has the allow-listed variables and the named ones only", () => {
    const environment = {
      PATH: "/bin",
      HOME: "/home/user",
      LANG: "C.UTF-8",
      TMPDIR: "/var/tmp",
      XDG_CACHE_HOME: "/cache",
      AWS_SECRET_ACCESS_KEY: "not for others",
      KUBECONFIG: "/home/user/.kube/config",
      NODE_OPTIONS: "--inspect",
      HTTPS_PROXY: "http://proxy:3128",
    };
    assert.deepEqual(sandboxProcessEnvironment(environment, { EXTRA: "1" }), {
      PATH: "/bin",
      HOME: "/home/user",
      LANG: "C.UTF-8",
      TMPDIR: "/var/tmp",
      XDG_CACHE_HOME: "/cache",
      EXTRA: "1",
    });
    assert.deepEqual(sandboxProcessEnvironment({ PATH: "/bin", HOME: undefined }), { PATH: "/bin" });
  });
});
