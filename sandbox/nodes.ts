/** The simulated machines of the cluster. Nothing runs on them; kwok keeps them, and the pods placed on them, ready. */
import { CoreV1Api, type KubeConfig, loadYaml, type V1Node } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { programs } from "../config/versions.ts";
import { loopback } from "./layout.ts";
import { orUndefinedIf } from "./kube.ts";
import { bounded, until } from "./wait.ts";

const nodeCount = 2;
const callTimeoutMs = 10_000;
const readyTimeoutMs = 60_000;

/** Roomy enough for every component of the stack at its largest profile. */
const resources = { cpu: "16", memory: "64Gi", pods: "110", "ephemeral-storage": "200Gi" } as const;

/**
 * One node as it registers itself. Pure.
 *
 * @param index from 1
 */
export function simulatedNode(index: number) {
  const name = `belfry-node-${index}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node-role.kubernetes.io/worker": "",
        type: "kwok",
      },
    },
    // Addresses of pods are handed out from here, so that no two pods have the same one.
    spec: { podCIDR: `10.244.${index}.0/24`, podCIDRs: [`10.244.${index}.0/24`] },
    status: {
      capacity: { ...resources },
      allocatable: { ...resources },
      addresses: [
        { type: "InternalIP", address: `192.168.100.${10 + index}` },
        // The API server reaches a node by this one before the others: kwok answers there as its kubelet.
        { type: "Hostname", address: loopback },
      ],
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        osImage: "simulated",
        kernelVersion: "simulated",
        kubeletVersion: programs.kubernetes,
        kubeProxyVersion: programs.kubernetes,
        containerRuntimeVersion: `kwok://${programs.kwok.replace(/^v/, "")}`,
        bootID: "",
        machineID: "",
        systemUUID: "",
      },
    },
  };
}

/** Makes the nodes that are missing and waits until all are ready. @throws Error when they do not become ready */
export async function ensureNodes(config: KubeConfig, signal: AbortSignal): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  const wanted = Array.from({ length: nodeCount }, (_, index) => simulatedNode(index + 1));
  for (const node of wanted) {
    await orUndefinedIf(409, bounded(api.createNode({ body: loadYaml<V1Node>(stringify(node)) }), signal, callTimeoutMs));
  }
  const ready = await until(
    async () => {
      const { items } = await bounded(api.listNode(), signal, callTimeoutMs);
      const readyNames = new Set(items.filter(isNodeReady).map(({ metadata }) => metadata?.name));
      return wanted.every(({ metadata }) => readyNames.has(metadata.name)) ? true : undefined;
    },
    { signal, timeoutMs: readyTimeoutMs, intervalMs: 200 },
  );
  if (ready === undefined) throw new Error(`the simulated nodes are not ready after ${readyTimeoutMs / 1000} s`);
}

function isNodeReady({ status }: V1Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}
