import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanCommit } from "../../../automation/pipeline/git.ts";
import { type PlanBinding, planRefusals, readPlan, writePlan } from "../../../automation/pipeline/plan-file.ts";
import { refuse } from "../../../automation/pipeline/safety.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const binding: PlanBinding = { stack: "prod", commit, settings: "5e77" };
const now = new Date("2026-01-02T03:04:05.000Z");
const text = writePlan({ ...binding, plan: '{"resourcePlans":{}}\n', now, hours: 24 });
const again = "Make a new plan and have it reviewed: npm run belfry -- preview --stack prod --plan FILE";
const nothing = "\n  Nothing was created or changed.";

function check(found: PlanBinding | undefined, at: string, selected = ["prod"]): void {
  refuse(planRefusals({ file: "plan.json", plan: readPlan(text, "plan.json"), binding: found, selected, now: new Date(at) }));
}

describe("the plan of a reviewed preview", () => {
  it("is read as it was written", () => {
    const plan = readPlan(text, "plan.json");
    assert.equal(plan.plan, '{"resourcePlans":{}}\n');
    assert.equal(plan.createdAt, "2026-01-02T03:04:05.000Z");
    assert.equal(plan.expiresAt, "2026-01-03T03:04:05.000Z");
  });

  it("can be used for its stack, commit and settings until it expires", () => {
    check(binding, "2026-01-03T03:04:04.999Z");
  });

  it("is refused for another stack", () => {
    assert.throws(() => { check(undefined, "2026-01-02T04:00:00Z", ["dev", "qa"]); }, {
      name: "UsageError",
      message:
        "plan.json is the plan of the stack prod, which is not among those that are worked on (dev, qa).\n" +
        `  Name the plan of this stack, or the stack of this plan.${nothing}`,
    });
  });

  it("is refused for another commit", () => {
    assert.throws(() => { check({ ...binding, commit: "f".repeat(40) }, "2026-01-02T04:00:00Z"); }, {
      name: "UsageError",
      message: `plan.json was made from commit 0123456789ab, but this is ffffffffffff.\n  Check that commit out. Or: ${again}${nothing}`,
    });
  });

  it("is refused for other settings", () => {
    assert.throws(() => { check({ ...binding, settings: "07e4" }, "2026-01-02T04:00:00Z"); }, {
      name: "UsageError",
      message: `plan.json was made with other settings than those that stack prod has now.\n  ${again}${nothing}`,
    });
  });

  it("is refused when it has expired", () => {
    assert.throws(() => { check(binding, "2026-01-03T03:04:05Z"); }, {
      name: "UsageError",
      message: `plan.json has expired: it could be used until 2026-01-03T03:04:05.000Z.\n  ${again}${nothing}`,
    });
  });

  it("is refused when it was changed: every member is held", () => {
    const changed = (member: string, value: string) => JSON.stringify({ ...(JSON.parse(text) as object), [member]: value });
    for (const [member, value] of [
      ["stack", "dev"], ["commit", "f".repeat(40)], ["settings", "0"], ["createdAt", "2026-01-03T03:04:05.000Z"],
      ["expiresAt", "2036-01-03T03:04:05.000Z"], ["plan", "{}"],
    ] as const) {
      assert.throws(() => readPlan(changed(member, value), "plan.json"), {
        what: "plan.json was changed after belfry preview wrote it.",
        fix: "Make a new plan and have it reviewed: npm run belfry -- preview --stack STACK --plan FILE",
      }, member);
    }
  });

  it("is refused when it is something else, Pulumi's own plan among it", () => {
    for (const other of ["", "{", "[]", '{"manifest":{},"resourcePlans":{}}', text.replace('"belfryPlan": 1', '"belfryPlan": 2')]) {
      assert.throws(() => readPlan(other, "plan.json"), { what: "plan.json is not a plan that belfry preview wrote." }, other);
    }
  });
});

describe("the commit of a plan", () => {
  let directory: string;
  const signal = new AbortController().signal;
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "belfry-git-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is the one that is checked out; what is not part of the program may differ", async () => {
    git("init", "--quiet");
    await writeFile(join(directory, "index.ts"), "1");
    git("add", ".");
    git("commit", "--quiet", "--message", "one");
    await writeFile(join(directory, "plan.json"), "");
    assert.equal(await cleanCommit(directory, signal), git("rev-parse", "HEAD").trim());
  });

  it("is none when the program has changes or new files, and outside git", async () => {
    await assert.rejects(cleanCommit(directory, signal), {
      name: "UsageError",
      message: `A plan is bound to a commit, and git cannot tell which one ${directory} is at.\n  Make and use plans in a git checkout.`,
    });
    git("init", "--quiet");
    await writeFile(join(directory, "index.ts"), "1");
    git("add", ".");
    git("commit", "--quiet", "--message", "one");
    await writeFile(join(directory, "index.ts"), "2");
    await mkdir(join(directory, "alerts"));
    await writeFile(join(directory, "alerts", "new.yaml"), "");
    await assert.rejects(cleanCommit(directory, signal), {
      name: "UsageError",
      message:
        "A plan is bound to a commit, and the program has changes that are in none: index.ts, alerts/.\n" +
        "  Commit them, or take them back (git stash).",
    });
  });
});
