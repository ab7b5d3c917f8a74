/** Waiting until an object is ready or gone, and telling why it is not. */
import { until } from "../../wait.ts";
import type { KubeClient, ObjectReference } from "./kube-client.ts";
import { podProblems, type Readiness, readiness } from "./readiness.ts";
import { at, textAt, type WireObject } from "./wire.ts";

const intervalMs = 200;

/**
 * @returns the object as it became ready
 * @throws NotReady when it does not become ready in time, or cannot any more
 */
export async function waitUntilReady(
  client: KubeClient,
  reference: ObjectReference,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<WireObject> {
  let last: WireObject | undefined;
  let now: Readiness | undefined;
  const decided = async (): Promise<Readiness | undefined> => {
    last = (await client.get(reference, signal)) ?? last;
    if (last !== undefined) now = readiness(last, await bindsLate(client, last, signal));
    return now?.state === "waiting" ? undefined : now;
  };
  let end: Readiness | undefined;
  try {
    end = await until(decided, { signal, timeoutMs, intervalMs });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new NotReady("the operation was cancelled before it was ready", last);
  }
  if (end?.state === "ready" && last !== undefined) return last;
  const namespace = textAt(last, "metadata", "namespace");
  const pods = isWorkload(last) && namespace !== undefined ? await unreadyPods(client, namespace) : [];
  const first = end?.state === "failed" ? "it failed" : `not ready after ${Math.round(timeoutMs / 1000)} s`;
  throw new NotReady([first, ...reasonsOf(end ?? now), ...pods].join("\n  "), last);
}

/** The object is there but not ready. */
export class NotReady extends Error {
  override readonly name = "NotReady";

  constructor(
    message: string,
    /** As it was seen last. */
    readonly object: WireObject | undefined,
  ) {
    super(message);
  }
}

/** @throws Error when it is still there after the time */
export async function waitUntilGone(
  client: KubeClient,
  reference: ObjectReference,
  { uid, timeoutMs, signal }: { uid: string | undefined; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  let last: WireObject | undefined;
  const gone = await until(
    async () => {
      last = await client.get(reference, signal);
      const another = uid !== undefined && textAt(last, "metadata", "uid") !== uid;
      return last === undefined || another ? true : undefined;
    },
    { signal, timeoutMs, intervalMs },
  );
  if (gone !== undefined) return;
  const listed = at(last, "metadata", "finalizers");
  const finalizers = Array.isArray(listed) ? listed.filter((one) => typeof one === "string") : [];
  const holders = finalizers.length > 0 ? `; its finalizers: ${finalizers.join(", ")}` : "";
  throw new Error(
    `${reference.resource.kind} ${reference.name} is still there after ${Math.round(timeoutMs / 1000)} s${holders}`,
  );
}

/** One line for each pod of a namespace that is not ready, and for each claim that is not bound. */
export async function unreadyPods(client: KubeClient, namespace: string): Promise<string[]> {
  const [pods, claims] = await Promise.all([
    client.list("v1", "pods", namespace),
    client.list("v1", "persistentvolumeclaims", namespace),
  ]);
  const name = (object: WireObject) => textAt(object, "metadata", "name") ?? "";
  return [
    ...pods.flatMap((pod) => podProblems(pod).map((problem) => `pod ${name(pod)}: ${problem}`)),
    ...claims
      .filter((claim) => textAt(claim, "status", "phase") !== "Bound")
      .map((claim) => `claim ${name(claim)}: ${textAt(claim, "status", "phase") ?? "unknown"}`),
  ].sort();
}

function reasonsOf(readiness: Readiness | undefined): string[] {
  if (readiness === undefined) return ["it is not there"];
  return readiness.state === "ready" ? [] : [readiness.why];
}

function isWorkload(object: WireObject | undefined): boolean {
  return ["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(textAt(object, "kind") ?? "");
}

/** Whether the class of a claim binds it only when a pod uses it. */
async function bindsLate(client: KubeClient, object: WireObject, signal: AbortSignal): Promise<boolean> {
  if (object["kind"] !== "PersistentVolumeClaim") return false;
  const name = textAt(object, "spec", "storageClassName");
  const resource = await client.kindOf("storage.k8s.io/v1", "StorageClass", signal);
  if (name === undefined || resource === undefined) return false;
  return textAt(await client.get({ resource, name }, signal), "volumeBindingMode") === "WaitForFirstConsumer";
}
