/** The routing of verify's own walk against Alertmanager's: random trees and labels, answered by amtool as well. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { stringify } from "yaml";
import { readConfig, routeAlert } from "../../automation/verify/tree.ts";
import { sandboxTools } from "../sandbox/tools.ts";

const run = promisify(execFile);
const names = ["r1", "r2", "r3"];

const label = fc.constantFrom("severity", "namespace", "a_b");
const value = fc.constantFrom("a", "b", "ab", "A", "a.b", 'q"u', "\\n", "é");
const expression = fc.constantFrom(
  "a|b",
  "a.*",
  "",
  "[^a]",
  "(?i)a",
  "a\\.b",
  "(a|b)+",
  ".+",
  "\\w+",
  "x?",
  "[a-c]{2}",
  "é|😀",
);
const matcher = fc.oneof(
  fc.tuple(label, fc.constantFrom("=", "!="), value),
  fc.tuple(label, fc.constantFrom("=~", "!~"), expression),
);
/** Quoted as Go reads it, quoted as the older form reads it, or bare. */
const line = fc
  .tuple(matcher, fc.constantFrom("go", "bare"))
  .map(([[name, operator, text], form]) =>
    form === "bare" && /^[\w.|*é]+$/.test(text)
      ? `${name}${operator}${text}`
      : `${name} ${operator} ${JSON.stringify(text)}`,
  );
interface Tree {
  receiver: string;
  matchers: string[];
  continue: boolean;
  routes: Tree[];
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    receiver: fc.constantFrom(...names),
    matchers: fc.array(line, { maxLength: 2 }),
    continue: fc.boolean(),
    routes: fc.oneof({ depthSize: "small" }, fc.constant<Tree[]>([]), fc.array(tie("tree"), { maxLength: 3 })),
  }),
}));
const labels = fc.dictionary(label, value, { noNullPrototype: true });

describe("routing as verify walks it, by amtool", function () {
  this.timeout(600_000);
  let amtool: string;
  let directory: string;
  before(async () => {
    ({ amtool } = await sandboxTools(["amtool"]));
    directory = await mkdtemp(join(tmpdir(), "belfry-verify-routing-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("agrees", async () => {
    const file = join(directory, "config.yaml");
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), labels, async (routes, wanted) => {
        const yaml = stringify({ route: { receiver: "r1", routes }, receivers: names.map((name) => ({ name })) });
        await writeFile(file, yaml);
        const pairs = Object.entries(wanted).map(([name, text]) => `${name}=${JSON.stringify(text)}`);
        const { stdout } = await run(amtool, ["config", "routes", "test", `--config.file=${file}`, ...pairs]);
        const routing = routeAlert(readConfig(yaml).root, wanted);
        assert.equal(routing?.unclear, undefined);
        assert.deepEqual(
          routing?.routes.map((route) => route.receiver),
          stdout.trim().split(","),
        );
        judged += 1;
      }),
      { numRuns: 150, endOnFailure: true },
    );
    assert.equal(judged, 150);
  });
});
