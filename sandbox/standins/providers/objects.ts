/** Kubernetes objects of any kind, applied to the API server by server-side apply. */
import { setTimeout as delay } from "node:timers/promises";
import { changesBetween, driftedInputs, needsReplacement } from "./diff.ts";
import { immutableFields, type MutableContents } from "./immutable.ts";
import { ApiError, type KubeClient, type ObjectReference } from "./kube-client.ts";
import { autoName, kubernetesType, logicalName, objectId, parseObjectId, typeOf } from "./naming.ts";
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
import { NotReady, waitUntilGone, waitUntilReady } from "./waiting.ts";
import { at, base64, containsUnknown, isObject, markSecrets, plainObject, secretTexts, textAt } from "./wire.ts";
import { unknown, type Wire, type WireObject, withoutSecrets } from "./wire.ts";

/** What the program configured the provider with. */
export interface ObjectOptions {
  readonly mutable: MutableContents;
  /** Take over fields that others manage. */
  readonly force: boolean;
  /** Take over objects that are there already instead of refusing to create them. */
  readonly upsert: boolean;
}

interface ApplyOptions {
  /** Refuse to take over an object that is there already. */
  readonly mustBeNew?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

const fieldManager = "pulumi-kubernetes-standin";
const autonamed = "pulumi.com/autonamed";
const defaultTimeoutSeconds = 600;
/** Set by the API server alone. */
const serverFields = [
  "creationTimestamp",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];
/** A namespace or a kind that another resource makes may be a moment late. */
const missingRetriesMs = [200, 500, 1000, 2000, 4000];

export class KubernetesObjects implements Resources {
  constructor(
    private readonly client: KubeClient,
    private readonly options: ObjectOptions,
    /** Throws unless the cluster may be written to. */
    private readonly assertWritable: () => Promise<void>,
  ) {}

  async check({ urn, olds, news, randomSeed }: CheckRequest): Promise<CheckResult> {
    if (/(Patch|List)$/.test(typeOf(urn))) throw new Error(`the stand-in does not know the type ${typeOf(urn)}`);
    const given = plainObject(news);
    const old = plainObject(olds);
    const metadata = isObject(given["metadata"]) ? { ...given["metadata"] } : {};
    for (const field of serverFields) Reflect.deleteProperty(metadata, field);
    const object: WireObject = { ...withoutStringData(given), ...typeFields(given, urn), metadata };
    if (given["metadata"] === unknown) return { inputs: { ...news, ...typeFields(given, urn) } };
    if (metadata["name"] === undefined || metadata["name"] === "") {
      const kept =
        at(old, "metadata", "annotations", autonamed) === "true" ? textAt(old, "metadata", "name") : undefined;
      const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
      metadata["name"] = kept ?? autoName(logicalName(urn), randomSeed);
      metadata["annotations"] = { ...annotations, [autonamed]: "true" };
    }
    const { apiVersion, kind } = typeFields(object, urn);
    const resource = await this.client.kindOf(apiVersion, kind);
    // A kind that is not there yet is taken for a namespaced one.
    if (resource?.namespaced === false) Reflect.deleteProperty(metadata, "namespace");
    else if (metadata["namespace"] === undefined || metadata["namespace"] === "") {
      metadata["namespace"] = this.client.access.namespace;
    }
    return { inputs: markSecrets(object, news) };
  }

  diff({ oldInputs, news }: DiffRequest): Promise<DiffResult> {
    const before = plainObject(oldInputs);
    const after = plainObject(news);
    const fixed = immutableFields(after, this.options.mutable);
    const changes = changesBetween(before, after).map((change) => ({
      ...change,
      replaces: needsReplacement(change, fixed),
    }));
    const named = at(after, "metadata", "annotations", autonamed) !== "true";
    const sameName = ["name", "namespace"].every((key) => at(before, "metadata", key) === at(after, "metadata", key));
    return Promise.resolve({
      changes,
      deleteBeforeReplace: changes.some(({ replaces }) => replaces) && named && sameName,
    });
  }

  async create(request: WriteRequest): Promise<ResourceState> {
    const inputs = plainObject(request.news);
    const id = objectId(textAt(inputs, "metadata", "namespace"), textAt(inputs, "metadata", "name") ?? "");
    if (request.preview) return { id, state: await this.#preview(inputs, request, true) };
    return this.#explained(request, `Creating ${describe(inputs)} failed`, async () => {
      const applied = await this.#apply(inputs, { mustBeNew: !this.options.upsert, signal: request.signal });
      const stateOf = (object: WireObject) => outputs(object, request.news);
      const state = await this.#awaitReady(applied, id, `${describe(inputs)} was created`, request, stateOf);
      return { id, state };
    });
  }

  async update(request: UpdateRequest): Promise<WireObject> {
    const inputs = plainObject(request.news);
    if (request.preview) return this.#preview(inputs, request, false);
    return this.#explained(request, `Updating ${describe(inputs)} failed`, async () => {
      const applied = await this.#apply(inputs, { signal: request.signal });
      const stateOf = (object: WireObject) => outputs(object, request.news);
      return this.#awaitReady(applied, request.id, `${describe(inputs)} was updated`, request, stateOf);
    });
  }

  async read({
    urn,
    id,
    state,
    inputs,
    signal,
  }: ReadRequest): Promise<(ResourceState & { inputs: WireObject }) | undefined> {
    const given = plainObject(inputs);
    const { apiVersion, kind } = typeFields({ ...plainObject(state), ...given }, urn);
    const resource = await this.client.kindOf(apiVersion, kind, signal);
    const found =
      resource === undefined ? undefined : await this.client.get({ resource, ...parseObjectId(id) }, signal);
    if (found === undefined) return undefined;
    const live = outputs(found, inputs);
    const now = plainObject(live);
    // Without inputs it is imported, or only looked at.
    const drifted =
      Object.keys(given).length === 0 ? importedInputs(now) : driftedInputs(given, plainObject(state), now);
    return { id, state: live, inputs: markSecrets(drifted, inputs) };
  }

  async delete({ urn, id, state, oldInputs, timeoutSeconds, signal }: DeleteRequest): Promise<void> {
    const old = plainObject(state);
    const { apiVersion, kind } = typeFields(old, urn);
    const resource = await this.client.kindOf(apiVersion, kind, signal);
    // Objects go with their kind.
    if (resource === undefined) return;
    const reference = { resource, ...parseObjectId(id) };
    const policy = textAt(plainObject(oldInputs), "metadata", "annotations", "pulumi.com/deletionPropagationPolicy");
    const propagation = { orphan: "Orphan", background: "Background" }[policy ?? ""] ?? "Foreground";
    await this.assertWritable();
    try {
      await this.client.delete(reference, propagation, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return;
      throw error;
    }
    const timeoutMs = 1000 * timeoutOf(old, timeoutSeconds);
    await waitUntilGone(this.client, reference, { uid: textAt(old, "metadata", "uid"), timeoutMs, signal });
  }

  /**
   * What the API server would make of it; the inputs where it cannot be asked yet.
   *
   * @param force for a new object: the one that it replaces may still be there
   */
  async #preview(inputs: WireObject, { news, signal }: WriteRequest, force: boolean): Promise<WireObject> {
    if (containsUnknown(inputs)) return news;
    return this.#explained({ news }, `${describe(inputs)} would be refused`, async () => {
      try {
        const object = outputs(await this.#apply(inputs, { dryRun: true, force, signal }), news);
        Reflect.deleteProperty(object, "status");
        return object;
      } catch (error) {
        // The namespace or the kind does not exist yet, or the object is to be replaced.
        if (error instanceof ApiError && (error.status === 404 || error.message.includes("field is immutable")))
          return news;
        throw error;
      }
    });
  }

  async #apply(inputs: WireObject, o: ApplyOptions): Promise<WireObject> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#applyOnce(inputs, o);
      } catch (error) {
        const wait = missingRetriesMs[attempt];
        const missing = error instanceof ApiError && error.status === 404;
        if (!missing || o.dryRun === true || wait === undefined) throw error;
        await delay(wait, undefined, { signal: o.signal });
      }
    }
  }

  async #applyOnce(inputs: WireObject, o: ApplyOptions): Promise<WireObject> {
    const { apiVersion, kind } = typeFields(inputs, "");
    const resource = await this.client.kindOf(apiVersion, kind, o.signal);
    if (resource === undefined) {
      throw new ApiError(404, "NotFound", `the cluster has no kind ${kind} in ${apiVersion}; is its CRD installed?`);
    }
    const reference: ObjectReference = {
      resource,
      namespace: textAt(inputs, "metadata", "namespace"),
      name: textAt(inputs, "metadata", "name") ?? "",
    };
    await this.assertWritable();
    if (o.mustBeNew === true && (await this.client.get(reference, o.signal)) !== undefined) {
      const message =
        `${resource.plural} "${reference.name}" already exists. To take it into this stack use \`pulumi import\`,` +
        " or set upsertExistingObjects on the provider.";
      throw new ApiError(409, "AlreadyExists", message);
    }
    const asked = this.options.force || at(inputs, "metadata", "annotations", "pulumi.com/patchForce") === "true";
    const { dryRun = false, force = asked } = o;
    o.signal.throwIfAborted();
    // What is being written is written to its end: broken off, it could be in the cluster without anybody knowing of it.
    const signal = dryRun ? o.signal : new AbortController().signal;
    return this.client.apply(reference, inputs, { fieldManager, force: force || asked, dryRun, signal });
  }

  async #awaitReady(
    applied: WireObject,
    id: string,
    what: string,
    { timeoutSeconds, signal }: WriteRequest,
    stateOf: (object: WireObject) => WireObject,
  ): Promise<WireObject> {
    if (at(applied, "metadata", "annotations", "pulumi.com/skipAwait") === "true") return stateOf(applied);
    const { apiVersion, kind } = typeFields(applied, "");
    const resource = await this.client.kindOf(apiVersion, kind);
    if (resource === undefined) return stateOf(applied);
    const reference = { resource, ...parseObjectId(id) };
    const timeoutMs = 1000 * timeoutOf(applied, timeoutSeconds);
    try {
      return stateOf(await waitUntilReady(this.client, reference, { timeoutMs, signal }));
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      throw new InitFailed(`${what}, but it is not ready: ${error.message}`, {
        id,
        state: stateOf(error.object ?? applied),
      });
    }
  }

  /** Says which object it was, and takes secrets out of what the API server said: it quotes values. */
  async #explained<T>({ news }: { news: WireObject }, what: string, work: () => Promise<T>): Promise<T> {
    const clean = (message: string) => withoutSecrets(message, secretTexts(news));
    try {
      return await work();
    } catch (error) {
      if (error instanceof InitFailed) throw new InitFailed(clean(error.message), error.resource);
      if (!(error instanceof ApiError)) throw error;
      const conflict =
        error.reason === "Conflict" ? " (another manager owns these fields; see pulumi.com/patchForce)" : "";
      throw new ApiError(error.status, error.reason, `${what}: ${clean(error.message)}${conflict}`);
    }
  }
}

/** The object as the API server has it, secrets marked. */
function outputs(object: WireObject, inputs: WireObject): WireObject {
  const metadata = isObject(object["metadata"]) ? { ...object["metadata"] } : {};
  // Long, and of no use to a program.
  Reflect.deleteProperty(metadata, "managedFields");
  return markSecrets({ ...object, metadata }, inputs);
}

function importedInputs(object: WireObject): WireObject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const given = Object.entries(metadata).filter(([key]) => !serverFields.includes(key));
  const rest = Object.entries(object).filter(([key]) => key !== "status");
  return { ...Object.fromEntries(rest), metadata: Object.fromEntries(given) };
}

/** The API server turns `stringData` into `data`; the other way round there is none, so inputs have `data` alone. */
function withoutStringData(object: WireObject): WireObject {
  const { stringData, ...rest } = object;
  if (object["kind"] !== "Secret" || !isObject(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, value]): [string, Wire] => [
    key,
    typeof value === "string" && value !== unknown ? base64(value) : value,
  ]);
  return { ...rest, data: { ...(isObject(rest["data"]) ? rest["data"] : {}), ...Object.fromEntries(encoded) } };
}

function typeFields(object: WireObject, urn: string): { apiVersion: string; kind: string } {
  const fromUrn = kubernetesType(urn);
  return {
    apiVersion: textAt(object, "apiVersion") ?? fromUrn.apiVersion,
    kind: textAt(object, "kind") ?? fromUrn.kind,
  };
}

function timeoutOf(object: WireObject, requested: number): number {
  if (requested > 0) return requested;
  const annotated = Number(textAt(object, "metadata", "annotations", "pulumi.com/timeoutSeconds"));
  return annotated > 0 ? annotated : defaultTimeoutSeconds;
}

function describe(object: WireObject): string {
  const name = textAt(object, "metadata", "name") ?? "";
  return `${textAt(object, "kind") ?? "object"} ${objectId(textAt(object, "metadata", "namespace"), name)}`;
}
