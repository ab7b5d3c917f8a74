/** The Probe and ScrapeConfig objects by which Prometheus asks the exporter. Pure. */
import { createHash } from "node:crypto";

import type { DiscoveredProbes, ExternalProbe, ProbeSettings, Schedule } from "../../config/probe-settings.ts";
import { jobNames } from "../shared/names.ts";
import { moduleName } from "./modules.ts";
import { discoveredRelabelings, ingressRelabelings } from "./relabel.ts";

/** A custom object without its namespace. */
export interface ScrapeObject {
  readonly apiVersion: string;
  readonly kind: "Probe" | "ScrapeConfig";
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const probeApi = "monitoring.coreos.com/v1";
const scrapeConfigApi = "monitoring.coreos.com/v1alpha1";

/** Targets of one object at most: some hundred kilobytes, far below what the API server takes. */
const targetsPerObject = 1000;
/**
 * A Probe has one set of labels for all its targets. Up to this many sets that are asked alike have a Probe each; more of
 * them share a ScrapeConfig, or ten thousand targets with labels of their own would be as many jobs of Prometheus.
 */
const probesPerWay = 20;

const seconds = (amount: number) => `${amount}s`;

const scrapeSchedule = ({ intervalSeconds, timeoutSeconds }: Schedule) => ({
  scrapeInterval: seconds(intervalSeconds),
  scrapeTimeout: seconds(timeoutSeconds),
});

const probeSchedule = ({ intervalSeconds, timeoutSeconds }: Schedule) => ({
  interval: seconds(intervalSeconds),
  scrapeTimeout: seconds(timeoutSeconds),
});

/**
 * @param exporter `host:port` of the exporter
 * @param namespace namespace of these objects, which a target has as its label where it has none of its own
 */
export function probeObjects(probes: ProbeSettings, exporter: string, namespace: string): readonly ScrapeObject[] {
  const { services, ingresses, pods } = probes;
  return [
    ...externalObjects(probes.external, exporter, namespace),
    ...(services === undefined ? [] : [discoveredObject("services", services, exporter)]),
    ...(ingresses === undefined ? [] : [ingressObject(ingresses, exporter)]),
    ...(pods === undefined ? [] : [discoveredObject("pods", pods, exporter)]),
  ];
}

function discoveredObject(kind: "services" | "pods", probes: DiscoveredProbes, exporter: string): ScrapeObject {
  const { namespaces } = probes;
  return {
    apiVersion: scrapeConfigApi,
    kind: "ScrapeConfig",
    name: `belfry-probe-${kind}`,
    spec: {
      jobName: jobNames.probes[kind],
      metricsPath: "/probe",
      ...scrapeSchedule(probes),
      params: { module: [moduleName(probes.module)] },
      kubernetesSDConfigs: [
        {
          role: kind === "services" ? "Service" : "Pod",
          ...(namespaces.length === 0 ? {} : { namespaces: { names: namespaces } }),
        },
      ],
      relabelings: discoveredRelabelings(kind, probes, exporter),
    },
  };
}

function ingressObject(probes: DiscoveredProbes, exporter: string): ScrapeObject {
  const { namespaces } = probes;
  return {
    apiVersion: probeApi,
    kind: "Probe",
    name: "belfry-probe-ingresses",
    spec: {
      jobName: jobNames.probes.ingresses,
      ...probeSchedule(probes),
      module: moduleName(probes.module),
      prober: { url: exporter },
      targets: {
        ingress: {
          namespaceSelector: namespaces.length === 0 ? { any: true } : { matchNames: namespaces },
          selector: {},
          relabelingConfigs: ingressRelabelings(probes),
        },
      },
    },
  };
}

/** Targets by a key, in the order in which the keys appear first. */
function grouped(targets: readonly ExternalProbe[], keyOf: (target: ExternalProbe) => string): ExternalProbe[][] {
  const groups = new Map<string, ExternalProbe[]>();
  for (const target of targets) {
    const key = keyOf(target);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [target]);
    else group.push(target);
  }
  return [...groups.values()];
}

function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / targetsPerObject);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * targetsPerObject, (index + 1) * targetsPerObject),
  );
}

const wayOf = ({ module, intervalSeconds, timeoutSeconds }: ExternalProbe) =>
  JSON.stringify([moduleName(module), intervalSeconds, timeoutSeconds]);

const labelsOf = ({ labels }: ExternalProbe) => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The name says what the object stands for, not which position it has: a target that is added elsewhere must not change
 * the others' objects.
 */
function nameOf(prober: string, identity: string, chunk: number): string {
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 10);
  return `belfry-probe-external-${prober}-${hash}${chunk === 0 ? "" : `-${chunk + 1}`}`;
}

function externalObjects(external: readonly ExternalProbe[], exporter: string, namespace: string): ScrapeObject[] {
  return grouped(external, wayOf).flatMap((alike) => {
    const byLabels = grouped(alike, labelsOf);
    return byLabels.length > probesPerWay
      ? chunks(alike).map((targets, chunk) => sharedObject(targets, chunk, exporter, namespace))
      : byLabels.flatMap((targets) => chunks(targets).map((some, chunk) => staticProbe(some, chunk, exporter)));
  });
}

function staticProbe(targets: readonly ExternalProbe[], chunk: number, exporter: string): ScrapeObject {
  const [first] = targets as readonly [ExternalProbe, ...ExternalProbe[]];
  const labels = Object.keys(first.labels).length === 0 ? {} : { labels: first.labels };
  return {
    apiVersion: probeApi,
    kind: "Probe",
    name: nameOf(first.module.prober, `${wayOf(first)} ${labelsOf(first)}`, chunk),
    spec: {
      jobName: jobNames.probes.external,
      ...probeSchedule(first),
      module: moduleName(first.module),
      prober: { url: exporter },
      targets: { staticConfig: { static: targets.map(({ target }) => target), ...labels } },
    },
  };
}

function sharedObject(targets: readonly ExternalProbe[], chunk: number, exporter: string, namespace: string): ScrapeObject {
  const [first] = targets as readonly [ExternalProbe, ...ExternalProbe[]];
  return {
    apiVersion: scrapeConfigApi,
    kind: "ScrapeConfig",
    name: nameOf(first.module.prober, wayOf(first), chunk),
    spec: {
      jobName: jobNames.probes.external,
      metricsPath: "/probe",
      ...scrapeSchedule(first),
      params: { module: [moduleName(first.module)] },
      staticConfigs: grouped(targets, labelsOf).map((same) => ({
        targets: same.map(({ target }) => target),
        // As the operator does it for a Probe.
        labels: { namespace, ...same[0]?.labels },
      })),
      relabelings: [
        { sourceLabels: ["__address__"], targetLabel: "__param_target" },
        { sourceLabels: ["__param_target"], targetLabel: "instance" },
        { targetLabel: "__address__", replacement: exporter },
      ],
    },
  };
}
