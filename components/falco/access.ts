/** Who reaches Falco, falcosidekick and its page, in the cluster and from outside. Pure. */
import type { InstalledFalco, MetricsAccess } from "../../config/settings-falco.ts";
import { falcoNames, releaseNames } from "../shared/names.ts";
import type { Access, NetworkPolicyArgs, Pods } from "../shared/network-policy.ts";
import { uiPort } from "./ui.ts";

const nameLabel = "app.kubernetes.io/name";
const componentLabel = "app.kubernetes.io/component";
const ports = { falco: 8765, falcosidekick: 2801, redis: 6379 } as const;

const labels = {
  falco: { [nameLabel]: "falco", "app.kubernetes.io/instance": releaseNames.falco },
  falcosidekick: { [nameLabel]: "falcosidekick", [componentLabel]: "core" },
  ui: { [nameLabel]: "falcosidekick", [componentLabel]: "ui" },
  redis: { [nameLabel]: "falcosidekick", [componentLabel]: "ui-redis" },
} as const;

/**
 * Whoever reaches falcosidekick can report events that never were, and nobody asks who he is.
 *
 * @param monitoring namespace of Prometheus
 */
export function falcoPolicies(
  { ui, metricsAccess }: Pick<InstalledFalco, "ui" | "metricsAccess">,
  monitoring: Pods["namespace"],
): Omit<NetworkPolicyArgs, "namespace">[] {
  const prometheus: Pods = {
    ...(monitoring === undefined ? {} : { namespace: monitoring }),
    labels: { [nameLabel]: "prometheus" },
  };
  const outside = (metricsAccess?.sourceRanges ?? []).map((cidr) => ({ cidr }));
  const allow = (from: Access["from"], port: number): Access[] => [{ from, ports: [port] }];
  const falcoOutside = metricsAccess?.type === "nodePort" ? outside : [];
  return [
    { name: "falco", labels: labels.falco, allow: allow([prometheus, ...falcoOutside], ports.falco) },
    {
      name: "falcosidekick",
      labels: labels.falcosidekick,
      allow: allow([{ labels: labels.falco }, prometheus, ...outside], ports.falcosidekick),
    },
    ...(ui === undefined
      ? []
      : [{ name: "falcosidekick-ui-redis", labels: labels.redis, allow: allow([{ labels: labels.ui }], ports.redis) }]),
  ];
}

/** A Service for the outside, in the form that Kubernetes takes. */
export interface OutsideService {
  /** Its name in the cluster, and the end of its name in the program. */
  readonly name: string;
  readonly spec: {
    readonly type: "LoadBalancer" | "NodePort";
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly nodePort?: number }[];
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly externalTrafficPolicy?: "Local";
    readonly sessionAffinity?: "ClientIP";
  };
}

export function outsideServices({ ui, metricsAccess }: Pick<InstalledFalco, "ui" | "metricsAccess">): OutsideService[] {
  const page = ui?.access === undefined || ui.access.type === "ingress" ? [] : [uiService(ui.access)];
  return [...page, ...(metricsAccess === undefined ? [] : metricsServices(metricsAccess))];
}

function uiService(
  access: Exclude<NonNullable<NonNullable<InstalledFalco["ui"]>["access"]>, { type: "ingress" }>,
): OutsideService {
  const http = { name: "http", port: uiPort };
  const common = { selector: labels.ui, ports: [http] };
  return {
    name: falcoNames.uiService,
    spec:
      access.type === "loadBalancer"
        ? { type: "LoadBalancer", ...common, loadBalancerSourceRanges: access.sourceRanges }
        : {
            type: "NodePort",
            ...common,
            ports: [access.port === undefined ? http : { ...http, nodePort: access.port }],
          },
  };
}

function metricsServices({ type, sourceRanges }: MetricsAccess): OutsideService[] {
  const { falco, falcosidekick } = falcoNames.metricsServices;
  if (type === "loadBalancer") {
    return [
      {
        name: falcosidekick,
        spec: {
          type: "LoadBalancer",
          selector: labels.falcosidekick,
          ports: [{ name: "http", port: ports.falcosidekick }],
          loadBalancerSourceRanges: sourceRanges,
          // The caller's address, for the source ranges of the network policy.
          externalTrafficPolicy: "Local",
          // Each pod counts for itself: one Prometheus must stay with one of them.
          sessionAffinity: "ClientIP",
        },
      },
    ];
  }
  return [
    {
      name: falco,
      // A node answers for its own Falco, and the network policy sees who asks.
      spec: {
        type: "NodePort",
        selector: labels.falco,
        ports: [{ name: "metrics", port: ports.falco }],
        externalTrafficPolicy: "Local",
      },
    },
    {
      name: falcosidekick,
      spec: {
        type: "NodePort",
        selector: labels.falcosidekick,
        ports: [{ name: "http", port: ports.falcosidekick }],
        externalTrafficPolicy: "Local",
        sessionAffinity: "ClientIP",
      },
    },
  ];
}
