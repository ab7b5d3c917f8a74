import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../config/user-error.ts";
import { processInfo } from "../../../sandbox/process-info.ts";
import { buildError } from "../../../sandbox/tools/build.ts";
import { checkDisk } from "../../../sandbox/tools/disk.ts";
import { checkGo, goEnvironment } from "../../../sandbox/tools/go.ts";
import { obtainTools, planTools } from "../../../sandbox/tools/index.ts";
import { run } from "../../../sandbox/tools/process.ts";
import { programOf } from "../../../sandbox/tools/programs.ts";

/** A `go` that counts its builds and writes programs which tell their path; FAKE_GO_MODE makes it fail or hang. */
const fakeGo = `#!/bin/sh
case "$1" in
  env) echo '{"GOVERSION":"'"\${FAKE_GO_VERSION:-go1.26.8}"'","GOOS":"linux","GOARCH":"amd64","GOCACHE":"'"$HOME"'"}' ;;
  build)
    echo build >> "$HOME/builds"
    [ -f "$HOME/fail" ] && { cat "$HOME/fail" >&2; exit 1; }
    while [ "$1" != "-o" ]; do shift; done
    if [ -f "$HOME/hang" ]; then echo half > "$2/helm"; sleep 60 & echo $! > "$HOME/compiler"; wait; fi
    shift; bin=$1; shift
    for package in "$@"; do echo "$package" > "$bin/$(basename "$package")"; done ;;
esac
`;

describe("obtaining programs", () => {
  let home: string;
  let environment: Record<string, string>;
  const lines: string[] = [];
  const free = () => Promise.resolve(100e9);

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "belfry-tools-"));
    await mkdir(join(home, "bin"));
    await writeFile(join(home, "bin", "go"), fakeGo);
    await chmod(join(home, "bin", "go"), 0o755);
    environment = { PATH: `${home}/bin:/usr/bin:/bin`, HOME: home, BELFRY_CACHE_DIR: join(home, "cache") };
    lines.length = 0;
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const obtain = (signal = new AbortController().signal) =>
    obtainTools(["helm"], { environment, free, signal, report: (line) => lines.push(line) }).helm;
  const builds = async () => (await readFile(join(home, "builds"), "utf8").catch(() => "")).split("\n").length - 1;
  const leftovers = async () => (await readdir(join(home, "cache"))).filter((name) => name.startsWith("build-"));

  it("builds what is missing, once, and says how long it takes", async () => {
    assert.deepEqual(await planTools(["helm"], { environment, free }), {
      missing: ["helm"], cached: [], fromPath: [], minutes: 1, gigabytes: 5,
    });
    const path = await obtain();
    assert.match(path, /\/cache\/programs\/helm-3\.20\.2-[0-9a-f]{12}\/helm$/);
    assert.equal(lines[0], "building helm 3.20.2 (1 of 1), about 16 seconds");
    assert.equal(await obtain(), path);
    assert.equal(await builds(), 1);
    assert.deepEqual((await planTools(["helm"], { environment, free })).cached, ["helm"]);
    assert.deepEqual(await leftovers(), []);
  });

  it("takes a program on PATH only in exactly the pinned version", async () => {
    const helm = join(home, "bin", "helm");
    await writeFile(helm, "#!/bin/sh\necho v3.20.1\n", { mode: 0o755 });
    assert.deepEqual((await planTools(["helm"], { environment, free })).fromPath, []);
    await writeFile(helm, "#!/bin/sh\necho v3.20.2\n", { mode: 0o755 });
    assert.equal(await obtain(), await realpath(helm));
    assert.equal(await builds(), 0);
  });

  it("takes what a link on PATH leads to, not the link: a sandbox's own links come and go with it", async () => {
    const helm = join(home, "helm");
    await writeFile(helm, "#!/bin/sh\necho v3.20.2\n", { mode: 0o755 });
    await symlink(helm, join(home, "bin", "helm"));
    assert.equal(await obtain(), await realpath(helm));
  });

  it("builds a cached program again when its hash is not the recorded one", async () => {
    const path = await obtain();
    const sound = await readFile(path, "utf8");
    await writeFile(path, sound.replace(/./, "X"));
    lines.length = 0;
    assert.equal(await obtain(), path);
    assert.equal(await readFile(path, "utf8"), sound);
    assert.equal(lines[0], "helm 3.20.2 in the cache is damaged: it is built again");
    assert.equal(await builds(), 2);
  });

  it("builds once for two checkouts at the same time; the second one waits and says so", async () => {
    await Promise.all([obtain(), obtain()]);
    assert.equal(await builds(), 1);
    assert.ok(lines.includes(`process ${process.pid} is building helm 3.20.2: waiting for it`), lines.join("\n"));
  });

  it("leaves nothing behind when it is interrupted, and ends the compilers", async () => {
    await writeFile(join(home, "hang"), "");
    const controller = new AbortController();
    const interrupted = new Error("interrupted");
    const promise = obtain(controller.signal);
    for (;;) {
      if ((await readFile(join(home, "compiler"), "utf8").catch(() => "")) !== "") break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    controller.abort(interrupted);
    await assert.rejects(promise, interrupted);
    assert.deepEqual(await leftovers(), []);
    assert.deepEqual(await readdir(join(home, "cache")), ["locks"]);
    const compiler = Number(await readFile(join(home, "compiler"), "utf8"));
    const info = await processInfo(compiler);
    assert.ok(info === undefined || info.zombie, "the compiler still runs");
  });

  it("leaves nothing behind when the build fails, and shows Go's own words", async () => {
    await writeFile(join(home, "fail"), "helm.go:1: undefined: x\n");
    await assert.rejects(obtain(), (error: UserError) => {
      assert.equal(
        error.message,
        "helm 3.20.2 could not be built:\n  helm.go:1: undefined: x\n" +
          "  Go's message stands above. What was built so far is kept: run the command again once the cause is mended.",
      );
      return true;
    });
    assert.deepEqual(await leftovers(), []);
    assert.deepEqual(await readdir(join(home, "cache")), ["locks"]);
  });

  it("refuses before building when the disk is too small", async () => {
    const options = { environment, free: () => Promise.resolve(0.4e9), signal: new AbortController().signal, report: () => undefined };
    await assert.rejects(obtainTools(["helm"], options).helm, (error: UserError) => {
      assert.equal(
        error.message,
        `not enough disk space at ${home}/cache: 1 GB are needed, 0.4 GB are free.\n` +
          `not enough disk space at ${home}: 5 GB are needed, 0.4 GB are free.\n` +
          "  Free some, or name another place with BELFRY_CACHE_DIR and GOCACHE, then run the command again.",
      );
      return true;
    });
    assert.equal(await builds(), 0);
  });
});

describe("the disk", () => {
  it("is asked for at the nearest directory that exists", async () => {
    await checkDisk([{ path: "/no/such/directory", gigabytes: 0, variable: "X" }]);
  });
});

describe("Go", () => {
  const install = "Install Go 1.26 or newer from https://go.dev/dl/ and put its bin directory on PATH, then run npm start again.";

  it("missing", async () => {
    await assert.rejects(checkGo({ PATH: "/nowhere" }), {
      message: `Go is missing: the sandbox's programs are built from their Go modules.\n  ${install}`,
    });
  });

  it("too old", async () => {
    const home = await mkdtemp(join(tmpdir(), "belfry-go-"));
    try {
      await writeFile(join(home, "go"), fakeGo.replace("go1.26.8", "go1.22.1"), { mode: 0o755 });
      await assert.rejects(checkGo({ PATH: `${home}:/usr/bin:/bin`, HOME: home }), {
        message: `Go is too old: this is 1.22.1, Belfry needs 1.26 or newer.\n  ${install}`,
      });
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it("gets no variable that could switch the checksum database off, and no secret of the shell", () => {
    assert.deepEqual(
      goEnvironment({ PATH: "/bin", GOFLAGS: "-insecure", GONOSUMDB: "*", GONOSUMCHECK: "1", GOINSECURE: "*", GOSUMDB: "off", TOKEN: "x" }),
      { PATH: "/bin", CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", LC_ALL: "C" },
    );
  });
});

describe("a build that failed", () => {
  const fix = (stderr: string) => buildError([programOf("helm")], { code: 1, stdout: "", stderr }).fix;

  it("names what mends the causes that are known", () => {
    assert.equal(
      fix("write /x: no space left on device"),
      "Free disk space, or name another place with BELFRY_CACHE_DIR (programs), GOCACHE and GOMODCACHE (Go's caches), then run the command again.",
    );
    assert.equal(
      fix("dial tcp: lookup modules.example.com: no such host"),
      "Go could not download the modules: check the network, the proxy (HTTPS_PROXY) and GOPROXY, then run the command again.",
    );
    assert.equal(
      fix("verifying x: checksum mismatch"),
      "What was downloaded is not what go.sum names. Do not go on: check GOPROXY and your network, run `go clean -modcache`, then try again.",
    );
  });

  it("shows the last 20 lines of Go's output", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const { what } = buildError([programOf("helm")], { code: 1, stdout: "", stderr: lines.join("\n") });
    assert.equal(what, ["helm 3.20.2 could not be built:", ...lines.slice(10).map((line) => `  ${line}`)].join("\n"));
  });
});

describe("a program that is run", () => {
  it("that cannot be started is told by its result", async () => {
    assert.deepEqual(await run("/no/such/program", [], { env: {} }), { code: -1, stdout: "", stderr: "spawn /no/such/program ENOENT" });
  });
});
