/** A Kubernetes cluster as a kubeconfig names it, with errors that say what to mend. */
import { ApiException, CoreV1Api, KubeConfig, ServerConfiguration, createConfiguration } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { UserError } from "../../config/user-error.ts";
import { bounded } from "../../sandbox/wait.ts";

export interface ClusterChoice {
  /** File; without it KUBECONFIG, then `~/.kube/config`, then the service account of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Context; without it the kubeconfig's current one. */
  readonly context?: string | undefined;
}

export interface Cluster {
  readonly config: KubeConfig;
  readonly context: string;
  /** Address of the API server. */
  readonly server: string;
}

const answerMilliseconds = 15_000;

/** The client does not export this type by name. */
type Middleware = NonNullable<NonNullable<Parameters<typeof createConfiguration>[0]>["promiseMiddleware"]>[number];

/**
 * Reads the kubeconfig; no request is sent.
 *
 * @throws UserError for a file that is missing or cannot be read and for a context that is not in it
 */
export function loadCluster(choice: ClusterChoice): Cluster {
  const config = new KubeConfig();
  const where = choice.kubeconfig ?? "the default kubeconfig";
  try {
    if (choice.kubeconfig === undefined) {
      config.loadFromDefault();
    } else {
      config.loadFromFile(choice.kubeconfig);
    }
  } catch (error) {
    throw new UserError(
      `The kubeconfig ${where} cannot be read (${reasonOf(error)}).`,
      "Name another one with the variable KUBECONFIG, or make one with your cloud's command line.",
      { cause: error },
    );
  }
  const names = config.getContexts().map((context) => context.name);
  // What the client makes up when it finds no kubeconfig at all.
  if (names.length === 0 || (names.length === 1 && config.getCurrentCluster()?.server === "http://localhost:8080")) {
    throw new UserError(
      "There is no kubeconfig with a context.",
      "Set KUBECONFIG, or run `npm start` for the embedded cluster.",
    );
  }
  if (choice.context !== undefined) {
    if (!names.includes(choice.context)) {
      throw new UserError(
        `There is no context ${JSON.stringify(choice.context)} in ${where}.`,
        `It has: ${names.join(", ")}. \`kubectl config get-contexts\` shows them.`,
      );
    }
    config.setCurrentContext(choice.context);
  }
  const context = config.getCurrentContext();
  const server = config.getCurrentCluster()?.server;
  if (!names.includes(context) || server === undefined) {
    throw new UserError(
      `No context is chosen in ${where}.`,
      `Choose one: \`kubectl config use-context NAME\`. It has: ${names.join(", ")}.`,
    );
  }
  return { config, context, server };
}

/** The innermost message, where the system's code stands. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code !== undefined && !error.message.includes(code)) {
    return `${code}: ${error.message}`;
  }
  return error.message !== "" ? error.message : (code ?? error.name);
}

/**
 * What a failed call to the API server means for the user.
 *
 * @param what what was asked for, for example `list pods in the namespace monitoring`
 */
export function clusterError(cluster: Cluster, what: string, error: unknown): UserError {
  const where = `the cluster of the context ${cluster.context} (${cluster.server})`;
  const status = error instanceof ApiException ? error.code : statusOfUpgrade(error);
  if (status === 401) {
    return new UserError(
      `You are not logged in to ${where}.`,
      "Log in again (the kubeconfig's credentials were refused).",
      { cause: error },
    );
  }
  if (status === 403) {
    return new UserError(
      `You may not ${what} in ${where}.`,
      "Ask for a role with these rights: get and list pods, get and create pods/portforward.",
      { cause: error },
    );
  }
  if (status === 404) {
    return new UserError(
      `Not found in ${where} when asked to ${what}.`,
      "It may have been replaced meanwhile: try again.",
      { cause: error },
    );
  }
  if (status !== undefined) {
    return new UserError(
      `The API server of ${where} answered status ${status} when asked to ${what}.`,
      "Its log says why.",
      { cause: error },
    );
  }
  return new UserError(
    `Cannot reach ${where}: ${reasonOf(error)}.`,
    "Is the cluster running, the network or VPN up, and the context the right one? " +
      "`kubectl config get-contexts` shows all.",
    { cause: error },
  );
}

/** The websocket library tells a refused upgrade in its message only. */
function statusOfUpgrade(error: unknown): number | undefined {
  const message = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  const found = /Unexpected server response: (\d{3})/.exec(message);
  return found === null ? undefined : Number(found[1]);
}

/**
 * Lists the pods of a namespace that have a label.
 *
 * @throws UserError
 */
export async function listPods(
  cluster: Cluster,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<V1Pod[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]);
  const abortable: Middleware = {
    pre: (context) => {
      context.setSignal(limit);
      return Promise.resolve(context);
    },
    post: (context) => Promise.resolve(context),
  };
  const api = new CoreV1Api(
    createConfiguration({
      baseServer: new ServerConfiguration(cluster.server, {}),
      authMethods: { default: cluster.config },
      promiseMiddleware: [abortable],
    }),
  );
  try {
    // Fetching credentials (an exec plugin) does not know the signal, so the wait itself is bounded as well.
    const listed = await bounded(api.listNamespacedPod({ namespace, labelSelector }), limit);
    return listed.items;
  } catch (error) {
    signal.throwIfAborted();
    const shown = limit.aborted ? new Error(`no answer within ${answerMilliseconds / 1000} s`) : error;
    throw clusterError(cluster, `list pods in the namespace ${namespace}`, shown);
  }
}
