/** The one way in which Belfry makes a namespace. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Levels of the Pod Security Standards. */
export type PodSecurity = "privileged" | "baseline" | "restricted";

export interface NamespaceArgs {
  /** Its name in the cluster. */
  readonly namespace: string;
  /** What its pods may do: the level that is enforced. */
  readonly podSecurity: PodSecurity;
  /**
   * Whether it stays when the stack goes, for the sake of the claims in it. Whatever else the stack puts there goes all
   * the same, each by itself. The next `up` takes it over, if the provider may take over what exists.
   * @default false
   */
  readonly retain?: boolean | undefined;
}

/** Labels that enforce a level of the Pod Security Standards and warn about what the next stricter one would refuse. */
export function podSecurityLabels(level: PodSecurity): Record<string, string> {
  const stricter: Record<PodSecurity, PodSecurity> = {
    privileged: "baseline",
    baseline: "restricted",
    restricted: "restricted",
  };
  return {
    "pod-security.kubernetes.io/enforce": level,
    // Warnings of a privileged namespace would be about the very pods that it is privileged for.
    ...(level === "privileged" ? {} : { "pod-security.kubernetes.io/warn": stricter[level] }),
  };
}

/** A namespace with Pod Security labels. Deleting it deletes everything in it. */
export function podSecurityNamespace(
  name: string,
  args: NamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace {
  const metadata = { name: args.namespace, labels: podSecurityLabels(args.podSecurity) };
  return new k8s.core.v1.Namespace(name, { metadata }, { ...opts, retainOnDelete: args.retain ?? false });
}
