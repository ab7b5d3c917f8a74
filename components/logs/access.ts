/** Who may reach Loki and Alloy: neither asks anybody who he is. Pure. */
import type * as pulumi from "@pulumi/pulumi";

import { namespaceNames } from "../shared/names.ts";
import type { NetworkPolicyArgs, Pods } from "../shared/network-policy.ts";

const nameLabel = "app.kubernetes.io/name";
const lokiPorts = { http: 3100, grpc: 9095, memberlist: 7946 } as const;
const alloyPort = 12_345;

/** @param monitoring namespace of Grafana and Prometheus */
export function logAccess(monitoring: pulumi.Input<string>): Omit<NetworkPolicyArgs, "namespace">[] {
  const prometheus: Pods = { namespace: monitoring, labels: { [nameLabel]: "prometheus" } };
  const grafana: Pods = { namespace: monitoring, labels: { [nameLabel]: "grafana" } };
  const falcosidekick: Pods = { namespace: namespaceNames.falco, labels: { [nameLabel]: "falcosidekick" } };
  const loki = { [nameLabel]: "loki" };
  const alloy = { [nameLabel]: "alloy" };
  return [
    // Whatever else somebody puts into this namespace is reached by nobody.
    { name: "deny-all", allow: [] },
    {
      name: "loki",
      labels: loki,
      allow: [
        { from: [{ labels: alloy }, grafana, prometheus, falcosidekick], ports: [lokiPorts.http] },
        // Its parts find and call each other by the address of the pod, also when they are one process.
        { from: [{ labels: loki }], ports: [lokiPorts.grpc, lokiPorts.memberlist] },
      ],
    },
    { name: "alloy", labels: alloy, allow: [{ from: [prometheus], ports: [alloyPort] }] },
  ];
}
