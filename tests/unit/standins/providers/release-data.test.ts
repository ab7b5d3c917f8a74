import assert from "node:assert/strict";
import { helmMessage } from "../../../../sandbox/standins/providers/helm.ts";
import {
  chartArguments,
  releaseDefaults,
  releaseDrift,
  releaseOutputs,
  resourceNames,
  unsupportedInput,
  writeArguments,
} from "../../../../sandbox/standins/providers/release-data.ts";
import { secret } from "../../../../sandbox/standins/providers/wire.ts";

describe("a Helm release", () => {
  it("gets the real provider's defaults", () => {
    assert.deepEqual(releaseDefaults({ chart: "a", compat: "true", resourceNames: {} }, "default"), {
      chart: "a",
      namespace: "default",
      timeout: 300,
    });
    assert.deepEqual(releaseDefaults({ chart: "a", namespace: "x", timeout: 5 }, "default"), {
      chart: "a",
      namespace: "x",
      timeout: 5,
    });
    assert.deepEqual(releaseDefaults({ chart: "a", skipAwait: true }, "default"), {
      chart: "a",
      skipAwait: true,
      namespace: "default",
    });
  });

  it("names its chart to Helm; an OCI chart has no repository", () => {
    const repositoryOpts = { repo: "http://127.0.0.1:1" };
    assert.deepEqual(chartArguments({ chart: "demo", version: "1.2.3", repositoryOpts }), [
      "demo",
      "--repo",
      "http://127.0.0.1:1",
      "--version",
      "1.2.3",
    ]);
    assert.deepEqual(chartArguments({ chart: "oci://example.com/demo", repositoryOpts }), ["oci://example.com/demo"]);
  });

  it("is installed and upgraded as its inputs say", () => {
    assert.deepEqual(writeArguments({ timeout: 7 }, "install"), ["--wait", "--timeout", "7s"]);
    assert.deepEqual(
      writeArguments(
        {
          skipAwait: true,
          waitForJobs: true,
          atomic: true,
          createNamespace: true,
          skipCrds: true,
          cleanupOnFail: true,
        },
        "install",
      ),
      ["--timeout", "300s", "--atomic", "--create-namespace", "--skip-crds"],
    );
    assert.deepEqual(writeArguments({ waitForJobs: true, cleanupOnFail: true, maxHistory: 4 }, "upgrade"), [
      "--wait",
      "--wait-for-jobs",
      "--timeout",
      "300s",
      "--install",
      "--cleanup-on-fail",
      "--history-max",
      "4",
    ]);
  });

  it("is refused where the stand-in would lose an input", () => {
    const file = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path: "a.yaml" };
    assert.equal(
      unsupportedInput({ chart: "a", values: { a: null }, postrender: null, valueYamlFiles: [] }),
      undefined,
    );
    assert.equal(unsupportedInput({ valueYamlFiles: [file] }), "the stand-in cannot use valueYamlFiles of a release");
    assert.equal(unsupportedInput({ postrender: "sed" }), "the stand-in cannot use postrender of a release");
    assert.equal(
      unsupportedInput({ repositoryOpts: { repo: "x", password: "y" } }),
      "the stand-in cannot use repositoryOpts.password of a release",
    );
    assert.equal(unsupportedInput({ values: { a: file } }), "the stand-in cannot use files in the values of a release");
  });

  it("tells its state in the words of Pulumi's resource", () => {
    const release = {
      name: "demo",
      namespace: "trial",
      version: 3,
      info: { status: "deployed" },
      metadata: { chart: "demo", version: "1.2.3", appVersion: "9.9" },
      manifest: "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n",
    };
    assert.deepEqual(releaseOutputs(release), {
      status: {
        name: "demo",
        namespace: "trial",
        revision: 3,
        status: "deployed",
        chart: "demo",
        version: "1.2.3",
        appVersion: "9.9",
      },
      resourceNames: { "Service/v1": ["a"] },
    });
  });

  it("lists the objects of its manifest", () => {
    const manifest = [
      "# Source: a.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    name: no\n  name: web\n  namespace: x\nspec:\n  name: no",
      'apiVersion: "v1"\nkind: ConfigMap\nmetadata:\n    name: "b"\ndata:\n  kind: no',
      "apiVersion: v1\nkind: ConfigMap\nmetadata: \n\n  name: a",
      "# nothing",
    ].join("\n---\n");
    assert.deepEqual(resourceNames(manifest), { "ConfigMap/v1": ["a", "b"], "Deployment.apps/apps/v1": ["x/web"] });
  });

  it("drifts only where Helm has other values or another chart version", () => {
    const given = { version: "1.0.0", values: { a: secret(1), b: { c: null } } };
    assert.deepEqual(releaseDrift(given, { config: { b: { c: null }, a: 1 }, metadata: { version: "1.0.0" } }), given);
    assert.deepEqual(releaseDrift(given, { config: { a: 2 }, metadata: { version: "1.1.0" } }), {
      version: "1.1.0",
      values: { a: 2 },
    });
  });

  it("fails with Helm's own words, without its warnings", () => {
    const stderr = "WARNING: a\nI1123 20:13:01.000000 x\nError: INSTALLATION FAILED: cannot re-use a name\n";
    assert.equal(helmMessage({ code: 1, stdout: "", stderr }), "INSTALLATION FAILED: cannot re-use a name");
    assert.equal(helmMessage({ code: null, stdout: "", stderr: "" }), "helm ended with exit code null");
  });
});
