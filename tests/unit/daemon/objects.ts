/** Objects of a small cluster, for tests. */
import type {
  Container,
  Deployment,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from "../../../sandbox/daemon/objects.ts";
import type { ClusterSnapshot } from "../../../sandbox/daemon/cluster-view.ts";

export const emptyCluster: ClusterSnapshot = {
  nodes: [],
  pods: [],
  deployments: [],
  replicaSets: [],
  statefulSets: [],
  daemonSets: [],
  claims: [],
  volumes: [],
};

export function node(name: string, address: string, extra: Partial<Node> = {}): Node {
  return {
    metadata: { name, uid: `uid-${name}` },
    status: {
      addresses: [{ type: "InternalIP", address }],
      capacity: { cpu: "4", memory: "8Gi", pods: "110" },
      conditions: [{ type: "Ready", status: "True" }],
    },
    ...extra,
  };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly containers?: readonly Container[];
  readonly volumes?: Pod["spec"]["volumes"];
  readonly ready?: boolean;
  readonly deleted?: boolean;
}

export function pod(name: string, options: PodOptions = {}): Pod {
  const {
    namespace = "monitoring",
    labels = {},
    owner,
    containers = [],
    volumes = [],
    ready = true,
    deleted,
  } = options;
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      labels,
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
      ...(deleted === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { nodeName: "one", containers, volumes },
    status: {
      phase: "Running",
      podIP: "10.244.1.7",
      hostIP: "192.168.100.11",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: containers.map((container) => ({
        name: container.name,
        ready,
        restartCount: 0,
        state: { running: {} },
      })),
    },
  };
}

export function deployment(
  name: string,
  available: number,
  podSpec: Pod["spec"],
  labels: Record<string, string>,
): Deployment {
  return {
    metadata: { name, namespace: "monitoring", uid: `uid-${name}`, generation: 2 },
    spec: { replicas: 1, template: { metadata: { labels }, spec: podSpec } },
    status: { availableReplicas: available, replicas: 1, updatedReplicas: 1, observedGeneration: 2 },
  };
}

export function claim(
  name: string,
  uid: string,
  extra: Partial<PersistentVolumeClaim["spec"]> = {},
): PersistentVolumeClaim {
  return {
    metadata: { name, namespace: "monitoring", uid },
    spec: {
      storageClassName: "standard",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
      ...extra,
    },
    status: { phase: "Pending" },
  };
}

export function volume(claimUid: string, provisioner = "sandbox.belfry.dev/provisioner"): PersistentVolume {
  return {
    metadata: {
      name: `pvc-${claimUid}`,
      uid: `uid-of-${claimUid}`,
      annotations: { "pv.kubernetes.io/provisioned-by": provisioner },
    },
    spec: {
      storageClassName: "standard",
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { namespace: "monitoring", name: "data", uid: claimUid },
    },
    status: { phase: "Bound" },
  };
}
