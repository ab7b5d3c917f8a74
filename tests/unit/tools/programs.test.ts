import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { moduleDirectory } from "../../../sandbox/tools/build.ts";
import { buildKey, cacheDirectory, linkerFlags } from "../../../sandbox/tools/cache.ts";
import { toldVersion } from "../../../sandbox/tools/find-on-path.ts";
import { newEnough } from "../../../sandbox/tools/go.ts";
import { type ProgramName, programNames, programOf } from "../../../sandbox/tools/programs.ts";

describe("the table of programs", () => {
  it("pins in go.mod exactly the versions of config/versions.ts", async () => {
    for (const name of programNames) {
      const { module, pin } = programOf(name);
      const goMod = await readFile(join(moduleDirectory(module), "go.mod"), "utf8");
      assert.match(goMod, new RegExp(`^\\t?(require )?${pin.module.replaceAll(".", "\\.")} ${pin.version}$`, "m"), name);
    }
  });

  it("names every program as a tool of its module, so that go.sum covers all that it needs", async () => {
    for (const name of programNames) {
      const { module, package: main } = programOf(name);
      const goMod = await readFile(join(moduleDirectory(module), "go.mod"), "utf8");
      assert.ok(new RegExp(`^(tool )?\\t?${main.replaceAll(".", "\\.")}$`, "m").test(goMod), `${main} is no tool of ${module}/go.mod`);
    }
  });

  it("reads the version that each program tells", () => {
    const told: Record<string, string> = {
      "kube-apiserver": "Kubernetes v1.36.3\n",
      "kube-controller-manager": "Kubernetes v1.36.3\n",
      "kube-scheduler": "Kubernetes v1.36.3\n",
      etcd: "etcd Version: 3.6.15\nGit SHA: Not provided\nGo Version: go1.26.8\n",
      kwok: "kwok version v0.8.0 go1.26.8 (linux/amd64)\n",
      kwokctl: "kwokctl version v0.8.0 go1.26.8 (linux/amd64)\n",
      pulumi: "v3.259.0\n",
      helm: "v3.20.2",
      "prometheus-operator": "prometheus-operator, version 0.93.1 (branch: , revision: unknown)\n",
      alertmanager: "alertmanager, version 0.34.0 (branch: , revision: unknown)\n",
      prometheus: "prometheus, version 3.14.0 (branch: , revision: unknown)\n",
      promtool: "promtool, version 3.14.0 (branch: , revision: unknown)\n",
      amtool: "amtool, version 0.34.0 (branch: , revision: unknown)\n",
      blackbox_exporter: "blackbox_exporter, version 0.28.0 (branch: , revision: unknown)\n",
    };
    for (const [name, output] of Object.entries(told)) {
      const program = programOf(name as ProgramName);
      assert.equal(toldVersion(program, output), program.version, name);
    }
    assert.deepEqual(programNames.filter((name) => programOf(name).tells === undefined), ["pulumi-language-nodejs"]);
  });

  it("does not take another version, or a program that says something else, for the pinned one", () => {
    assert.equal(toldVersion(programOf("helm"), "v3.20.1"), "3.20.1");
    assert.equal(toldVersion(programOf("etcd"), "etcd: unknown flag"), undefined);
    assert.equal(toldVersion(programOf("prometheus"), "promtool, version 3.14.0"), undefined);
  });
});

describe("the key of a built program", () => {
  const inputs = { goVersion: "go1.26.8", target: "linux/amd64", goMod: "module a", goSum: "sum" };
  const key = buildKey(programOf("helm"), inputs);

  it("names program and version", () => {
    assert.match(key, /^helm-3\.20\.2-[0-9a-f]{12}$/);
  });

  it("changes with everything that changes what is built", () => {
    const keys = [
      key,
      buildKey(programOf("helm"), { ...inputs, goVersion: "go1.26.9" }),
      buildKey(programOf("helm"), { ...inputs, target: "darwin/arm64" }),
      buildKey(programOf("helm"), { ...inputs, goMod: "module b" }),
      buildKey(programOf("helm"), { ...inputs, goSum: "other" }),
      buildKey({ ...programOf("helm"), stamps: ["x.y=1"] }, inputs),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  it("stamps the control plane with its version, without which charts refuse it", () => {
    assert.match(linkerFlags(programOf("kube-apiserver")), /-X k8s\.io\/component-base\/version\.gitVersion=v1\.36\.3( |$)/);
  });
});

describe("the cache's directory", () => {
  it("is the one named by BELFRY_CACHE_DIR, then XDG's, then the user's", () => {
    assert.equal(cacheDirectory({ BELFRY_CACHE_DIR: "/a", XDG_CACHE_HOME: "/b", HOME: "/c" }), "/a");
    assert.equal(cacheDirectory({ BELFRY_CACHE_DIR: "", XDG_CACHE_HOME: "/b", HOME: "/c" }), "/b/belfry");
    const own = process.platform === "darwin" ? "/c/Library/Caches/belfry" : "/c/.cache/belfry";
    assert.equal(cacheDirectory({ HOME: "/c" }), own);
  });
});

describe("the age of Go", () => {
  for (const [version, expected] of [
    ["go1.26", true], ["go1.26.8", true], ["go1.27rc1", true], ["go2.0", true], ["go1.25.9", false], ["go1.9", false], ["unknown", false],
  ] as const) {
    it(`${version} is ${expected ? "new enough" : "refused"}`, () => {
      assert.equal(newEnough(version, "1.26"), expected);
    });
  }
});
