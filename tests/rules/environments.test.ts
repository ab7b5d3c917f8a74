/** Every line of the routing contract in what each stack of the repository renders to, by amtool. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import type { AlertmanagerConfiguration } from "../../components/receivers/alertmanager-config.ts";
import { messageTemplates } from "../../components/receivers/templates.ts";
import { rendered } from "../golden/compare.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { contractRoutes, environments } from "./contract-routes.ts";

const run = promisify(execFile);

describe("routes of every environment, by amtool", function () {
  this.timeout(600_000);
  let amtool: string;
  let directory: string;
  before(async () => {
    ({ amtool } = await sandboxTools(["amtool"]));
    directory = await mkdtemp(join(tmpdir(), "belfry-environments-"));
    for (const [file, content] of Object.entries(messageTemplates())) await writeFile(join(directory, file), content);
  });
  after(() => rm(directory, { recursive: true }));

  for (const [stack, expected] of Object.entries(environments)) {
    describe(stack, () => {
      let file: string;
      before(async () => {
        const release = (await rendered(stack)).get("releases/kube-prometheus-stack.yaml") ?? "";
        const { values } = parse(release) as { values: { alertmanager: { config: AlertmanagerConfiguration } } };
        file = join(directory, `${stack}.yaml`);
        await writeFile(file, stringify({ ...values.alertmanager.config, templates: [join(directory, "*.tmpl")] }));
      });

      it("is a valid configuration with its templates", async () => {
        const { stdout } = await run(amtool, ["check-config", file]);
        assert.match(stdout, /SUCCESS/);
      });

      for (const { title, labels, audience } of contractRoutes) {
        it(title, async () => {
          const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
          const { stdout } = await run(amtool, ["config", "routes", "test", `--config.file=${file}`, ...pairs]);
          assert.deepEqual(stdout.trim().split(","), expected[audience]);
        });
      }
    });
  }
});
