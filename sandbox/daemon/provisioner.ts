/** Binds the claims of the sandbox's StorageClass: each gets a volume, and the volume goes when its claim is gone. */
import { join } from "node:path";
import { rm } from "node:fs/promises";
import type { KubeClient } from "./kube-client.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./objects.ts";

export const storageClassName = "standard";
export const provisionerName = "sandbox.belfry.dev/provisioner";

export interface VolumePlan {
  readonly create: readonly object[];
  /** Names of volumes whose claim is gone. */
  readonly remove: readonly string[];
}

/**
 * @param inUse names of volumes that a process writes to: they stay until it has ended
 * @param directory holds a directory for every volume
 */
export function planVolumes(
  claims: readonly PersistentVolumeClaim[],
  volumes: readonly PersistentVolume[],
  inUse: ReadonlySet<string>,
  directory: string,
): VolumePlan {
  const names = new Set(volumes.map(({ metadata }) => metadata.name));
  const uids = new Set(claims.map(({ metadata }) => metadata.uid));
  const create = claims
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ spec, status }) => spec.storageClassName === storageClassName && status?.phase === "Pending")
    .filter((claim) => claim.spec.volumeName === undefined && !names.has(volumeName(claim)))
    .map((claim) => volumeFor(claim, directory));
  const remove = volumes
    .filter(isOurs)
    .filter(({ spec }) => spec.persistentVolumeReclaimPolicy === "Delete")
    .filter(({ spec }) => spec.claimRef?.uid !== undefined && !uids.has(spec.claimRef.uid))
    .map(({ metadata }) => metadata.name)
    .filter((name) => !inUse.has(name));
  return { create, remove };
}

/** The volume that a claim gets: as large as was asked for, bound to this claim alone. */
export function volumeFor(claim: PersistentVolumeClaim, directory: string): object {
  const { metadata, spec } = claim;
  const name = volumeName(claim);
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": provisionerName } },
    spec: {
      capacity: { storage: spec.resources?.requests?.["storage"] ?? "1Gi" },
      accessModes: spec.accessModes ?? ["ReadWriteOnce"],
      volumeMode: spec.volumeMode ?? "Filesystem",
      storageClassName,
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      hostPath: { path: join(directory, name) },
    },
  };
}

export function volumeName({ metadata }: PersistentVolumeClaim): string {
  return `pvc-${metadata.uid}`;
}

/** Only what this provisioner made is ever removed, from the cluster and from the disk. */
export function isOurs({ metadata, spec }: PersistentVolume): boolean {
  return (
    metadata.annotations?.["pv.kubernetes.io/provisioned-by"] === provisionerName &&
    metadata.name === `pvc-${spec.claimRef?.uid ?? ""}` &&
    /^pvc-[0-9a-f-]{36}$/.test(metadata.name)
  );
}

export async function reconcileVolumes(client: KubeClient, plan: VolumePlan, directory: string): Promise<void> {
  for (const volume of plan.create) await client.create("/api/v1/persistentvolumes", volume);
  for (const name of plan.remove) {
    await rm(join(directory, name), { recursive: true, force: true });
    await client.delete(`/api/v1/persistentvolumes/${name}`);
  }
}
