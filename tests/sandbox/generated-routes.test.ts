/**
 * The routes of every environment in the configuration that the real prometheus-operator generates: it puts the teams' routes
 * before all others and adds a matcher for their namespace.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { charts } from "../../config/versions.ts";
import { loopback, type SandboxLayout, sandboxLayout } from "../../sandbox/layout.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { packStandinCharts } from "../../sandbox/standins/charts/pack.ts";
import { obtainTools, operatorModuleDirectory, programNames } from "../../sandbox/tools/index.ts";
import { until } from "../../sandbox/wait.ts";
import { rendered } from "../golden/compare.ts";
import { type Audience, contractRoutes, environments } from "../rules/contract-routes.ts";
import { type Checkout, makeCheckout } from "./checkout.ts";
import { sandboxTools } from "./tools.ts";

const run = promisify(execFile);

interface ClusterThing extends KubernetesObject {
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Nobody makes volumes of it; the routes need none. */
const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", provisioner: "example.com/none" };

/** Teams as the stacks name them: namespace, receiver as the operator names it, who of that namespace is told. */
const teams: Readonly<Record<keyof typeof environments, readonly [string, readonly Audience[]][]>> = {
  dev: [["shop", ["critical", "warning"]]],
  staging: [["shop", ["critical", "warning"]]],
  prod: [
    ["shop", ["critical", "warning"]],
    ["payments", ["critical", "warning", "unknown"]],
  ],
};

describe("routes as prometheus-operator generates them", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let layout: SandboxLayout;
  let directory: string;
  let helm: string;
  let amtool: string;
  let api: KubernetesObjectApi;

  before(async () => {
    checkout = await makeCheckout();
    layout = sandboxLayout(checkout.directory);
    directory = await mkdtemp(join(tmpdir(), "belfry-generated-"));
    ({ helm, amtool } = await sandboxTools(["helm", "amtool"]));
    const { signal } = new AbortController();
    const tools = obtainTools(programNames, { report: () => undefined, signal });
    await startSandbox({ checkout: checkout.directory, tools, report: () => undefined, signal });
    await packStandinCharts({ directory, helm, operatorModule: await operatorModuleDirectory({ signal }), signal });
    const config = new KubeConfig();
    config.loadFromFile(layout.kubeconfig);
    assert.equal(new URL(config.getCurrentCluster()?.server ?? "").hostname, loopback);
    api = KubernetesObjectApi.makeApiClient(config);
    await install(charts.prometheusOperatorCrds, {});
  });
  after(async () => {
    await checkout.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const onCluster = (...args: readonly string[]) =>
    run(helm, [...args, "--kubeconfig", layout.kubeconfig, "--namespace", "monitoring"], { env: { HOME: directory, PATH: "" } });

  async function install({ name, version }: { readonly name: string; readonly version: string }, values: unknown): Promise<void> {
    const file = join(directory, `${name}-values.yaml`);
    await writeFile(file, stringify(values));
    await onCluster("install", name, join(directory, `${name}-${version}.tgz`), "--values", file, "--create-namespace");
  }

  /** Makes what is not there yet. */
  async function apply(objects: readonly ClusterThing[]): Promise<void> {
    for (const object of objects) {
      await api.create(object).catch((error: unknown) => {
        if ((error as { code?: number }).code !== 409) throw error;
      });
    }
  }

  /** The generated configuration; undefined when there is none. */
  async function generated(): Promise<string | undefined> {
    const metadata = { name: `alertmanager-${charts.kubePrometheusStack.name}-alertmanager-generated`, namespace: "monitoring" };
    const secret = await api.read<ClusterThing>({ apiVersion: "v1", kind: "Secret", metadata }).catch(() => undefined);
    const packed = secret?.data?.["alertmanager.yaml.gz"];
    return packed === undefined ? undefined : gunzipSync(Buffer.from(packed, "base64")).toString();
  }

  async function eventually<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const found = await until(attempt, { timeoutMs: 180_000, intervalMs: 500 });
    assert.ok(found !== undefined, what);
    return found;
  }

  for (const [stack, audiences] of Object.entries(environments)) {
    describe(stack, () => {
      let file: string;
      let configs: ClusterThing[];

      before(async () => {
        const files = await rendered(stack);
        const objects = [...files].filter(([path]) => !path.startsWith("releases/")).map(([, text]) => parse(text) as ClusterThing);
        const release = parse(files.get("releases/kube-prometheus-stack.yaml") ?? "") as { values: unknown };
        configs = objects.filter(({ kind }) => kind === "AlertmanagerConfig");
        const places = ["monitoring", ...configs.map(({ metadata }) => metadata.namespace ?? "")];
        await apply(places.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
        await apply(objects.filter(({ kind, metadata }) => kind === "Secret" && places.includes(metadata.namespace ?? "")));
        // The operator makes nothing of a stack whose storage class is missing.
        const classes = new Set([...(files.get("releases/kube-prometheus-stack.yaml") ?? "").matchAll(/storageClassName: (\S+)/g)].map(([, name = ""]) => name));
        await apply([...classes].map((name) => ({ ...storageClass, metadata: { name } })));
        await install(charts.kubePrometheusStack, release.values);
        await apply(configs);
        const receivers = [...audiences.critical, ...teams[stack as keyof typeof teams].map(([namespace]) => `${namespace}/email/email`)];
        const text = await eventually("the operator generated no such configuration", async () => {
          const candidate = await generated();
          return receivers.every((name) => candidate?.includes(`receiver: ${name}\n`) === true) ? candidate : undefined;
        });
        file = join(directory, `${stack}.yaml`);
        await writeFile(file, text);
      });
      after(async () => {
        for (const config of configs) await api.delete(config);
        await onCluster("uninstall", charts.kubePrometheusStack.name);
        // What is generated next is the next stack's.
        await eventually("the generated configuration stays", async () => ((await generated()) === undefined ? true : undefined));
      });

      async function receiversOf(labels: Readonly<Record<string, string>>): Promise<string[]> {
        const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
        const { stdout } = await run(amtool, ["config", "routes", "test", `--config.file=${file}`, ...pairs]);
        return stdout.trim().split(",");
      }

      it("every line of the contract is kept", async () => {
        for (const { title, labels, audience } of contractRoutes) {
          assert.deepEqual(await receiversOf(labels), audiences[audience], title);
        }
      });

      for (const [namespace, told] of teams[stack as keyof typeof teams]) {
        it(`the team ${namespace} is told besides everybody else`, async () => {
          for (const { title, labels, audience } of contractRoutes) {
            const team = told.includes(audience) ? [`${namespace}/email/email`] : [];
            assert.deepEqual(await receiversOf({ ...labels, namespace }), [...team, ...audiences[audience]], title);
          }
        });
      }
    });
  }
});
