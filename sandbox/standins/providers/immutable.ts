/** Fields of Kubernetes objects that the real provider changes only by making the object anew. */
import { at, textAt, type WireObject } from "./wire.ts";

/** Where contents may be changed in place; as the real provider, by default not. */
export interface MutableContents {
  readonly secrets: boolean;
  readonly configMaps: boolean;
}

const identity = ["metadata.name", "metadata.namespace", "apiVersion", "kind"] as const;

const volumeSources = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
]
  .concat([
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
  ])
  .concat(["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"]);

const fieldsOfKinds: Readonly<Record<string, readonly string[]>> = {
  "apps/v1 DaemonSet": ["spec.selector"],
  "apps/v1 Deployment": ["spec.selector"],
  "apps/v1 StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1 Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1 RoleBinding": ["roleRef"],
  "storage.k8s.io/v1 StorageClass": ["parameters", "provisioner"],
  "v1 PersistentVolume": volumeSources.map((source) => `spec.${source}`),
  "v1 PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "v1 ResourceQuota": ["spec.scopes"],
  "v1 Service": ["spec.clusterIP"],
};

/** @param object the new inputs, without marks of secrets */
export function immutableFields(object: WireObject, mutable: MutableContents): readonly string[] {
  const kind = `${textAt(object, "apiVersion") ?? ""} ${textAt(object, "kind") ?? ""}`;
  const sealed = at(object, "immutable") === true;
  if (kind === "v1 Secret") return [...identity, "type", ...(mutable.secrets && !sealed ? [] : ["data", "stringData"])];
  if (kind === "v1 ConfigMap") return [...identity, ...(mutable.configMaps && !sealed ? [] : ["data", "binaryData"])];
  return [...identity, ...(fieldsOfKinds[kind] ?? [])];
}
