/** kube-state-metrics, told from the objects that the simulated cluster really has. */
import type { ClusterSnapshot } from "../cluster-view.ts";
import type { KubeObject, Node } from "../objects.ts";
import { counter, gauge, type MetricFamily, type Sample, sample } from "./metrics.ts";
import { podFamilies } from "./pod-state.ts";
import { quantity } from "./quantity.ts";
import { type Labels, ofNamespace, ownerOf, resourceLabels } from "./state-labels.ts";

export function kubeStateMetrics(cluster: ClusterSnapshot): MetricFamily[] {
  return [
    ...podFamilies(cluster),
    ...workloadFamilies(cluster),
    ...nodeFamilies(cluster),
    ...storageFamilies(cluster),
    ...own(),
  ];
}

function workloadFamilies({ deployments, replicaSets, statefulSets, daemonSets }: ClusterSnapshot): MetricFamily[] {
  const family = <T extends KubeObject>(
    kind: string,
    objects: readonly T[],
    name: string,
    value: (object: T) => number | boolean,
  ) =>
    gauge(
      `kube_${kind}_${name}`,
      `Of a ${kind}.`,
      ...objects.map((object) => sample(value(object), { ...ofNamespace(object), [kind]: object.metadata.name })),
    );
  const revision = (name: "currentRevision" | "updateRevision", metric: string) =>
    gauge(
      `kube_statefulset_status_${metric}`,
      "Revision of a statefulset.",
      ...statefulSets.map((set) =>
        sample(true, { ...ofNamespace(set), statefulset: set.metadata.name, revision: set.status?.[name] ?? "" }),
      ),
    );
  const generation = ({ metadata }: KubeObject) => metadata.generation ?? 0;
  const conditions = deployments.flatMap((deployment) =>
    (deployment.status?.conditions ?? []).flatMap(({ type, status }) =>
      ["true", "false", "unknown"].map((value) =>
        sample(status.toLowerCase() === value, {
          ...ofNamespace(deployment),
          deployment: deployment.metadata.name,
          condition: type,
          status: value,
        }),
      ),
    ),
  );
  return [
    family("deployment", deployments, "metadata_generation", generation),
    family("deployment", deployments, "spec_replicas", ({ spec }) => spec.replicas ?? 1),
    family("deployment", deployments, "status_observed_generation", ({ status }) => status?.observedGeneration ?? 0),
    family("deployment", deployments, "status_replicas", ({ status }) => status?.replicas ?? 0),
    family("deployment", deployments, "status_replicas_available", ({ status }) => status?.availableReplicas ?? 0),
    family("deployment", deployments, "status_replicas_unavailable", ({ status }) => status?.unavailableReplicas ?? 0),
    family("deployment", deployments, "status_replicas_updated", ({ status }) => status?.updatedReplicas ?? 0),
    gauge("kube_deployment_status_condition", "Condition of a deployment.", ...conditions),
    gauge(
      "kube_replicaset_owner",
      "Who owns a replicaset.",
      ...replicaSets.map((set) =>
        sample(true, { ...ofNamespace(set), replicaset: set.metadata.name, ...ownerOf(set) }),
      ),
    ),
    family("statefulset", statefulSets, "metadata_generation", generation),
    family("statefulset", statefulSets, "replicas", ({ spec }) => spec.replicas ?? 1),
    family("statefulset", statefulSets, "status_observed_generation", ({ status }) => status?.observedGeneration ?? 0),
    family("statefulset", statefulSets, "status_replicas", ({ status }) => status?.replicas ?? 0),
    family("statefulset", statefulSets, "status_replicas_ready", ({ status }) => status?.readyReplicas ?? 0),
    family("statefulset", statefulSets, "status_replicas_available", ({ status }) => status?.availableReplicas ?? 0),
    family("statefulset", statefulSets, "status_replicas_updated", ({ status }) => status?.updatedReplicas ?? 0),
    revision("currentRevision", "current_revision"),
    revision("updateRevision", "update_revision"),
    family("daemonset", daemonSets, "metadata_generation", generation),
    family("daemonset", daemonSets, "status_observed_generation", ({ status }) => status?.observedGeneration ?? 0),
    family(
      "daemonset",
      daemonSets,
      "status_current_number_scheduled",
      ({ status }) => status?.currentNumberScheduled ?? 0,
    ),
    family(
      "daemonset",
      daemonSets,
      "status_desired_number_scheduled",
      ({ status }) => status?.desiredNumberScheduled ?? 0,
    ),
    family("daemonset", daemonSets, "status_number_available", ({ status }) => status?.numberAvailable ?? 0),
    family("daemonset", daemonSets, "status_number_misscheduled", ({ status }) => status?.numberMisscheduled ?? 0),
    family("daemonset", daemonSets, "status_number_ready", ({ status }) => status?.numberReady ?? 0),
    family("daemonset", daemonSets, "status_number_unavailable", ({ status }) => status?.numberUnavailable ?? 0),
    family(
      "daemonset",
      daemonSets,
      "status_updated_number_scheduled",
      ({ status }) => status?.updatedNumberScheduled ?? 0,
    ),
  ];
}

function nodeFamilies({ nodes }: ClusterSnapshot): MetricFamily[] {
  const each = (make: (node: Node, labels: Labels) => Sample[]): Sample[] =>
    nodes.flatMap((node) => make(node, { node: node.metadata.name }));
  const amounts = (name: "capacity" | "allocatable") =>
    gauge(
      `kube_node_status_${name}`,
      "Resources of a node.",
      ...each(({ status }, labels) =>
        Object.entries(status?.[name] ?? {}).map(([resource, value]) =>
          sample(quantity(value), { ...labels, ...resourceLabels(resource) }),
        ),
      ),
    );
  const rolePrefix = "node-role.kubernetes.io/";
  return [
    gauge(
      "kube_node_info",
      "A node.",
      ...each(({ status }, labels) => {
        const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
        return [sample(true, { ...labels, internal_ip: address })];
      }),
    ),
    gauge(
      "kube_node_role",
      "Roles of a node.",
      ...each(({ metadata }, labels) =>
        Object.keys(metadata.labels ?? {})
          .filter((label) => label.startsWith(rolePrefix))
          .map((label) => sample(true, { ...labels, role: label.slice(rolePrefix.length) })),
      ),
    ),
    gauge(
      "kube_node_spec_unschedulable",
      "Closed for new pods.",
      ...each(({ spec }, labels) => [sample(spec?.unschedulable === true, labels)]),
    ),
    gauge(
      "kube_node_spec_taint",
      "Taints of a node.",
      ...each(({ spec }, labels) =>
        (spec?.taints ?? []).map(({ key, value, effect }) =>
          sample(true, { ...labels, key, value: value ?? "", effect }),
        ),
      ),
    ),
    gauge(
      "kube_node_status_condition",
      "Conditions of a node.",
      ...each(({ status }, labels) =>
        (status?.conditions ?? []).flatMap((condition) =>
          ["true", "false", "unknown"].map((value) =>
            sample(condition.status.toLowerCase() === value, { ...labels, condition: condition.type, status: value }),
          ),
        ),
      ),
    ),
    amounts("capacity"),
    amounts("allocatable"),
  ];
}

function storageFamilies({ claims, volumes }: ClusterSnapshot): MetricFamily[] {
  const claimLabels = (claim: KubeObject) => ({ ...ofNamespace(claim), persistentvolumeclaim: claim.metadata.name });
  const phases = (names: readonly string[], phase: string | undefined, labels: Labels) =>
    names.map((name) => sample(phase === name, { ...labels, phase: name }));
  return [
    gauge(
      "kube_persistentvolumeclaim_info",
      "A claim.",
      ...claims.map((claim) =>
        sample(true, {
          ...claimLabels(claim),
          storageclass: claim.spec.storageClassName ?? "",
          volumename: claim.spec.volumeName ?? "",
        }),
      ),
    ),
    gauge(
      "kube_persistentvolumeclaim_access_mode",
      "How a claim may be used.",
      ...claims.flatMap((claim) =>
        (claim.spec.accessModes ?? []).map((mode) => sample(true, { ...claimLabels(claim), access_mode: mode })),
      ),
    ),
    gauge(
      "kube_persistentvolumeclaim_status_phase",
      "Phase of a claim.",
      ...claims.flatMap((claim) => phases(["Bound", "Lost", "Pending"], claim.status?.phase, claimLabels(claim))),
    ),
    gauge(
      "kube_persistentvolume_status_phase",
      "Phase of a volume.",
      ...volumes.flatMap(({ metadata, status }) =>
        phases(["Pending", "Available", "Bound", "Released", "Failed"], status?.phase, {
          persistentvolume: metadata.name,
        }),
      ),
    ),
  ];
}

/** How kube-state-metrics itself fares. */
function own(): MetricFamily[] {
  const done = sample(1, { result: "success", resource: "*v1.Pod" });
  return [
    counter("kube_state_metrics_list_total", "Lists.", done),
    counter("kube_state_metrics_watch_total", "Watches.", done),
    gauge("kube_state_metrics_shard_ordinal", "This shard.", sample(0, { shard_ordinal: "0" })),
    gauge("kube_state_metrics_total_shards", "All shards.", sample(1)),
  ];
}
