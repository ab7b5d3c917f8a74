import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { diff, diffCommand, diffFlags } from "../../../automation/diff/command.ts";
import { readDirectory } from "../../../automation/diff/directories.ts";
import { UsageError } from "../../../automation/usage-error.ts";
import { files, object, rules, alert, type SmallStack } from "./stage.ts";

const { signal } = new AbortController();
const checkout = join(import.meta.dirname, "..", "..", "..");

describe("belfry diff of two rendered directories", () => {
  let root: string;
  const write = async (name: string, stack: SmallStack) => {
    for (const [path, text] of files(stack)) {
      await mkdir(dirname(join(root, name, path)), { recursive: true });
      await writeFile(join(root, name, path), text);
    }
    return join(root, name);
  };
  let sides: { readonly fromDirectory: string; readonly toDirectory: string };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "belfry-rendered-"));
    const shipped = { version: "88.5.3" };
    sides = {
      fromDirectory: await write("before", { ...shipped, objects: [rules("g", alert("A"))] }),
      toDirectory: await write("prod", { ...shipped, objects: [rules("g", alert("A", { for: "1h" })), object("Service", "x")] }),
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  it("needs nothing but the two, takes the stack's name from the second, and says what it cannot know", async () => {
    const report = await diff({ checkout, signal, ...sides });
    const [stack] = report.stacks;
    assert.deepEqual([report.before, report.after, stack?.stack], [sides.fromDirectory, sides.toDirectory, "prod"]);
    assert.deepEqual(stack?.alerts.map(({ alert: name, origin, fields }) => [name, origin, fields]), [["A", "own", [{ field: "for", before: "5m", after: "1h" }]]]);
    assert.deepEqual(stack.objects.map(({ kind, change }) => [kind, change]), [["Service", "added"], ["PrometheusRule", "changed"]]);
    assert.deepEqual(stack.notes, [
      "Compared by their values only, without the objects that their charts make of them: kube-prometheus-stack.",
      "Whether secrets change cannot be told from rendered directories, which hold none.",
    ]);
  });

  it("writes JSON, Markdown or text, also to a file", async () => {
    const out = join(root, "report");
    const nothing = () => assert.fail("it goes to the file");
    assert.equal(await diffCommand({ checkout, signal, ...sides, format: "json", bold: true, out, write: nothing }), true);
    assert.deepEqual(JSON.parse(await readFile(out, "utf8")), await diff({ checkout, signal, ...sides }));
    await diffCommand({ checkout, signal, ...sides, format: "markdown", bold: true, out, write: nothing });
    assert.match(await readFile(out, "utf8"), /^## What changes\n/);
    let text = "";
    await diffCommand({ checkout, signal, ...sides, format: "text", bold: false, out: undefined, write: (part) => (text += part) });
    assert.match(text, /^From .*before to .*prod\n\nStack prod\n/);
  });

  it("refuses directories that render did not write, and follows no link out of them", async () => {
    const empty = join(root, "empty");
    await mkdir(empty);
    const again = "Write one: npm run belfry -- render --stack STACK --out DIRECTORY";
    await assert.rejects(readDirectory(empty), new UsageError(`${empty} was not written by belfry render.`, again));
    await assert.rejects(readDirectory(join(root, "none")), new UsageError(`${join(root, "none")} cannot be read as a directory.`, again));
    const secret = join(root, "secret.yaml");
    await writeFile(secret, "canary");
    await symlink(secret, join(sides.toDirectory, "monitoring", "Secret-link.yaml"));
    assert.ok(![...(await readDirectory(sides.toDirectory)).keys()].includes("monitoring/Secret-link.yaml"));
  });

  it("refuses what does not go together", async () => {
    await assert.rejects(
      diff({ checkout, signal, fromDirectory: "a" }),
      new UsageError("--from-dir and --to-dir belong together, and not beside --from and --to.", "npm run belfry -- diff --from-dir DIR --to-dir DIR"),
    );
    await assert.rejects(diff({ checkout, signal, ...sides, from: "main" }), /not beside --from and --to/);
    await assert.rejects(diff({ checkout, signal, ...sides, stacks: ["a", "b"] }), /^UsageError: A rendered directory holds one stack\./);
    for (const [flags, what] of [
      [{ stack: "a", all: true }, "--stack and --all do not go together."],
      [{ json: true, markdown: true }, "--markdown and --json do not go together."],
      [{ stack: " ," }, "--stack names no stack."],
    ] as const) {
      assert.throws(() => diffFlags(flags), (error: unknown) => error instanceof UsageError && error.what === what);
    }
    assert.deepEqual(diffFlags({ stack: "dev, prod", from: "main", charts: "x", markdown: true }), {
      stacks: ["dev", "prod"], from: "main", charts: "x", format: "markdown", out: undefined,
    });
  });

  describe("with charts", () => {
    const path = process.env["PATH"];
    afterEach(() => {
      process.env["PATH"] = path;
    });
    /** A helm that prints a Service, and writes down what it was called with. */
    const fakeHelm = async (script: string) => {
      const bin = join(root, "bin");
      await mkdir(bin);
      await writeFile(join(bin, "helm"), `#!/bin/sh\n[ "$1" = version ] && exit 0\necho "$@" >> ${join(root, "calls")}\n${script}\n`, { mode: 0o755 });
      process.env["PATH"] = `${bin}:${path ?? ""}`;
      const charts = join(root, "charts");
      await mkdir(charts);
      return charts;
    };

    it("compares the objects that helm makes of the packed charts, and renders what is the same once", async () => {
      const charts = await fakeHelm("printf 'apiVersion: v1\\nkind: Service\\nmetadata:\\n  name: of-the-chart\\nspec: {type: NodePort, ports: [{port: 1}]}\\n'");
      await writeFile(join(charts, "kube-prometheus-stack-88.5.3.tgz"), "");
      const [stack] = (await diff({ checkout, signal, ...sides, charts })).stacks;
      assert.deepEqual(stack?.notes, ["Whether secrets change cannot be told from rendered directories, which hold none."]);
      assert.deepEqual(stack.objects.map(({ name }) => name), ["x", "belfry-g"]);
      const calls = (await readFile(join(root, "calls"), "utf8")).trim().split("\n");
      assert.equal(calls.length, 1);
      assert.match(calls[0] ?? "", /^template kube-prometheus-stack \S+\/charts\/kube-prometheus-stack-88\.5\.3\.tgz --namespace monitoring --values \S+ --include-crds --skip-tests --kube-version v[\d.]+ --api-versions monitoring\.coreos\.com\/v1$/);
    });

    it("says which chart is not there, and what helm says", async () => {
      const charts = await fakeHelm("echo 'Error: values are wrong' >&2; exit 1");
      const values = "Compared by their values only, without the objects that their charts make of them: kube-prometheus-stack.";
      const secrets = "Whether secrets change cannot be told from rendered directories, which hold none.";
      const [without] = (await diff({ checkout, signal, ...sides, charts })).stacks;
      assert.deepEqual(without?.notes, [values, `A chart could not be rendered: that of release kube-prometheus-stack, kube-prometheus-stack 88.5.3 is not in ${charts}`, secrets]);
      await writeFile(join(charts, "kube-prometheus-stack-88.5.3.tgz"), "");
      const [broken] = (await diff({ checkout, signal, ...sides, charts })).stacks;
      assert.deepEqual(broken?.notes, [values, "A chart could not be rendered: that of release kube-prometheus-stack, helm: Error: values are wrong", secrets]);
    });

    it("hands no name to helm that is none", async () => {
      const charts = await fakeHelm("exit 0");
      await writeFile(join(sides.toDirectory, "releases", "evil.yaml"), "name: evil\nnamespace: x\nchart: ../../etc\nversion: --post-renderer=x\nvalues: {}\n");
      const [stack] = (await diff({ checkout, signal, ...sides, charts })).stacks;
      assert.ok(stack?.notes.includes("A chart could not be rendered: that of release evil, its file names no chart, version or namespace that could be one"));
      await assert.rejects(readFile(join(root, "calls")), { code: "ENOENT" });
    });
  });
});
