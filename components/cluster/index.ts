/** Ties a stack to its cluster. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../../config/settings.ts";
import { checkCluster } from "./identity.ts";

/**
 * Makes the provider of the stack's cluster, after making sure that it is the stack's cluster: the UID of its namespace
 * kube-system must be the one in the settings and the one that the first `up` recorded in the stack's state.
 *
 * To be awaited before any other resource is made.
 *
 * @throws UserError when it is another cluster
 */
export async function stackCluster(settings: Pick<Settings, "stack" | "cluster" | "storage">): Promise<k8s.Provider> {
  const { context, kubeSystemUid: configured } = settings.cluster;
  const provider = new k8s.Provider("cluster", {
    ...(context === undefined ? {} : { context }),
    // Otherwise a changed secret would be deleted and made anew, and whoever reads it at that moment would find none.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    // The namespaces that an earlier `destroy` kept for their volumes are there: they are taken over. Otherwise an object
    // that exists is somebody else's, and refused.
    ...(settings.storage.retain === true ? { upsertExistingObjects: true } : {}),
  });
  const namespace = k8s.core.v1.Namespace.get("kube-system", "kube-system", { provider });
  const uid = await valueOf(namespace.metadata.uid);
  const identity = {
    stack: settings.stack,
    uid,
    ...(context === undefined ? {} : { context }),
    ...(configured === undefined ? {} : { configured }),
  };
  checkCluster(identity);
  // A Stash keeps its first input as its output for as long as it is not replaced.
  const record = new pulumi.Stash("cluster-record", { input: uid });
  const recorded: unknown = await valueOf(record.output);
  const recordUrn = await valueOf(record.urn);
  checkCluster({
    ...identity,
    ...(typeof recorded === "string" ? { recorded } : {}),
    ...(recordUrn === undefined ? {} : { recordUrn }),
  });
  return provider;
}

/** An output's value, or undefined where a preview cannot know it (`apply` would then never be called). */
async function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  // Every Output has it; the type that is public leaves it out.
  const { isKnown } = output as pulumi.Output<T> & { readonly isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise<T>((resolve) => void output.apply(resolve)) : undefined;
}
