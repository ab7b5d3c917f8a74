/** The Alertmanagers of a namespace, reached through the API server. */
import { UserError } from "../../config/user-error.ts";
import type { AlertmanagerAccess } from "../verify/alertmanager.ts";
import { listPods } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { podRequest } from "./port-forward.ts";

/** Alertmanager's own port in its pods, as prometheus-operator makes them. */
export const alertmanagerPort = 9093;
const alertmanagerLabel = "app.kubernetes.io/name=alertmanager";
const grafanaLabel = "app.kubernetes.io/name=grafana";

/** What is looked at of a pod, as the API server shows it. */
export interface PodFacts {
  readonly metadata?: { readonly name?: string; readonly deletionTimestamp?: unknown };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady(pod: PodFacts): boolean {
  const ready = pod.status?.conditions?.find((condition) => condition.type === "Ready");
  return ready?.status === "True" && pod.metadata?.deletionTimestamp === undefined;
}

function podName(pod: PodFacts): string {
  return pod.metadata?.name ?? "";
}

/**
 * Picks the names of the Alertmanager pods; pure. All must be ready: an alert that one of them holds back would be
 * missed.
 *
 * @throws UserError when there is none or one is not ready
 */
export function alertmanagerPods(
  cluster: Cluster,
  namespace: string,
  pods: readonly PodFacts[],
): [string, ...string[]] {
  const [first, ...rest] = pods;
  if (first === undefined) {
    throw new UserError(
      `There is no Alertmanager in the namespace ${namespace} of the context ${cluster.context}.`,
      "Deploy the stack first (`pulumi up`), or choose another context or namespace.",
    );
  }
  const waiting = pods.filter((pod) => !isReady(pod)).map(podName);
  if (waiting.length > 0) {
    throw new UserError(
      `Not ready in the namespace ${namespace}: ${waiting.join(", ")}.`,
      `See why: \`kubectl --context ${cluster.context} -n ${namespace} describe pod ${waiting[0] ?? ""}\`.`,
    );
  }
  return [podName(first), ...rest.map(podName)];
}

/** @throws UserError */
export async function findAlertmanagers(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<[AlertmanagerAccess, ...AlertmanagerAccess[]]> {
  const pods = await listPods(cluster, namespace, alertmanagerLabel, signal);
  const access = (pod: string): AlertmanagerAccess => ({
    name: pod,
    request: (method, path, limit, body) =>
      podRequest(cluster, { namespace, pod, port: alertmanagerPort }, { method, path, body, signal: limit }),
  });
  const [first, ...rest] = alertmanagerPods(cluster, namespace, pods);
  return [access(first), ...rest.map(access)];
}

/** Whether a Grafana runs in the namespace. */
export async function hasGrafana(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<boolean> {
  return (await listPods(cluster, namespace, grafanaLabel, signal)).length > 0;
}
