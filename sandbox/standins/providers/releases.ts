/** Helm releases (`kubernetes:helm.sh/v3:Release`) by the real Helm. */
import { changesBetween, needsReplacement } from "./diff.ts";
import { type Helm, helmMessage, type HelmResult } from "./helm.ts";
import type { KubeClient } from "./kube-client.ts";
import { autoName, logicalName, objectId, parseObjectId } from "./naming.ts";
import {
  chartArguments,
  releaseDefaults,
  releaseDrift,
  releaseOutputs,
  releaseTimeout,
  releaseValues,
  unsupportedInput,
  writeArguments,
} from "./release-data.ts";
import {
  type CheckRequest,
  type CheckResult,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  InitFailed,
  type ReadRequest,
  type Resources,
  type ResourceState,
  type UpdateRequest,
  type WriteRequest,
} from "./provider.ts";
import { unreadyPods } from "./waiting.ts";
import { at, containsUnknown, isObject, markSecrets, plainObject, secretTexts, textAt } from "./wire.ts";
import { unknown, type Wire, type WireObject, withoutSecrets } from "./wire.ts";

/** A chart repository that does not answer must not keep a preview waiting for ever. */
const chartTimeoutMs = 120_000;

export class HelmReleases implements Resources {
  readonly #versions = new Map<string, Promise<HelmResult>>();

  constructor(
    private readonly helm: Helm,
    private readonly client: KubeClient,
    /** Throws unless the cluster may be written to. */
    private readonly assertWritable: () => Promise<void>,
  ) {}

  async check({ urn, olds, news, randomSeed }: CheckRequest): Promise<CheckResult> {
    const given = plainObject(news);
    const problem = unsupportedInput(given);
    if (problem !== undefined) return { inputs: news, failures: [{ property: "", reason: problem }] };
    const inputs = releaseDefaults(given, this.client.access.namespace);
    if (inputs["name"] === undefined || inputs["name"] === "") {
      inputs["name"] = plainObject(olds)["name"] ?? autoName(logicalName(urn), randomSeed);
    }
    if (!containsUnknown(given)) {
      const chart = await this.#chart(inputs);
      if (chart.code !== 0) {
        const reason = `${helmMessage(chart)}; check the chart name and repository configuration.`;
        return { inputs: markSecrets(inputs, news), failures: [{ property: "chart", reason }] };
      }
      // The program may give a range; the state says which version it was.
      const version = /^version:[ \t]*["']?([^"'\s]+)/m.exec(chart.stdout)?.[1];
      if (version !== undefined) inputs["version"] = version;
    }
    return { inputs: markSecrets(inputs, news) };
  }

  diff({ oldInputs, news }: DiffRequest): Promise<DiffResult> {
    const identity = ["name", "namespace"];
    const changes = changesBetween(plainObject(oldInputs), plainObject(news));
    return Promise.resolve({
      changes: changes.map((change) => ({ ...change, replaces: needsReplacement(change, identity) })),
      deleteBeforeReplace: false,
    });
  }

  async create({ news, preview, signal }: WriteRequest): Promise<ResourceState> {
    const inputs = plainObject(news);
    const id = releaseId(inputs);
    if (preview) return { id, state: previewed(news) };
    const before = Date.now();
    const result = await this.#write("install", inputs, signal);
    if (result.code === 0) return { id, state: stateOf(await this.#status(id), news) };
    // What Helm has left behind belongs to this stack, but a release that was there before does not.
    const left = await this.#status(id);
    const deployed = Date.parse(textAt(left, "info", "first_deployed") ?? "");
    if (left === undefined || !(deployed >= before - 1000)) {
      throw new Error(`Installing release ${id} failed: ${this.#told(result, news)}`);
    }
    throw await this.#failed(`Release ${id} was created, but failed to initialize completely`, {
      result,
      left,
      id,
      news,
    });
  }

  async update({ id, olds, news, preview, signal }: UpdateRequest): Promise<WireObject> {
    const inputs = plainObject(news);
    if (preview) return previewed(news);
    const result = await this.#write("upgrade", inputs, signal);
    const left = await this.#status(id);
    if (result.code === 0) return stateOf(left, news);
    if (left === undefined || at(left, "version") === at(plainObject(olds), "status", "revision")) {
      throw new Error(`Upgrading release ${id} failed: ${this.#told(result, news)}`);
    }
    throw await this.#failed(`Release ${id} failed to initialize completely`, { result, left, id, news });
  }

  async read({ id, inputs }: ReadRequest): Promise<(ResourceState & { inputs: WireObject }) | undefined> {
    const release = await this.#status(id);
    if (release === undefined) return undefined;
    const drifted = plainObject(Object.keys(inputs).length === 0 ? imported(release) : releaseDrift(inputs, release));
    return { id, state: stateOf(release, markSecrets(drifted, inputs)), inputs: markSecrets(drifted, inputs) };
  }

  async delete({ id, state, signal }: DeleteRequest): Promise<void> {
    const { namespace = "default", name } = parseObjectId(id);
    const inputs = plainObject(state);
    const wait = inputs["skipAwait"] === true ? [] : ["--wait"];
    await this.assertWritable();
    const args = [
      "uninstall",
      name,
      "--namespace",
      namespace,
      "--ignore-not-found",
      "--timeout",
      `${releaseTimeout(inputs)}s`,
    ];
    const result = await this.helm.runOn(this.client.access, [...args, ...wait], signal);
    if (result.code !== 0) throw new Error(`Uninstalling release ${id} failed: ${this.#told(result, state)}`);
  }

  async #write(verb: "install" | "upgrade", inputs: WireObject, signal: AbortSignal): Promise<HelmResult> {
    await this.assertWritable();
    const values = isObject(inputs["values"]) ? inputs["values"] : {};
    const { namespace = "default", name } = parseObjectId(releaseId(inputs));
    return this.helm.withValues(values, (file) =>
      this.helm.runOn(
        this.client.access,
        [
          verb,
          name,
          ...chartArguments(inputs),
          "--namespace",
          namespace,
          "--values",
          file,
          ...writeArguments(inputs, verb),
        ],
        signal,
      ),
    );
  }

  /** @returns what `helm status` and, as `metadata`, `helm get metadata` print; undefined when there is no release */
  async #status(id: string): Promise<WireObject | undefined> {
    const { namespace = "default", name } = parseObjectId(id);
    // Not the operation's signal: after an interruption the state must still be told.
    const { signal } = new AbortController();
    const query = (...command: string[]) =>
      this.helm.runOn(this.client.access, [...command, name, "--namespace", namespace, "--output", "json"], signal);
    const [release, metadata] = await Promise.all([query("status"), query("get", "metadata")]);
    const failed = [release, metadata].find(({ code }) => code !== 0);
    if (failed === undefined) return { ...parseObject(release.stdout), metadata: parseObject(metadata.stdout) };
    if (failed.stderr.includes("release: not found")) return undefined;
    throw new Error(`Reading release ${id} failed: ${helmMessage(failed)}`);
  }

  /** Whether the chart can be had, and its own description. */
  #chart(inputs: WireObject): Promise<HelmResult> {
    const args = chartArguments(inputs).filter((argument) => argument !== "--dependency-update");
    const key = args.join("\n");
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const found = this.helm.run(["show", "chart", ...args], AbortSignal.timeout(chartTimeoutMs));
    this.#versions.set(key, found);
    return found;
  }

  async #failed(
    what: string,
    { result, left, id, news }: { result: HelmResult; left: WireObject; id: string; news: WireObject },
  ): Promise<InitFailed> {
    const pods = await unreadyPods(this.client, parseObjectId(id).namespace ?? "default").catch(() => []);
    const message = [`${what}: ${this.#told(result, news)}`, ...pods].join("\n  ");
    return new InitFailed(withoutSecrets(message, secretTexts(news)), { id, state: stateOf(left, news) });
  }

  /** Helm quotes values that a chart's schema refuses. */
  #told(result: HelmResult, news: WireObject): string {
    return withoutSecrets(helmMessage(result), secretTexts(news));
  }
}

function releaseId(inputs: WireObject): string {
  return objectId(textAt(inputs, "namespace") ?? "default", textAt(inputs, "name") ?? "");
}

function previewed(news: WireObject): WireObject {
  return { ...news, status: unknown, resourceNames: unknown };
}

function stateOf(release: WireObject | undefined, news: WireObject): WireObject {
  const computed: Wire = release === undefined ? {} : releaseOutputs(release);
  return { ...news, ...computed };
}

/** The inputs that would make a release which is there already. */
function imported(release: WireObject): WireObject {
  return {
    name: at(release, "name") ?? "",
    namespace: at(release, "namespace") ?? "",
    chart: at(release, "metadata", "chart") ?? "",
    version: at(release, "metadata", "version") ?? "",
    values: releaseValues(release),
  };
}

function parseObject(text: string): WireObject {
  const value = JSON.parse(text) as Wire;
  return isObject(value) ? value : {};
}
