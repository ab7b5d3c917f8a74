/** Revisions of a real repository, compared by the command's own function: each is rendered by itself. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { diff, diffCommand } from "../../automation/diff/command.ts";
import { UserError } from "../../config/user-error.ts";
import { UsageError } from "../../automation/usage-error.ts";

const original = join(import.meta.dirname, "..", "..");
const { signal } = new AbortController();
/** Everything that a rendering needs. */
const parts = ["alerts", "automation", "components", "config", "sandbox", "package.json", "package-lock.json", "Pulumi.yaml", "Pulumi.dev.yaml", "tsconfig.json"];

describe("two revisions of a repository", function () {
  this.timeout(180_000);
  let root: string;
  let checkout: string;
  const git = async (...args: readonly string[]) => {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"];
    const env = { PATH: process.env["PATH"] ?? "", HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
    return (await execa("git", [...identity, ...args], { cwd: checkout, env, extendEnv: false })).stdout;
  };
  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(checkout, file), "utf8");
    assert.ok(text.includes(from), `${file} holds no ${from}`);
    await writeFile(join(checkout, file), text.replace(from, to));
  };
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith(`belfry-diff-${String(process.pid)}-`));

  beforeEach(async function () {
    root = await mkdtemp(join(tmpdir(), "belfry-repository-"));
    checkout = join(root, "checkout");
    await mkdir(checkout);
    for (const part of parts) await cp(join(original, part), join(checkout, part), { recursive: true });
    await symlink(join(original, "node_modules"), join(checkout, "node_modules"));
    await writeFile(join(checkout, ".gitignore"), "node_modules\n");
    await git("init", "--quiet");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "first");
  });
  afterEach(() => rm(root, { recursive: true }));

  it("are compared from the merge base to what is checked out, and nothing of the checkout changes", async () => {
    const base = await git("rev-parse", "HEAD");
    await git("checkout", "--quiet", "-b", "feature");
    await edit("alerts/rules/trivy.yaml", "for: 15m", "for: 25m");
    await git("commit", "--quiet", "--all", "--message", "second");
    // Not committed, and a hook that would betray a checkout.
    await edit("Pulumi.dev.yaml", "config:", "encryptionsalt: v1:salt\nconfig:\n  belfry:smtpPassword: {secure: v1:ciphertext}");
    await writeFile(join(checkout, ".git", "hooks", "post-checkout"), `#!/bin/sh\ntouch ${join(root, "hooked")}\n`, { mode: 0o755 });
    const state = async () => [await git("status", "--porcelain", "--branch"), await git("stash", "list"), await git("worktree", "list"), await git("rev-parse", "HEAD")];
    const was = await state();
    const index = await readFile(join(checkout, ".git", "index"));

    const report = await diff({ checkout, signal });

    assert.equal(report.before, `main (${base.slice(0, 12)})`);
    assert.equal(report.after, "what is checked out");
    const [dev, ...others] = report.stacks;
    assert.deepEqual([dev?.stack, others, dev?.failures], ["dev", [], []]);
    assert.deepEqual(
      dev?.alerts.map(({ alert, change, fields }) => [alert, change, fields]),
      [["BelfryTrivyDown", "changed", [{ field: "for", before: "15m", after: "25m" }]]],
    );
    assert.deepEqual(dev.objects.map(({ kind, name, change }) => [kind, name, change]), [["PrometheusRule", "belfry-trivy", "changed"]]);
    assert.deepEqual(dev.secrets, [{ key: "belfry:smtpPassword", change: "added" }]);
    assert.deepEqual(await state(), was);
    assert.deepEqual(await readFile(join(checkout, ".git", "index")), index);
    assert.ok(!(await readdir(root)).includes("hooked"));
    assert.deepEqual(await leftovers(), []);
  });

  it("show why they cannot be rendered, and the command fails", async () => {
    await edit("Pulumi.dev.yaml", "belfry:platform:", "belfry:plattform:");
    await git("commit", "--quiet", "--all", "--message", "broken");
    await rename(join(checkout, "automation", "cli.ts"), join(checkout, "automation", "other.ts"));
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "older");
    let written = "";
    const passed = await diffCommand({ checkout, from: "HEAD", to: "HEAD~1", signal, format: "markdown", bold: false, out: undefined, write: (text) => (written += text) });
    assert.equal(passed, false);
    const older = "This revision is older than the command belfry render. Name a later one with --from, or compare two rendered directories.";
    assert.ok(written.includes(`\`HEAD\` could not be rendered, so nothing is compared:\n\n\`\`\`text\n${older}\n\`\`\`\n`), written);
    assert.match(written, /^`HEAD~1` could not be rendered, so nothing is compared:\n\n```text\n\d+ problems? in the settings of stack dev:\n[^]*belfry:plattform: /m);
  });

  it("may not bring packages of their own", async () => {
    await git("update-index", "--add", "--cacheinfo", `100644,${await git("rev-parse", "HEAD:package.json")},node_modules/x.json`);
    await git("commit", "--quiet", "--message", "packages");
    const commit = await git("rev-parse", "--short=12", "HEAD");
    await assert.rejects(
      diff({ checkout, from: "HEAD", to: "HEAD~1", signal }),
      new UserError(`Revision ${commit} holds a node_modules of its own.`, "Take it out of the repository, or compare two rendered directories."),
    );
    assert.deepEqual(await leftovers(), []);
  });

  it("that there are not, and stacks that there are not, are refused before anything is rendered", async () => {
    await assert.rejects(
      diff({ checkout, from: "--upload-pack=x", signal }),
      new UsageError(
        'There is no revision "--upload-pack=x" in this repository.',
        "Name a commit, branch or tag that is here; fetch what is missing: git fetch origin BRANCH",
      ),
    );
    await assert.rejects(
      diff({ checkout, from: "HEAD", stacks: ["deev"], signal }),
      new UsageError('Neither side has a stack "deev".', "Did you mean dev? There are: dev"),
    );
    const elsewhere = join(root, "elsewhere");
    await mkdir(elsewhere);
    await assert.rejects(
      diff({ checkout: elsewhere, signal }),
      new UserError(
        `${elsewhere} is not the top of a git repository.`,
        "Compare two rendered directories instead: npm run belfry -- diff --from-dir DIR --to-dir DIR",
      ),
    );
    await git("branch", "--move", "trunk");
    await assert.rejects(
      diff({ checkout, signal }),
      new UserError("This repository has no branch main or master.", "Name the revision to compare with: npm run belfry -- diff --from REVISION"),
    );
  });

  it("leave nothing behind when the command is interrupted", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const running = assert.rejects(diff({ checkout, from: "HEAD", to: "HEAD", signal: controller.signal }), reason);
    // As soon as it has laid out a revision.
    while ((await leftovers()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(reason);
    await running;
    assert.deepEqual(await leftovers(), []);
  });
});
