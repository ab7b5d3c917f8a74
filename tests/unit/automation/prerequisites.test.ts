import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { prerequisites } from "../../../config/versions.ts";

const file = join(import.meta.dirname, "..", "..", "..", "automation", "prerequisites.mjs");

/** The module is plain JavaScript without types: asked as its callers ask it. */
function ask(expression: string): unknown {
  const script = `import * as p from ${JSON.stringify(file)}; process.stdout.write(JSON.stringify(${expression}) ?? "null")`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

describe("what npm start looks at first", () => {
  it("refuses a Node.js that is too old, with what to do", () => {
    assert.deepEqual(ask(`["18.20.4", "20.18.9"].map(p.nodeProblem)`), ["18.20.4", "20.18.9"].map((version) =>
      `Node.js ${version} is too old: Belfry needs 20.19.0 or newer.\n` +
      "  Install a current Node.js from https://nodejs.org/ (or with your version manager: nvm install --lts), then run npm start again.\n"));
  });

  it("takes the oldest that is promised, and newer ones", () => {
    assert.deepEqual(ask(`["20.19.0", "20.20.2", "22.0.0", "24.1.0"].map((v) => p.nodeProblem(v) ?? null)`), [null, null, null, null]);
    assert.equal(ask(`p.minimumNode.join(".")`), prerequisites.node);
  });

  it("notices a flag that npm has swallowed", () => {
    const message = (rest: string) =>
      `npm took --kube-context for one of its own options, so Belfry never saw it. Nothing was done.\n  Put two dashes before it: npm start -- --kube-context${rest}\n`;
    assert.equal(ask(`p.swallowedFlagProblem({ npm_config_kube_context: "true" }, ["prod-eu"])`), message(" prod-eu"));
    assert.equal(ask(`p.swallowedFlagProblem({ npm_config_kube_context: "prod-eu" }, [])`), message(" prod-eu"));
    assert.equal(ask(`p.swallowedFlagProblem({ npm_config_kube_context: "" }, [])`), null);
    assert.equal(ask(`p.swallowedFlagProblem({}, ["--kube-context", "prod-eu"])`), null);
  });
});
