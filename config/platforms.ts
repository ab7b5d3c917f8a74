/**
 * What the platforms can and cannot do, in this one place. A component asks here; none of them compares platform names.
 */
import type { Platform } from "./settings.ts";

/** Parts of the control plane that are scraped, with their alerts (`KubeSchedulerDown` and so on). */
export interface ControlPlaneScrapes {
  readonly etcd: boolean;
  readonly scheduler: boolean;
  readonly controllerManager: boolean;
  readonly proxy: boolean;
}

export interface PlatformFacts {
  /** What people call it. */
  readonly title: string;
  /** What Prometheus reaches as the platform comes. Scraping what it cannot reach gives alerts that fire for ever. */
  readonly controlPlane: ControlPlaneScrapes;
  /** Why some of the control plane is not scraped, as a sentence. */
  readonly controlPlaneReason: string;
  /** Whether Services may be made in kube-system (for CoreDNS, the kubelet). */
  readonly kubeSystemServices: boolean;
  /** Whether pods may use the node's network, process table and file system (node-exporter does). */
  readonly hostAccess: boolean;
  /** Why Trivy's node collector cannot do its work here, as the end of a sentence; undefined where it can. */
  readonly nodeCollectorProblem?: string;
}

const nothing: ControlPlaneScrapes = { etcd: false, scheduler: false, controllerManager: false, proxy: false };

const hidden = "The provider runs the control plane out of the cluster's reach.";
/** The collector reads files of the kubelet and of the control plane, and compares them with what kubeadm writes. */
const providersNodes = "the provider configures the nodes and keeps the control plane's files out of reach";

const loopbackOnly = "Its metrics listen on the node's loopback address, which Prometheus cannot reach from a pod.";

const facts: Readonly<Record<Platform, PlatformFacts>> = {
  eks: {
    title: "Amazon EKS",
    controlPlane: nothing,
    controlPlaneReason: hidden,
    kubeSystemServices: true,
    hostAccess: true,
    nodeCollectorProblem: providersNodes,
  },
  gke: {
    title: "Google GKE (Standard)",
    controlPlane: nothing,
    controlPlaneReason: hidden,
    kubeSystemServices: true,
    hostAccess: true,
    nodeCollectorProblem: providersNodes,
  },
  "gke-autopilot": {
    title: "Google GKE Autopilot",
    controlPlane: nothing,
    controlPlaneReason: hidden,
    kubeSystemServices: false,
    hostAccess: false,
    nodeCollectorProblem: "pods must not read files of the nodes",
  },
  aks: {
    title: "Azure AKS",
    controlPlane: nothing,
    controlPlaneReason: hidden,
    kubeSystemServices: true,
    hostAccess: true,
    nodeCollectorProblem: providersNodes,
  },
  kubeadm: {
    title: "kubeadm",
    controlPlane: nothing,
    controlPlaneReason: loopbackOnly,
    kubeSystemServices: true,
    hostAccess: true,
  },
  k3s: {
    title: "k3s",
    controlPlane: nothing,
    controlPlaneReason: "It runs inside one process without pods of its own, and its metrics listen on loopback.",
    kubeSystemServices: true,
    hostAccess: true,
  },
  kind: {
    title: "kind",
    controlPlane: nothing,
    controlPlaneReason: loopbackOnly,
    kubeSystemServices: true,
    hostAccess: true,
  },
  sandbox: {
    title: "the embedded cluster",
    controlPlane: nothing,
    controlPlaneReason: "It runs as processes beside the cluster, without pods.",
    kubeSystemServices: true,
    hostAccess: true,
  },
};

export function platformFacts(platform: Platform): PlatformFacts {
  return facts[platform];
}

/** Which parts of the control plane are scraped and watched on this platform. */
export function controlPlaneScrapes(platform: Platform): ControlPlaneScrapes {
  return facts[platform].controlPlane;
}
