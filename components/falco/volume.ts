/** The volume of the web page's Redis on a node's own disk. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { RedisStorage } from "../../config/settings-falco.ts";
import { falcoNames, namespaceNames } from "../shared/names.ts";

/**
 * A directory on a node that only the claim of Redis can have. What is in it stays when the volume goes.
 *
 * The volume must be made before Falco's namespace, so that it goes after it: while the claim is there, Kubernetes does
 * not let the volume go. Made anew, it knows no claim by its UID, and the next claim of that name gets it.
 */
export function redisVolume(
  name: string,
  { size, local }: RedisStorage & { readonly local: NonNullable<RedisStorage["local"]> },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.PersistentVolume {
  return new k8s.core.v1.PersistentVolume(
    name,
    {
      metadata: { name: falcoNames.redisVolume },
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: size },
        volumeMode: "Filesystem",
        persistentVolumeReclaimPolicy: "Retain",
        // No StorageClass of this name exists: nothing makes volumes for the claim, and no other claim asks for this one.
        storageClassName: falcoNames.redisVolume,
        claimRef: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          namespace: namespaceNames.falco,
          name: falcoNames.redisClaim,
        },
        local: { path: local.path },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [local.node] }] },
            ],
          },
        },
      },
    },
    opts,
  );
}
