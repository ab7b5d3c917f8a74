/** The real prometheus-operator, running for as long as the cluster has a Deployment of it. */
import { operatorArguments, type OperatorAccess } from "./arguments.ts";
import type { ChildSpec, ManagedChild } from "./child.ts";
import type { PartHealth } from "./health.ts";
import { ask } from "./local-http.ts";
import { containerEnvironment, expand } from "./mounts.ts";
import { goSettings } from "./workload.ts";
import { byKey, type Container, type Deployment, isServing, keyOf, type Pod } from "./objects.ts";

export interface OperatorFound {
  /** `namespace/name` of its Deployment. */
  readonly deployment: string;
  readonly pod: Pod;
  readonly container: Container;
}

/** The operator's container is the one with the argument that no other program has. */
const tellingFlag = /^--?prometheus-config-reloader=/;

/**
 * @returns the first Deployment of the operator (by namespace and name) that is available and not about to go, with
 *   the pod that runs
 */
export function findOperator(deployments: readonly Deployment[], pods: readonly Pod[]): OperatorFound | undefined {
  const candidates = deployments
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => (status?.availableReplicas ?? 0) > 0)
    .filter(({ spec }) => operatorContainer(spec.template.spec.containers) !== undefined)
    .sort(byKey);
  for (const deployment of candidates) {
    const pod = pods
      .filter(({ metadata }) => metadata.namespace === deployment.metadata.namespace)
      .filter(({ metadata }) => hasLabels(metadata.labels, deployment.spec.template.metadata?.labels))
      .filter(isServing)
      .sort(byKey)
      .find(({ spec }) => operatorContainer(spec.containers) !== undefined);
    const container = pod === undefined ? undefined : operatorContainer(pod.spec.containers);
    if (pod !== undefined && container !== undefined) return { deployment: keyOf(deployment), pod, container };
  }
  return undefined;
}

export interface OperatorSetup {
  readonly command: string;
  readonly port: number;
  readonly access: OperatorAccess;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param kinds resources of the operator's API group that the cluster knows; the operator looks for them only when it
 *   starts, so other ones need another process
 */
export function operatorSpec(found: OperatorFound, kinds: readonly string[], setup: OperatorSetup): ChildSpec {
  const environment = containerEnvironment(found.pod, found.container);
  const args = (found.container.args ?? []).map((argument) => expand(argument, environment));
  return {
    command: setup.command,
    args: operatorArguments(args, setup.port, setup.access),
    env: { ...setup.environment, ...goSettings(environment) },
    identity: JSON.stringify([found.pod.metadata.uid, [...kinds].sort()]),
  };
}

/** Runs the operator where there is one and where there is something to do for it. */
export async function reconcileOperator(
  child: ManagedChild,
  found: OperatorFound | undefined,
  kinds: readonly string[],
  setup: OperatorSetup,
): Promise<PartHealth> {
  if (found === undefined || kinds.length === 0) {
    await child.reconcile(undefined);
    const missing =
      found === undefined
        ? "its Deployment is not in the cluster, or not available"
        : "its CRDs are not in the cluster";
    return { state: "waiting", detail: missing };
  }
  const trouble = await child.reconcile(operatorSpec(found, kinds, setup));
  if (trouble !== undefined) return trouble;
  const answer = await ask("GET", setup.port, "/healthz");
  return answer?.status === 200 ? { state: "running", detail: found.deployment } : { state: "starting" };
}

function operatorContainer(containers: readonly Container[]): Container | undefined {
  return containers.find(({ args }) => args?.some((argument) => tellingFlag.test(argument)) === true);
}

function hasLabels(
  labels: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
