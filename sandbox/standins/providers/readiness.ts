/** Whether an object has become what it is to be, as Pulumi's Kubernetes provider judges it. Pure. */
import { at, isObject, textAt, type Wire, type WireObject } from "./wire.ts";

export type Readiness =
  | { readonly state: "ready" }
  /** It may still become ready. */
  | { readonly state: "waiting"; readonly why: string }
  /** It will not become ready by itself. */
  | { readonly state: "failed"; readonly why: string };

const ready: Readiness = { state: "ready" };

/**
 * @param object as the API server has it
 * @param bindsLate for a PersistentVolumeClaim: whether its class waits for the first pod that uses it
 */
export function readiness(object: WireObject, bindsLate = false): Readiness {
  const status = at(object, "status");
  switch (`${textAt(object, "apiVersion") ?? ""} ${textAt(object, "kind") ?? ""}`) {
    case "v1 Namespace":
      return phase(status, "Active");
    case "v1 PersistentVolume":
      return phase(status, "Available", "Bound");
    case "v1 PersistentVolumeClaim":
      return bindsLate ? phase(status, "Pending", "Bound") : phase(status, "Bound");
    case "v1 Pod":
      return podProblems(object).length === 0 ? ready : waiting(podProblems(object).join("; "));
    case "apps/v1 Deployment":
      return rollout(object, replicas(object), {
        updated: "updatedReplicas",
        available: "availableReplicas",
        all: "replicas",
      });
    case "apps/v1 StatefulSet":
      return rollout(object, replicas(object), { updated: "updatedReplicas", available: "readyReplicas" });
    case "apps/v1 DaemonSet":
      return rollout(object, number(status, "desiredNumberScheduled"), {
        updated: "updatedNumberScheduled",
        available: "numberAvailable",
      });
    case "batch/v1 Job": {
      const failed = condition(object, "Failed");
      if (failed?.["status"] === "True") return { state: "failed", why: textAt(failed, "message") ?? "the job failed" };
      return condition(object, "Complete")?.["status"] === "True" ? ready : waiting("the job is not complete");
    }
    default:
      return ready;
  }
}

/** What keeps a pod from being ready, in words; empty for one that is ready or has done its work. */
export function podProblems(pod: WireObject): string[] {
  if (at(pod, "status", "phase") === "Succeeded" || condition(pod, "Ready")?.["status"] === "True") return [];
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.["status"] === "False")
    return [`not placed on a node: ${textAt(scheduled, "message") ?? "no reason is told"}`];
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap((key) => {
    const list = at(pod, "status", key);
    return Array.isArray(list) ? list : [];
  });
  const problems = statuses.flatMap((one) => {
    const state = at(one, "state", "waiting") ?? at(one, "state", "terminated");
    const reason = textAt(state, "reason");
    if (reason === undefined || reason === "Completed") {
      return at(one, "ready") === true || reason === "Completed"
        ? []
        : [`container ${containerName(one)} is not ready`];
    }
    const message = textAt(state, "message");
    return [`container ${containerName(one)}: ${reason}${message === undefined ? "" : ` (${message})`}`];
  });
  return problems.length > 0 ? problems : [`phase ${textAt(pod, "status", "phase") ?? "unknown"}`];
}

function containerName(status: Wire): string {
  return textAt(status, "name") ?? "(unnamed)";
}

function rollout(
  object: WireObject,
  wanted: number,
  counts: { readonly updated: string; readonly available: string; readonly all?: string },
): Readiness {
  const status = at(object, "status");
  if (number(status, "observedGeneration") < number(at(object, "metadata"), "generation")) {
    return waiting("its controller has not seen it yet");
  }
  const updated = number(status, counts.updated);
  const available = number(status, counts.available);
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are up to date`);
  if (counts.all !== undefined && number(status, counts.all) > updated)
    return waiting("pods of the old version still run");
  return available < wanted ? waiting(`${available} of ${wanted} pods are ready`) : ready;
}

function replicas(object: WireObject): number {
  const wanted = at(object, "spec", "replicas");
  return typeof wanted === "number" ? wanted : 1;
}

function phase(status: Wire | undefined, ...wanted: string[]): Readiness {
  const found = textAt(status, "phase");
  return found !== undefined && wanted.includes(found) ? ready : waiting(`phase ${found ?? "unknown"}`);
}

function condition(object: WireObject, type: string): WireObject | undefined {
  const conditions = at(object, "status", "conditions");
  const found = Array.isArray(conditions) ? conditions.find((one) => textAt(one, "type") === type) : undefined;
  return isObject(found) ? found : undefined;
}

function number(value: Wire | undefined, key: string): number {
  const found = at(value, key);
  return typeof found === "number" ? found : 0;
}

function waiting(why: string): Readiness {
  return { state: "waiting", why };
}
