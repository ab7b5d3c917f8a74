import assert from "node:assert/strict";
import { planVolumes } from "../../../sandbox/daemon/provisioner.ts";
import { claim, volume } from "./objects.ts";

const one = "11111111-1111-4111-8111-111111111111";
const two = "22222222-2222-4222-8222-222222222222";

describe("the provisioner", () => {
  it("gives a pending claim a volume of the size that was asked for, bound to that claim", () => {
    const { create, remove } = planVolumes([claim("data", one)], [], new Set(), "/volumes");
    assert.deepEqual(remove, []);
    assert.deepEqual(create, [
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: {
          name: `pvc-${one}`,
          annotations: { "pv.kubernetes.io/provisioned-by": "sandbox.belfry.dev/provisioner" },
        },
        spec: {
          capacity: { storage: "10Gi" },
          accessModes: ["ReadWriteOnce"],
          volumeMode: "Filesystem",
          storageClassName: "standard",
          persistentVolumeReclaimPolicy: "Delete",
          claimRef: {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            namespace: "monitoring",
            name: "data",
            uid: one,
          },
          hostPath: { path: `/volumes/pvc-${one}` },
        },
      },
    ]);
  });

  it("leaves claims of other classes, bound ones, those with a volume, and those about to go", () => {
    const pending = claim("data", one);
    const claims = [
      claim("other", two, { storageClassName: "fast" }),
      { ...pending, status: { phase: "Bound" } },
      claim("chosen", two, { volumeName: "mine" }),
      { ...pending, metadata: { ...pending.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
    ];
    assert.deepEqual(planVolumes(claims, [], new Set(), "/volumes"), { create: [], remove: [] });
    assert.deepEqual(planVolumes([pending], [volume(one)], new Set(), "/volumes"), { create: [], remove: [] });
  });

  it("removes a volume when its claim is gone and nothing writes to it any more", () => {
    const volumes = [volume(one), volume(two)];
    assert.deepEqual(planVolumes([claim("data", two)], volumes, new Set(), "/volumes").remove, [`pvc-${one}`]);
    assert.deepEqual(planVolumes([claim("data", two)], volumes, new Set([`pvc-${one}`]), "/volumes").remove, []);
  });

  it("never removes what it has not made", () => {
    const ours = volume(one);
    const others = [
      volume(one, "another.provisioner"),
      { ...ours, metadata: { ...ours.metadata, name: "renamed" } },
      { ...ours, spec: { ...ours.spec, persistentVolumeReclaimPolicy: "Retain" } },
      { ...volume("../../etc"), spec: { ...ours.spec, claimRef: { uid: "../../etc" } } },
    ];
    assert.deepEqual(planVolumes([], others, new Set(), "/volumes").remove, []);
  });
});
