import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { artifacts, charts, prerequisites, programs, providers, stackPrograms } from "../../../config/versions.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");

interface Renovate {
  readonly customManagers: readonly {
    readonly customType: string;
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
}

/** Pins that stand without a marker: none of them may follow new releases. */
const withoutMarker = {
  // Newer ones are no Go modules.
  pulumiLanguageNodejs: programs.pulumiLanguageNodejs,
  // What users must have at least is changed on purpose.
  node: prerequisites.node,
  go: prerequisites.go,
};

/** Every version in config/versions.ts under the name that stands before it. */
const pins = [
  ...[...Object.values(charts), ...Object.values(artifacts)].map(({ version }) => `version ${version}`),
  ...[stackPrograms, programs, providers, prerequisites].flatMap((group) =>
    Object.entries(group).map(([name, version]) => `${name} ${version}`),
  ),
];

async function matches() {
  const renovate = JSON.parse(await readFile(join(checkout, "renovate.json"), "utf8")) as Renovate;
  const [manager, ...others] = renovate.customManagers;
  assert.ok(manager !== undefined && others.length === 0);
  const text = await readFile(join(checkout, "config/versions.ts"), "utf8");
  const found = manager.matchStrings.flatMap((pattern) => [...text.matchAll(new RegExp(pattern, "g"))]);
  return { manager, text, found };
}

describe("renovate.json", () => {
  it("reads config/versions.ts and no other file", async () => {
    const { manager } = await matches();
    assert.equal(manager.customType, "regex");
    const patterns = manager.managerFilePatterns.map((pattern) => new RegExp(pattern.replace(/^\/|\/$/g, "")));
    const read = ["config/versions.ts", "config/versionsXts", "other/config/versions.ts"].filter((file) =>
      patterns.some((pattern) => pattern.test(file)),
    );
    assert.deepEqual(read, ["config/versions.ts"]);
  });

  it("finds a marker above every pin", async () => {
    const { found } = await matches();
    const marked = found.map(([all, ...groups]) => `${/(\w+): "[^"]+"$/.exec(all)?.[1] ?? ""} ${groups.at(-1) ?? ""}`);
    const unmarked = Object.entries(withoutMarker).map(([name, version]) => `${name} ${version}`);
    assert.deepEqual([...marked, ...unmarked].sort(), [...pins].sort());
  });

  it("understands every marker there is", async () => {
    const { text, found } = await matches();
    assert.equal(found.length, text.match(/renovate:/g)?.length);
  });

  it("asks the chart repositories that the program uses", async () => {
    const { found } = await matches();
    const ofCharts = found.flatMap(({ groups }) => (groups?.["datasource"] === "helm" ? [{ ...groups }] : []));
    assert.deepEqual(
      ofCharts,
      Object.values(charts).map(({ name, repository, version }) => ({
        datasource: "helm",
        depName: name,
        registryUrl: repository,
        currentValue: version,
      })),
    );
  });
});

describe("pins", () => {
  it("of the providers are those of package.json", async () => {
    const { dependencies } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as {
      dependencies: Readonly<Record<string, string>>;
    };
    assert.deepEqual(providers, {
      kubernetes: dependencies["@pulumi/kubernetes"],
      random: dependencies["@pulumi/random"],
    });
  });
});
