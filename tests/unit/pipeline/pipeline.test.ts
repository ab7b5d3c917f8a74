import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type PipelineResult, destroy, init, preview, status, up } from "../../../automation/index.ts";
import { programOf } from "../../../sandbox/tools/programs.ts";

const nothing = "\n  Nothing was created or changed.";

describe("the library", function () {
  this.timeout(30_000);
  let checkout: string;
  const before = { ...process.env };

  /** An engine that knows stacks by name and does nothing else. */
  async function engine(list: string): Promise<void> {
    const script = `#!/bin/sh\ncase "$*" in\nversion) echo v${programOf("pulumi").version};;\n"stack ls --json --non-interactive") ${list};;\n*) echo "unexpected: $*" >&2; exit 9;;\nesac\n`;
    await writeFile(join(checkout, "pulumi"), script, { mode: 0o700 });
  }

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), "belfry-pipeline-"));
    await writeFile(join(checkout, "Pulumi.dev.yaml"), "config: {}\n");
    await writeFile(join(checkout, "Pulumi.prod.yaml"), "config:\n  belfry:protected: true\n");
    process.env["PATH"] = [checkout, before["PATH"] ?? ""].join(delimiter);
    process.env["PULUMI_BACKEND_URL"] = "s3://state";
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "x";
    await engine(`echo '[{"name":"prod"},{"name":"dev"}]'`);
  });
  afterEach(async () => {
    process.env = { ...before };
    await rm(checkout, { recursive: true });
  });

  function refused(result: PipelineResult, operation: PipelineResult["operation"], message: string): void {
    assert.deepEqual(
      { ...result, startedAt: "", seconds: 0, error: `${result.error?.what ?? ""}\n  ${result.error?.fix ?? ""}` },
      { schema: 1, operation, result: "refused", exitCode: 2, startedAt: "", seconds: 0, stacks: [], error: message },
    );
  }

  it("refuses as a result, and begins nothing: an unknown stack", async () => {
    refused(
      await status({ stacks: ["prd"], checkout }),
      "status",
      "There is no stack prd in this backend. Did you mean prod?\n  It has: dev, prod. To make a new one: npm run belfry -- init --stack prd",
    );
  });

  it("one protected stack without its plan holds all of them back", async () => {
    refused(
      await up({ stacks: "all", checkout }),
      "up",
      "The stack prod is protected (belfry:protected in Pulumi.prod.yaml): it is changed by the plan of a reviewed preview only.\n" +
        "  Make one and have it reviewed: npm run belfry -- preview --stack prod --plan FILE; then: npm run belfry -- up --stack prod --plan FILE. " +
        `Without one, say so: --without-plan prod${nothing}`,
    );
  });

  it("a destroy without the names", async () => {
    refused(
      await destroy({ stacks: ["dev"], confirm: [], checkout }),
      "destroy",
      "Destroying the stack dev removes everything that it installed, and its name was not repeated.\n" +
        `  If that is what you want: npm run belfry -- destroy --stack dev --confirm dev${nothing}`,
    );
  });

  it("a new stack without a file", async () => {
    refused(
      await init({ stacks: ["qa"], checkout }),
      "init",
      "Pulumi.qa.yaml is missing: the stack qa has no settings.\n  Write it (Pulumi.dev.yaml is an example), or name another stack.",
    );
  });

  it("a plan of two stacks, one outside git, and one that is not there", async () => {
    refused(
      await preview({ stacks: "all", planFile: "plan.json", checkout }),
      "preview",
      "A plan is for one stack, and 2 are named.\n  Make one for each: npm run belfry -- preview --stack STACK --plan FILE",
    );
    refused(
      await preview({ stacks: ["dev"], planFile: "plan.json", checkout }),
      "preview",
      `A plan is bound to a commit, and git cannot tell which one ${checkout} is at.\n  Make and use plans in a git checkout.`,
    );
    refused(
      await preview({ stacks: ["dev"], planFile: "plan.json", planHours: 721, checkout }),
      "preview",
      "A plan can be used for at most 30 days (720 hours).\n  For example: --plan-hours 48",
    );
  });

  it("a backend that nobody is logged in to", async () => {
    await engine("echo 'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions' >&2; exit 255");
    refused(
      await preview({ stacks: ["dev"], checkout }),
      "preview",
      "Pulumi is not logged in to the backend that keeps the state.\n" +
        `  Log in (pulumi login), or name a backend: export PULUMI_BACKEND_URL=file:///path/to/state${nothing}`,
    );
  });

  it("tells what has been aborted as interrupted", async () => {
    const { result, exitCode, stacks } = await preview({ stacks: ["dev"], checkout, signal: AbortSignal.abort(new Error("enough")) });
    assert.deepEqual({ result, exitCode, stacks }, { result: "interrupted", exitCode: 130, stacks: [] });
  });
});
