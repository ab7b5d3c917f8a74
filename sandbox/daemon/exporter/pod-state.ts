/** What kube-state-metrics tells of pods and their containers. */
import type { ClusterSnapshot } from "../cluster-view.ts";
import { conditionIs, type Container, type ContainerStatus, type Pod } from "../objects.ts";
import { unixSeconds } from "./machines.ts";
import { counter, gauge, type MetricFamily, type Sample, sample } from "./metrics.ts";
import { quantity } from "./quantity.ts";
import { type Labels, ofNamespace, ownerOf, resourceLabels } from "./state-labels.ts";

export function podFamilies({ pods }: ClusterSnapshot): MetricFamily[] {
  const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
  const each = (make: (pod: Pod, labels: Labels) => Sample[]): Sample[] =>
    pods.flatMap((pod) => make(pod, { ...ofNamespace(pod), pod: pod.metadata.name, uid: pod.metadata.uid }));
  const containers = (make: (status: ContainerStatus, labels: Labels) => Sample[]) =>
    each(({ status }, labels) =>
      (status?.containerStatuses ?? []).flatMap((one) => make(one, { ...labels, container: one.name })),
    );
  const readiness = (status: Pod["status"], wanted: string): boolean =>
    wanted === "unknown"
      ? status?.conditions?.some(({ type }) => type === "Ready") !== true
      : conditionIs(status?.conditions, "Ready", wanted === "true" ? "True" : "False");
  return [
    gauge(
      "kube_pod_info",
      "Where a pod is.",
      ...each(({ metadata, spec, status }, labels) => {
        const [owner] = metadata.ownerReferences ?? [];
        const places = { node: spec.nodeName ?? "", pod_ip: status?.podIP ?? "", host_ip: status?.hostIP ?? "" };
        const created = { created_by_kind: owner?.kind ?? "", created_by_name: owner?.name ?? "" };
        return [sample(true, { ...labels, ...places, ...created, host_network: String(spec.hostNetwork ?? false) })];
      }),
    ),
    gauge(
      "kube_pod_owner",
      "Who owns a pod.",
      ...each((pod, labels) => [sample(true, { ...labels, ...ownerOf(pod) })]),
    ),
    gauge(
      "kube_pod_created",
      "When a pod was made.",
      ...each(({ metadata }, labels) => [sample(unixSeconds(metadata.creationTimestamp, 0), labels)]),
    ),
    gauge(
      "kube_pod_status_phase",
      "Phase of a pod.",
      ...each(({ status }, labels) => phases.map((phase) => sample(status?.phase === phase, { ...labels, phase }))),
    ),
    gauge(
      "kube_pod_status_ready",
      "Whether a pod is ready.",
      ...each(({ status }, labels) =>
        ["true", "false", "unknown"].map((condition) => sample(readiness(status, condition), { ...labels, condition })),
      ),
    ),
    gauge(
      "kube_pod_status_reason",
      "Why a pod is as it is.",
      ...each(({ status }, labels) =>
        ["Evicted", "NodeAffinity", "NodeLost", "Shutdown", "UnexpectedAdmissionError"].map((reason) =>
          sample(status?.reason === reason, { ...labels, reason }),
        ),
      ),
    ),
    gauge(
      "kube_pod_container_info",
      "Containers of a pod.",
      ...each(({ spec }, labels) =>
        spec.containers.map(({ name, image }) => sample(true, { ...labels, container: name, image: image ?? "" })),
      ),
    ),
    gauge(
      "kube_pod_container_status_ready",
      "Ready.",
      ...containers(({ ready }, labels) => [sample(ready === true, labels)]),
    ),
    gauge(
      "kube_pod_container_status_running",
      "Running.",
      ...containers(({ state }, labels) => [sample(state?.running !== undefined, labels)]),
    ),
    counter(
      "kube_pod_container_status_restarts_total",
      "Restarts.",
      ...containers(({ restartCount }, labels) => [sample(restartCount ?? 0, labels)]),
    ),
    gauge(
      "kube_pod_container_status_waiting_reason",
      "Why a container waits.",
      ...containers(({ state }, labels) => reasonSample(state?.waiting?.reason, labels)),
    ),
    gauge(
      "kube_pod_container_status_terminated_reason",
      "Why a container ended.",
      ...containers(({ state }, labels) => reasonSample(state?.terminated?.reason, labels)),
    ),
    gauge(
      "kube_pod_container_status_last_terminated_reason",
      "Why a container ended the last time.",
      ...containers(({ lastState }, labels) => reasonSample(lastState?.terminated?.reason, labels)),
    ),
    resources("requests", each),
    resources("limits", each),
  ];
}

function resources(
  kind: "requests" | "limits",
  each: (make: (pod: Pod, labels: Labels) => Sample[]) => Sample[],
): MetricFamily {
  const ofContainer = (container: Container, labels: Labels): Sample[] =>
    Object.entries(container.resources?.[kind] ?? {}).map(([resource, value]) =>
      sample(quantity(value), { ...labels, container: container.name, ...resourceLabels(resource) }),
    );
  const samples = each(({ spec }, labels) =>
    spec.containers.flatMap((container) => ofContainer(container, { ...labels, node: spec.nodeName ?? "" })),
  );
  return gauge(`kube_pod_container_resource_${kind}`, "Resources of a container.", ...samples);
}

function reasonSample(reason: string | undefined, labels: Labels): Sample[] {
  return reason === undefined ? [] : [sample(true, { ...labels, reason })];
}
