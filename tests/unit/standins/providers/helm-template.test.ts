import assert from "node:assert/strict";

import { programs } from "../../../../config/versions.ts";
import type { Helm } from "../../../../sandbox/standins/providers/helm.ts";
import { helmTemplate, templateArguments } from "../../../../sandbox/standins/providers/helm-template.ts";

/** A Helm that prints this. */
const helm = (stdout: string, code = 0, stderr = "") =>
  ({ run: () => Promise.resolve({ code, stdout, stderr }) }) as unknown as Helm;

describe("the stand-in's function kubernetes:helm:template", () => {
  it("renders a chart of a repository with its CRDs", () => {
    const options = { chart: "c", version: "1.0.0", release_name: "r", fetch_opts: { repo: "https://charts.example.com" } };
    assert.deepEqual(templateArguments(JSON.stringify(options)), [
      "template", "r", "c", "--version", "1.0.0", "--repo", "https://charts.example.com",
      "--include-crds", "--kube-version", programs.kubernetes,
    ]);
  });

  it("renders a chart of a registry", () => {
    assert.deepEqual(templateArguments(JSON.stringify({ chart: "oci://r.example.com/c", namespace: "n" })), [
      "template", "release", "oci://r.example.com/c", "--namespace", "n", "--include-crds", "--kube-version", programs.kubernetes,
    ]);
  });

  it("refuses what it would lose", () => {
    assert.throws(() => templateArguments(JSON.stringify({ chart: "c", values: {} })), {
      message: "the stand-in cannot use values of a chart",
    });
    assert.throws(() => templateArguments('"c"'), { message: "jsonOpts is not a map" });
  });

  it("gives the objects, and Helm's words when there are none", async () => {
    const args = { jsonOpts: JSON.stringify({ chart: "c" }) };
    assert.deepEqual(await helmTemplate(helm("kind: A\n---\n# nothing\n---\nkind: B\n"), args), {
      result: [{ kind: "A" }, { kind: "B" }],
    });
    await assert.rejects(helmTemplate(helm("", 1, "Error: chart not found"), args), {
      message: "failed to generate YAML for specified Helm chart: chart not found",
    });
  });
});
