/** The one way in which Belfry makes an object of a kind that Kubernetes itself does not have. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

export interface CustomObjectArgs {
  /** For example `monitoring.coreos.com/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** Plain data without secrets: one secret inside would hide the whole of it from previews. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A custom resource. Its CRD must be there first: pass what installs it as `dependsOn`. */
export function customObject(
  name: string,
  args: CustomObjectArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { apiVersion, kind, spec } = args;
  const metadata = { name: args.name, namespace: args.namespace };
  return new k8s.apiextensions.CustomResource(name, { apiVersion, kind, metadata, spec }, opts);
}
