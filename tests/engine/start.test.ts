import assert from "node:assert/strict";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { loopback, sandboxLayout } from "../../sandbox/layout.ts";
import { choosePorts } from "../../sandbox/ports.ts";
import { newState, writeState } from "../../sandbox/state.ts";
import { type Checkout, makeCheckout, npmStart, runProgram } from "../sandbox/checkout.ts";
import { type Stage, contexts, kubeSystemUid, openStage } from "./stage.ts";

const anotherUid = "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55";

describe("bad input, by npm start", function () {
  this.timeout(120_000);
  let checkout: Checkout;
  let temporary: string;

  before(async () => {
    checkout = await makeCheckout();
    temporary = await mkdtemp(join(tmpdir(), "belfry-start-"));
  });
  after(async () => {
    await checkout.remove();
    await rm(temporary, { recursive: true, force: true });
  });

  /** The end of what was printed, without the phases' own lines. */
  async function ends(started: ReturnType<typeof npmStart>, code: number, message: string): Promise<void> {
    const { code: found, output } = await started.ended;
    assert.equal(output.slice(-message.length - 1), `${message}\n`, output);
    assert.equal(found, code, output);
  }

  it("npm has swallowed the option", () =>
    ends(
      npmStart(checkout.directory, ["prod-eu"], { npm_config_kube_context: "true" }),
      2,
      "npm took --kube-context for one of its own options, so Belfry never saw it. Nothing was done.\n" +
        "  Put two dashes before it: npm start -- --kube-context prod-eu",
    ));

  it("Node.js is too old", () => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"18.20.4"})';
    return ends(
      runProgram(process.execPath, ["--import", old, "start.mjs"], checkout.directory),
      2,
      "Node.js 18.20.4 is too old: Belfry needs 20.19.0 or newer.\n" +
        "  Install a current Node.js from https://nodejs.org/ (or with your version manager: nvm install --lts), then run npm start again.",
    );
  });

  describe("in the embedded cluster", () => {
    afterEach(async () => {
      await assert.rejects(access(sandboxLayout(checkout.directory).kwok), { code: "ENOENT" }, "a cluster was made");
    });

    /** A directory with a `go` that tells this; nothing else is on the PATH. */
    async function pathWithGo(told: Record<string, string>): Promise<string> {
      const directory = await mkdtemp(join(temporary, "path-"));
      const answer = JSON.stringify({ GOOS: "linux", GOARCH: "amd64", ...told });
      await writeFile(join(directory, "go"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
      return directory;
    }

    const install = "  Install Go 1.26 or newer from https://go.dev/dl/ and put its bin directory on PATH, then run npm start again.";

    it("the file of settings does not exist", () =>
      ends(
        npmStart(checkout.directory, ["--settings", "Pulumi.devv.yaml"]),
        1,
        "\nPulumi.devv.yaml cannot be read.\n  Name a stack file whose settings are deployed: npm start -- --settings Pulumi.prod.yaml",
      ));

    it("Go is missing", async () => {
      const empty = await mkdtemp(join(temporary, "empty-"));
      await ends(
        npmStart(checkout.directory, [], { PATH: empty }),
        1,
        `\nGo is missing: the sandbox's programs are built from their Go modules.\n${install}`,
      );
    });

    it("Go is too old", async () => {
      const PATH = await pathWithGo({ GOVERSION: "go1.22.1", GOCACHE: temporary });
      await ends(npmStart(checkout.directory, [], { PATH }), 1, `\nGo is too old: this is 1.22.1, Belfry needs 1.26 or newer.\n${install}`);
    });

    it("the disk has no room for the tools", async function () {
      // A file system that never has any room is there on Linux only; what decides is tested with a made-up disk everywhere.
      const full = process.platform === "linux" ? "/proc" : undefined;
      if (full === undefined) return;
      const PATH = await pathWithGo({ GOVERSION: "go1.26.0", GOCACHE: full });
      await ends(
        npmStart(checkout.directory, [], { PATH, BELFRY_CACHE_DIR: join(temporary, "cache") }),
        1,
        `\nnot enough disk space at ${full}: 5 GB are needed, 0.0 GB are free.\n` +
          "  Free some, or name another place with GOCACHE, then run the command again.",
      );
    });

    it("a port of the sandbox is taken", async () => {
      const { stateFile, root } = sandboxLayout(checkout.directory);
      const ports = await choosePorts();
      await mkdir(root, { recursive: true, mode: 0o700 });
      await writeState(stateFile, newState({ ports, kubeSystemUid, now: new Date(0) }));
      const server = createServer().listen(ports.smtp, loopback);
      await once(server, "listening");
      try {
        const { code, output } = await npmStart(checkout.directory).ended;
        const message = output.slice(output.lastIndexOf("\nPort ")).replace(/\(node[^)]*\)\.\n/, "(node).\n");
        assert.equal(
          message,
          `\nPort ${ports.smtp} on 127.0.0.1, which this sandbox uses (smtp), is taken by process ${process.pid} (node).\n` +
            "  End that program, or run `npm run sandbox:delete` and start again: a new sandbox takes other ports.\n",
        );
        assert.equal(code, 1);
      } finally {
        server.close();
        await once(server, "close");
        await rm(root, { recursive: true, force: true });
      }
    });
  });

  describe("on a cluster of one's own", () => {
    let stage: Stage;
    let original: Record<"dev" | "staging", string>;

    before(async () => {
      stage = await openStage();
      original = { dev: await file("dev"), staging: await file("staging") };
    });
    after(async () => {
      await stage.close();
    });
    afterEach(async () => {
      assert.deepEqual(stage.writes, [], "something was written to the cluster");
      await assert.rejects(access(sandboxLayout(checkout.directory).root), { code: "ENOENT" }, "the sandbox's directory was used");
      assert.ok(!(await file("dev")).includes("belfry:cluster:"), "the stack was bound to the cluster");
    });

    const file = (stack: string) => readFile(join(checkout.directory, `Pulumi.${stack}.yaml`), "utf8");

    /** With the state where it is by default. */
    function start(args: readonly string[], extra: Record<string, string> = {}) {
      const { PATH = "", BELFRY_SANDBOX = "", PULUMI_HOME = "", PULUMI_CONFIG_PASSPHRASE = "" } = stage.environment;
      const environment = { PATH, BELFRY_SANDBOX, PULUMI_HOME, PULUMI_CONFIG_PASSPHRASE, KUBECONFIG: stage.kubeconfig };
      return npmStart(checkout.directory, args, { ...environment, ...extra });
    }

    it("there is no terminal to ask on", () =>
      ends(
        start(["--kube-context", contexts.here]),
        1,
        "\nThere is no terminal to ask on before the cluster is changed. Nothing was done.\n" +
          `  Look at the preview first (pulumi preview --stack dev), then say yes by an option: npm start -- --kube-context ${contexts.here} --yes`,
      ));

    it("--chart-mirror comes with --kube-context", () =>
      ends(
        start(["--kube-context", contexts.here, "--yes", "--chart-mirror", "https://charts.example.com"]),
        1,
        "\n--chart-mirror is for the embedded cluster; on a cluster of your own the setting belfry:chartMirror says where charts come from.\n" +
          "  Set it in the stack's file, then leave the option out: pulumi config set belfry:chartMirror URL --stack dev",
      ));

    it("--settings comes with --kube-context", () =>
      ends(
        start(["--kube-context", contexts.here, "--yes", "--settings", "Pulumi.prod.yaml"]),
        1,
        "\n--settings is for the embedded cluster; on a cluster of your own --stack names the stack, and with it its file.\n" +
          `  Leave the option out: npm start -- --kube-context ${contexts.here}`,
      ));

    it("the stack does not exist", () =>
      ends(
        start(["--kube-context", contexts.here, "--yes", "--stack", "devv"]),
        1,
        `\n${join(checkout.directory, "Pulumi.devv.yaml")} is missing: there is no such stack.\n` +
          "  Name a stack whose file exists: npm start -- --kube-context NAME --stack STACK",
      ));

    it("the context does not exist", () =>
      ends(
        start(["--kube-context", "closd-cluster", "--yes"]),
        1,
        '\nThere is no context "closd-cluster" in your kubeconfig.\n' +
          `  It has: ${contexts.closed}, ${contexts.here}. Name one of them: npm start -- --kube-context NAME`,
      ));

    it("the context's cluster does not answer", async () => {
      const { code, output } = await start(["--kube-context", contexts.closed, "--yes"]).ended;
      assert.match(
        output,
        new RegExp(
          `^\\nCannot reach the cluster of the context ${contexts.closed} \\(http://127\\.0\\.0\\.1:\\d+\\): .*ECONNREFUSED 127\\.0\\.0\\.1:\\d+\\.\\n` +
            "  Is the cluster running, the network or VPN up, and the context the right one\\? `kubectl config get-contexts` shows all\\.\\n$",
        ),
      );
      assert.equal(code, 1);
    });

    it("the backend is the sandbox's", () =>
      ends(
        start(["--kube-context", contexts.here, "--yes"], {
          PULUMI_BACKEND_URL: `file://${sandboxLayout(checkout.directory).pulumi.backend}`,
        }),
        2,
        "\nPULUMI_BACKEND_URL names the sandbox's state, which is never mixed with the state of a real cluster.\n" +
          "  This shell is set up for the sandbox: open a new one, or run: unset PULUMI_BACKEND_URL PULUMI_HOME " +
          "PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_STACK PULUMI_OPTION_CONFIG_FILE KUBECONFIG BELFRY_SANDBOX",
      ));

    it("the stack belongs to another cluster", async () => {
      const document = parseDocument(original.staging);
      document.setIn(["config", "belfry:cluster"], { context: "elsewhere", kubeSystemUid: anotherUid });
      const path = join(checkout.directory, "Pulumi.staging.yaml");
      await writeFile(path, document.toString());
      await ends(
        start(["--kube-context", contexts.here, "--yes", "--stack", "staging"]),
        1,
        `\n${path}: this stack belongs to another cluster: kube-system has UID ${anotherUid} there and ${kubeSystemUid} ` +
          `in the cluster of context ${contexts.here}.\n` +
          "  Name the right context, or make a stack of its own for this cluster: pulumi stack init STACK",
      );
    });

    it("secrets are missing: the settings are refused as the program said it", async () => {
      const missing = (key: string, receiver: string) =>
        `belfry:${key}: is missing: ${receiver}.\n  Run this, it asks for the value: pulumi config set --secret belfry:${key} --stack dev\n`;
      const { code, output } = await start(["--kube-context", contexts.here, "--yes"]).ended;
      assert.equal(
        output.slice(output.indexOf("\n3 problems")),
        "\n3 problems in the settings of stack dev:\n\n" +
          `${missing("slackWebhookUrl", "the receiver slack needs it")}\n` +
          `${missing("smtpPassword", "the user in belfry:smtp needs it")}\n` +
          `${missing("heartbeatUrl", "the receiver heartbeat needs it")}\n` +
          "  Nothing was created or changed.\n",
      );
      assert.equal(code, 2);
    });

    it("the passphrase is another one than the first time", () =>
      ends(
        start(["--kube-context", contexts.here, "--yes"], { PULUMI_CONFIG_PASSPHRASE: "another one" }),
        2,
        "\nThe passphrase is wrong: the secrets of stack dev were encrypted with another one.\n" +
          "  Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself.\n" +
          "  Nothing was created or changed.",
      ));
  });
});
