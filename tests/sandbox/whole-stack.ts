/** A sandbox in a checkout of its own with a stack that is driven by plain `pulumi`, and what is in its cluster. */
import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { environmentLines } from "../../automation/sandbox-commands.ts";
import { sandboxKube } from "../../sandbox/kube.ts";
import { loopback, type SandboxLayout, type SandboxState, sandboxLayout } from "../../sandbox/layout.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { obtainTools, programNames } from "../../sandbox/tools/index.ts";
import { until } from "../../sandbox/wait.ts";
import { type Checkout, makeCheckout, npmStart, runProgram } from "./checkout.ts";
import { type ClusterObject, clusterObjects, title } from "./cluster-objects.ts";

/** What every namespace has by itself. */
export const ofEveryNamespace = (namespace: string) => [
  `ConfigMap ${namespace}/kube-root-ca.crt`,
  `Namespace ${namespace}`,
  `ServiceAccount ${namespace}/default`,
];

export const ofKind = (objects: readonly ClusterObject[], kind: string) => objects.filter((object) => object.kind === kind);

/** Each with its UID: the same text only for the same object. */
export const identities = (objects: readonly ClusterObject[]) =>
  objects.map((object) => `${title(object)} ${(object.object["metadata"] as { uid: string }).uid}`).sort();

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export class WholeStack {
  readonly checkout: Checkout;
  readonly layout: SandboxLayout;
  readonly state: SandboxState;
  readonly #untouched: ReadonlySet<string>;

  private constructor(checkout: Checkout, state: SandboxState, untouched: ReadonlySet<string>) {
    this.checkout = checkout;
    this.layout = sandboxLayout(checkout.directory);
    this.state = state;
    this.#untouched = untouched;
  }

  /** Starts a sandbox without a stack. */
  static async make(): Promise<WholeStack> {
    const checkout = await makeCheckout();
    const { signal } = new AbortController();
    const report = () => undefined;
    const tools = obtainTools(programNames, { report, signal });
    const state = await startSandbox({ checkout: checkout.directory, tools, report, signal });
    const untouched = await clusterObjects(sandboxLayout(checkout.directory).kubeconfig);
    return new WholeStack(checkout, state, new Set(untouched.map(title)));
  }

  /** `npm start` with the settings of a file. @returns what it printed */
  async start(settings: string): Promise<string> {
    const { code, output } = await npmStart(this.checkout.directory, ["--settings", settings]).ended;
    assert.equal(code, 0, output);
    return output;
  }

  async pulumi(...args: readonly string[]): Promise<string> {
    const lines = await environmentLines(this.checkout.directory);
    const variables = [...lines.matchAll(/^export ([A-Z_]+)='(.*)'$/gm)].map(([, name = "", value = ""]): [string, string] => [name, value]);
    const environment = { ...Object.fromEntries(variables), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { code, output } = await runProgram("pulumi", args, this.checkout.directory, environment).ended;
    assert.equal(code, 0, output);
    return output;
  }

  set = (path: string, value: string) => this.pulumi("config", "set", "--path", path, value);
  up = () => this.pulumi("up", "--yes", "--skip-preview");
  destroy = () => this.pulumi("destroy", "--yes", "--skip-preview");
  /** What the stack says that it keeps. */
  keeps = async () => JSON.parse(await this.pulumi("stack", "output", "destroyKeeps", "--json")) as unknown;

  async belfry(...args: readonly string[]): Promise<string> {
    const { code, output } = await runProgram(process.execPath, ["--import", "tsx", "automation/cli.ts", ...args], this.checkout.directory).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** Objects that the sandbox did not have before its first stack. */
  async added(): Promise<ClusterObject[]> {
    return (await clusterObjects(this.layout.kubeconfig)).filter((object) => !this.#untouched.has(title(object)));
  }

  /** Once these alone are there; garbage is collected, and volumes are removed, a moment after their owners. */
  async settled(expected: readonly string[], of: (objects: readonly ClusterObject[]) => readonly ClusterObject[] = (all) => all): Promise<ClusterObject[]> {
    const wanted = [...expected].sort();
    let found: ClusterObject[] = [];
    await until(
      async () => {
        found = await this.added();
        return JSON.stringify(of(found).map(title).sort()) === JSON.stringify(wanted) ? true : undefined;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    assert.deepEqual(of(found).map(title).sort(), wanted);
    return found;
  }

  /** The content of a Secret's key. */
  async secret(namespace: string, name: string, key: string): Promise<string> {
    const api = sandboxKube(this.layout.kubeconfig).makeApiClient(CoreV1Api);
    const { data } = await api.readNamespacedSecret({ namespace, name });
    return Buffer.from(data?.[key] ?? "", "base64").toString();
  }

  /** What the sandbox's Prometheus says now. */
  async query(expression: string): Promise<readonly Sample[]> {
    const address = `http://${loopback}:${this.state.ports.prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = (await (await fetch(address)).json()) as { readonly data: { readonly result: readonly Sample[] } };
    return answer.data.result;
  }

  /** Waits for samples until they are as they must be, and gives the last ones. */
  async eventually(expression: string, fits: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]> {
    let samples: readonly Sample[] = [];
    await until(
      async () => {
        samples = await this.query(expression);
        return fits(samples) ? true : undefined;
      },
      { timeoutMs: 120_000, intervalMs: 1000 },
    );
    return samples;
  }
}
