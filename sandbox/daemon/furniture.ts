/**
 * What a cluster has before anything is deployed to it: a default StorageClass, and the components of a control
 * plane as pods, so that what watches them finds them. And the rules by which a port-forward to a simulated pod
 * reaches the program that plays it.
 */
import type { KubeClient } from "./kube-client.ts";
import { loopback, type SandboxPorts } from "../layout.ts";
import { byKey, type Node, type Pod } from "./objects.ts";
import { provisionerName, storageClassName } from "./provisioner.ts";
import { operatorPods } from "./workload.ts";

export interface FurniturePiece {
  /** Of the object itself. */
  readonly path: string;
  readonly object: object;
}

const controlPlaneLabel = "node-role.kubernetes.io/control-plane";

/** @param nodes at least one */
export function furniture(nodes: readonly Node[]): FurniturePiece[] {
  const sorted = [...nodes].sort(byKey);
  const first = sorted.find(({ metadata }) => metadata.labels?.[controlPlaneLabel] !== undefined) ?? sorted[0];
  if (first === undefined) return [];
  const staticPods = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  return [
    storageClass(),
    ...staticPods.map((component) => staticPod(component, first.metadata.name)),
    workload("daemonsets", "DaemonSet", "kube-proxy", { "k8s-app": "kube-proxy" }, {}),
    workload("deployments", "Deployment", "coredns", { "k8s-app": "kube-dns" }, { replicas: 2 }),
  ];
}

function storageClass(): FurniturePiece {
  return {
    path: `/apis/storage.k8s.io/v1/storageclasses/${storageClassName}`,
    object: {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClassName, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: provisionerName,
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    },
  };
}

/** As kubeadm's kubelets show their static pods. */
function staticPod(component: string, node: string): FurniturePiece {
  const name = `${component}-${node}`;
  return {
    path: `/api/v1/namespaces/kube-system/pods/${name}`,
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "kube-system", labels: { component, tier: "control-plane" } },
      spec: { nodeName: node, priorityClassName: "system-node-critical", ...podSpec(component) },
    },
  };
}

function workload(
  resource: string,
  kind: string,
  name: string,
  labels: Record<string, string>,
  extra: object,
): FurniturePiece {
  return {
    path: `/apis/apps/v1/namespaces/kube-system/${resource}/${name}`,
    object: {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "kube-system", labels },
      spec: { ...extra, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(name) } },
    },
  };
}

/** Nothing is pulled and nothing runs: the image's name says so. */
function podSpec(name: string): object {
  return {
    hostNetwork: name !== "coredns",
    tolerations: [{ operator: "Exists" }],
    automountServiceAccountToken: false,
    containers: [{ name, image: `sandbox.belfry.dev/simulated/${name}` }],
  };
}

/** Applies the pieces one after the other. @throws KubeStatusError */
export async function placeFurniture(client: KubeClient, pieces: readonly FurniturePiece[]): Promise<void> {
  for (const { path, object } of pieces) await client.apply(path, object);
}

/** A rule that answers for all members of one program; `pods` is empty where there is nobody to answer for. */
export interface ForwardRule {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly pods: readonly string[];
  /** In the pod. */
  readonly port: number;
  /** On loopback. */
  readonly target: number;
}

export function forwardRules(pods: readonly Pod[], ports: SandboxPorts): ForwardRule[] {
  const rule = (name: "prometheus" | "alertmanager", port: number, target: number): ForwardRule => {
    const members = operatorPods(pods, name).map(({ metadata }) => metadata);
    return {
      name: `belfry-${name}`,
      namespaces: distinct(members.map(({ namespace }) => namespace ?? "")),
      pods: distinct(members.map((member) => member.name)),
      port,
      target,
    };
  };
  return [rule("alertmanager", 9093, ports.alertmanager), rule("prometheus", 9090, ports.prometheus)];
}

/** Without pods there is no rule: an empty selector would mean every pod. */
export async function applyForwardRule(client: KubeClient, rule: ForwardRule): Promise<void> {
  const path = `/apis/kwok.x-k8s.io/v1alpha1/clusterportforwards/${rule.name}`;
  if (rule.pods.length === 0) return client.delete(path);
  return client.apply(path, forwardObject(rule));
}

export function forwardObject(rule: ForwardRule): object {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "ClusterPortForward",
    metadata: { name: rule.name },
    spec: {
      selector: { matchNamespaces: rule.namespaces, matchNames: rule.pods },
      forwards: [{ ports: [rule.port], target: { address: loopback, port: rule.target } }],
    },
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
