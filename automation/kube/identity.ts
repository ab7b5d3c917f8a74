/** Which cluster a context leads to: asked before anything is changed in it. */
import { ApiException, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { distance } from "fastest-levenshtein";
import { UserError } from "../../config/user-error.ts";
import { bounded } from "../../sandbox/wait.ts";
import { type Cluster, clusterError, loadCluster } from "./cluster.ts";

export interface ContextIdentity {
  /** Address of the API server. */
  readonly server: string;
  /** UID of the namespace kube-system: a cluster has no other lasting identity. */
  readonly kubeSystemUid: string;
}

/** Long enough for a login helper of the kubeconfig that asks a cloud first. */
const answerMilliseconds = 20_000;

/**
 * Asks the cluster of a context who it is. The kubeconfig is the one that every Kubernetes tool takes (`KUBECONFIG`, then
 * `~/.kube/config`).
 *
 * @param o.timeoutMs how long the cluster may take to answer; default 20 s
 * @throws UserError for an unknown context, a cluster that does not answer, and missing rights; the signal's reason after an abort
 */
export async function clusterIdentity(o: {
  readonly context: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}): Promise<ContextIdentity> {
  assertKnownContext(o.context);
  const cluster = loadCluster({ context: o.context });
  const limit = o.timeoutMs ?? answerMilliseconds;
  const expired = AbortSignal.timeout(limit);
  try {
    const asked = cluster.config.makeApiClient(CoreV1Api).readNamespace({ name: "kube-system" });
    // Both the request and a login helper of the kubeconfig may hang: it is the wait that is bounded.
    const namespace = await bounded(asked, AbortSignal.any([o.signal, expired]));
    const kubeSystemUid = namespace.metadata?.uid;
    if (kubeSystemUid === undefined) throw new Error("the answer is not a namespace of Kubernetes");
    return { server: cluster.server, kubeSystemUid };
  } catch (error) {
    o.signal.throwIfAborted();
    throw identityError(cluster, expired.aborted ? new Error(`no answer within ${limit / 1000} s`) : error);
  }
}

function identityError(cluster: Cluster, error: unknown): UserError {
  if (error instanceof ApiException && error.code === 403) {
    return new UserError(
      `You may not read the namespace kube-system in the cluster of the context ${cluster.context} (${cluster.server}).`,
      "Belfry installs CRDs and cluster roles: ask for the role cluster-admin, or name a context that has it.",
      { cause: error },
    );
  }
  return clusterError(cluster, "read the namespace kube-system", error);
}

/** @throws UserError that names the contexts there are, the nearest first */
function assertKnownContext(context: string): void {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch {
    // What is wrong with the file is told by `loadCluster`.
    return;
  }
  const names = config.getContexts().map(({ name }) => name);
  const made = names.length === 1 && config.getCurrentCluster()?.server === "http://localhost:8080";
  if (names.length === 0 || made || names.includes(context)) return;
  throw new UserError(
    `There is no context ${JSON.stringify(context)} in your kubeconfig.`,
    `It has: ${nearestFirst(context, names).join(", ")}. Name one of them: npm start -- --kube-context NAME`,
  );
}

/** Pure. The names, those first that need the fewest letters changed; equally near ones stay in their order. */
export function nearestFirst(word: string, names: readonly string[]): string[] {
  const edits = (name: string) => distance(word.toLowerCase(), name.toLowerCase());
  return [...names].sort((a, b) => edits(a) - edits(b));
}
