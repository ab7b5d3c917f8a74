import assert from "node:assert/strict";
import {
  type SafetyInput, type StackFacts, describeBackend, isCi, refusalsOf, refuse, stackFacts,
} from "../../../automation/pipeline/safety.ts";

const file = describeBackend("file:///srv/state");
const bucket = describeBackend("s3://state");
const passphrase = { PULUMI_CONFIG_PASSPHRASE_FILE: "/passphrase" };
const nothing = "\n  Nothing was created or changed.";

function facts(stack: string, changes: Partial<StackFacts> = {}): StackFacts {
  return { stack, file: `Pulumi.${stack}.yaml`, protected: false, passphrase: true, ...changes };
}

function check(input: Partial<SafetyInput>): void {
  refuse(refusalsOf({ operation: "preview", stacks: [facts("dev")], backend: bucket, environment: passphrase, sandbox: false, ...input }));
}

function refused(input: Partial<SafetyInput>, message: string): void {
  assert.throws(() => { check(input); }, { name: "UsageError", message });
}

const prod = facts("prod", { protected: true });
const needsPlan =
  "The stack prod is protected (belfry:protected in Pulumi.prod.yaml): it is changed by the plan of a reviewed preview only.\n" +
  "  Make one and have it reviewed: npm run belfry -- preview --stack prod --plan FILE; then: npm run belfry -- up --stack prod --plan FILE. " +
  "Without one, say so: --without-plan prod";

describe("what is refused before an engine starts", () => {
  it("nothing, where all is in order", () => {
    check({});
    check({ stacks: [facts("dev"), facts("prod", { protected: true })] });
    check({ operation: "up", stacks: [facts("dev")], environment: { ...passphrase, CI: "true" }, backend: file });
  });

  it("a passphrase that is missing", () => {
    const message =
      "The passphrase of stack dev is missing: its secrets cannot be read.\n" +
      "  Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself.";
    refused({ environment: {} }, message + nothing);
    check({ environment: { PULUMI_CONFIG_PASSPHRASE: "" } });
    check({ environment: {}, stacks: [facts("dev", { passphrase: false })] });
  });

  it("the state of a protected stack on a CI runner's disk", () => {
    const environment = { ...passphrase, CI: "true" };
    refused(
      { environment, backend: file, stacks: [facts("dev"), prod] },
      "The state of the protected stack prod would be kept in file:///srv/state, which is gone when this CI runner ends.\n" +
        "  Name a backend that stays: export PULUMI_BACKEND_URL=s3://BUCKET (or gs://, azblob://), or set PULUMI_ACCESS_TOKEN for " +
        `Pulumi Cloud (docs/pipelines.md).${nothing}`,
    );
    check({ environment, backend: bucket, stacks: [prod] });
    check({ environment: passphrase, backend: file, stacks: [prod] });
    // The embedded cluster goes with its state.
    check({ environment, backend: file, stacks: [prod], sandbox: true });
  });

  it("one file of settings for several stacks", () => {
    const environment = { ...passphrase, PULUMI_OPTION_CONFIG_FILE: "/tmp/Pulumi.dev.yaml" };
    refused(
      { environment, stacks: [facts("dev"), facts("qa")] },
      "PULUMI_OPTION_CONFIG_FILE names one file with settings, and several stacks are named: all would get the same settings.\n" +
        `  Name one stack, or run: unset PULUMI_OPTION_CONFIG_FILE${nothing}`,
    );
    check({ environment });
  });

  it("an up of a protected stack without its plan and without the word", () => {
    refused({ operation: "up", stacks: [facts("dev"), prod] }, needsPlan + nothing);
    refused({ operation: "up", stacks: [facts("dev"), prod], planned: ["dev"] }, needsPlan + nothing);
    check({ operation: "up", stacks: [prod], planned: ["prod"] });
    check({ operation: "up", stacks: [prod], withoutPlan: ["prod"] });
  });

  it("a word about a stack that is not meant", () => {
    refused(
      { operation: "up", withoutPlan: ["prod"] },
      "--without-plan names the stack prod, which is not among those that are worked on (dev).\n" +
        `  Name it by --stack as well, or leave --without-plan prod out.${nothing}`,
    );
  });

  it("a destroy without each name once more", () => {
    const unsaid = (name: string) =>
      `Destroying the stack ${name} removes everything that it installed, and its name was not repeated.\n` +
      "  If that is what you want: npm run belfry -- destroy --stack dev,qa --confirm dev --confirm qa";
    const stacks = [facts("dev"), facts("qa")];
    refused({ operation: "destroy", stacks, confirm: ["dev"] }, unsaid("qa") + nothing);
    refused({ operation: "destroy", stacks }, `2 things stand in the way:\n\n${unsaid("dev")}\n\n${unsaid("qa")}\n${nothing}`);
    refused(
      { operation: "destroy", confirm: ["dev", "prod"] },
      "--confirm names the stack prod, which is not among those that are worked on (dev).\n" +
        `  Name it by --stack as well, or leave --confirm prod out.${nothing}`,
    );
    check({ operation: "destroy", stacks, confirm: ["qa", "dev"] });
  });
});

describe("a pipeline", () => {
  it("is told by CI", () => {
    assert.deepEqual(["true", "1", "woodpecker"].map((CI) => isCi({ CI })), [true, true, true]);
    assert.deepEqual([{}, { CI: "" }, { CI: "false" }, { CI: "0" }].map(isCi), [false, false, false, false]);
  });
});

describe("a backend", () => {
  it("is told apart by its address, which is shown without a password", () => {
    assert.deepEqual(describeBackend("file:///srv/state"), { url: "file:///srv/state", isFile: true, isCloud: false });
    assert.deepEqual(describeBackend("https://api.pulumi.com"), { url: "https://api.pulumi.com", isFile: false, isCloud: true });
    assert.deepEqual(describeBackend("postgres://me:hidden@db/state"), { url: "postgres://db/state", isFile: false, isCloud: false });
  });
});

describe("a stack's file", () => {
  const read = (text: string | undefined, backend = file) => stackFacts({ stack: "prod", file: "Pulumi.prod.yaml", text, backend });

  it("says whether the stack is protected; what is not plainly false counts as true", () => {
    const isProtected = (value: string) => read(`config:\n  belfry:protected: ${value}\n`).protected;
    assert.deepEqual(["true", '"true"', "yes", "1", "{secure: abc}"].map(isProtected), [true, true, true, true, true]);
    assert.deepEqual(["false", '"false"', ""].map(isProtected), [false, false, false]);
    assert.equal(read("config: {}\n").protected, false);
    assert.equal(read("").protected, false);
  });

  it("says whether a passphrase is needed", () => {
    const cloud = describeBackend("https://api.pulumi.com");
    assert.equal(read("config: {}\n").passphrase, true);
    assert.equal(read("secretsprovider: awskms://alias/x\nencryptedkey: abc\n").passphrase, false);
    assert.equal(read("secretsprovider: passphrase\n").passphrase, true);
    assert.equal(read("config: {}\n", cloud).passphrase, false);
    assert.equal(read("encryptionsalt: v1:abc\n", cloud).passphrase, true);
  });

  it("must be there and readable, and is never quoted", () => {
    assert.throws(() => read(undefined), {
      name: "UsageError",
      message: "Pulumi.prod.yaml is missing: the stack prod has no settings.\n  Write it (Pulumi.dev.yaml is an example), or name another stack.",
    });
    assert.throws(() => read("config: [canary\n"), {
      name: "UsageError",
      message: "Pulumi.prod.yaml is not valid YAML.\n  Mend it; npm run belfry -- render --stack STACK --out DIRECTORY names the line.",
    });
  });
});
