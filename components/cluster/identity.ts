/** Whether a cluster is the one that a stack belongs to. Pure. */
import { UserError } from "../../config/user-error.ts";

export interface ClusterIdentity {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** The kubeconfig's context, where the settings name one. */
  readonly context?: string;
  /** UID of kube-system in the cluster that answers; undefined when none answered. */
  readonly uid: string | undefined;
  /** The UID in the settings, where it is set. */
  readonly configured?: string;
  /** The UID that was recorded at the stack's first `up`; undefined before it. */
  readonly recorded?: string;
  /** URN of the record, for the command that replaces it. */
  readonly recordUrn?: string;
}

/** @throws UserError when the cluster does not answer, or is another one than the settings or the record say */
export function checkCluster(identity: ClusterIdentity): void {
  const { stack, uid, configured, recorded, recordUrn } = identity;
  const place = identity.context === undefined ? "the current context" : `context ${identity.context}`;
  if (uid === undefined) {
    throw new UserError(
      `The cluster of ${place} did not say who it is: the namespace kube-system could not be read.`,
      "Check the connection: kubectl get namespace kube-system" +
        (identity.context === undefined ? "" : ` --context ${identity.context}`),
    );
  }
  if (configured !== undefined && configured !== uid) {
    throw new UserError(
      `Stack ${stack} belongs to another cluster: its settings name the one with kube-system UID ${configured}, but ` +
        `${place} leads to ${uid}.`,
      "Set belfry:cluster to the right context, or make a new stack for this cluster: pulumi stack init NAME",
    );
  }
  if (recorded !== undefined && recorded !== uid) {
    throw new UserError(
      `Stack ${stack} belongs to another cluster: at its first up it was the one with kube-system UID ${recorded}, ` +
        `but ${place} leads to ${uid}.`,
      "Set belfry:cluster to the right context, or make a new stack for this cluster: pulumi stack init NAME. " +
        "If the stack has moved on purpose, replace the record: " +
        `pulumi refresh --stack ${stack}, then pulumi up --stack ${stack} --replace '${recordUrn ?? ""}'`,
    );
  }
}
