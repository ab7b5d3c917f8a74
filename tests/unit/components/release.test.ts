import assert from "node:assert/strict";

import { chartRelease, chartSource } from "../../../components/shared/release.ts";
import { collectResources } from "../../harness.ts";

const chart = { name: "some-chart", repository: "https://charts.example.com/", version: "1.2.3" };

describe("a chart's source", () => {
  it("is its own repository", () => {
    assert.deepEqual(chartSource(chart), {
      chart: "some-chart",
      version: "1.2.3",
      repositoryOpts: { repo: "https://charts.example.com" },
    });
  });

  it("is the mirror where there is one", () => {
    assert.deepEqual(chartSource(chart, "http://127.0.0.1:8080"), {
      chart: "some-chart",
      version: "1.2.3",
      repositoryOpts: { repo: "http://127.0.0.1:8080" },
    });
  });

  it("is part of the chart's reference in a registry", () => {
    const source = { chart: "oci://registry.example.com/charts/some-chart", version: "1.2.3" };
    assert.deepEqual(chartSource(chart, "oci://registry.example.com/charts/"), source);
  });
});

describe("a release", () => {
  it("has an explicit name and waits until its objects are ready", async () => {
    const { resources } = await collectResources(() => {
      const { name } = chartRelease("logical", { chart, namespace: "there", values: { a: 1 }, timeoutSeconds: 5 }, {});
      return { name };
    });
    assert.deepEqual(
      resources.map(({ type, name, inputs }) => ({ type, name, inputs })),
      [
        {
          type: "kubernetes:helm.sh/v3:Release",
          name: "logical",
          inputs: {
            name: "some-chart",
            namespace: "there",
            chart: "some-chart",
            version: "1.2.3",
            repositoryOpts: { repo: "https://charts.example.com" },
            values: { a: 1 },
            skipAwait: false,
            timeout: 5,
            compat: "true",
          },
        },
      ],
    );
  });
});
