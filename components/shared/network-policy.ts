/** The one way in which Belfry says who may reach pods of its own. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Pods by their labels, in one namespace. */
export interface Pods {
  /** Their namespace; that of the policy when absent. */
  readonly namespace?: pulumi.Input<string>;
  /** Labels that all of them have; every pod of the namespace when absent. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Addresses, also outside the cluster. */
export interface Network {
  /** For example `192.0.2.0/24`. */
  readonly cidr: string;
}

/** Who may come in, and where. */
export interface Access {
  /** Any of these. An empty list is everybody, also from outside the cluster. */
  readonly from: readonly (Pods | Network)[];
  /** TCP ports of the pods, not of their Service. Every port when absent. */
  readonly ports?: readonly number[];
}

export interface NetworkPolicyArgs {
  /** Its name in the cluster. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** Labels of the pods that it fences; every pod of the namespace when absent. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What is let in; nothing else is. */
  readonly allow: readonly Access[];
}

/** Label that Kubernetes itself puts on every namespace. */
const namespaceLabel = "kubernetes.io/metadata.name";

function peer(source: Pods | Network) {
  if ("cidr" in source) {
    return { ipBlock: { cidr: source.cidr } };
  }
  const { namespace, labels } = source;
  return {
    ...(namespace === undefined ? {} : { namespaceSelector: { matchLabels: { [namespaceLabel]: namespace } } }),
    ...(labels === undefined && namespace !== undefined ? {} : { podSelector: selector(labels) }),
  };
}

function selector(labels: Readonly<Record<string, string>> | undefined) {
  return labels === undefined ? {} : { matchLabels: labels };
}

/**
 * Lets nobody in but those named. What the pods reach themselves is not limited, and the probes of the kubelet come
 * through. Without a network plugin that knows policies it has no effect.
 */
export function networkPolicy(
  name: string,
  args: NetworkPolicyArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  return new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name: args.name, namespace: args.namespace },
      spec: {
        podSelector: selector(args.labels),
        policyTypes: ["Ingress"],
        ingress: args.allow.map(({ from, ports }) => ({
          ...(from.length === 0 ? {} : { from: from.map(peer) }),
          ...(ports === undefined ? {} : { ports: ports.map((port) => ({ port, protocol: "TCP" })) }),
        })),
      },
    },
    opts,
  );
}
