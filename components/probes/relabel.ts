/** Relabelling: how a discovered object becomes a probe of the exporter. Pure. */
import { seriesLabel } from "../../config/probe-checks.ts";
import type { DiscoveredKind, DiscoveredProbes } from "../../config/probe-settings.ts";

/** One rule, as Probe and ScrapeConfig objects have it. */
export interface Relabeling {
  readonly action?: "keep" | "drop";
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

const roles = { services: "service", ingresses: "ingress", pods: "pod" } as const;

/** Labels that discovery gives an object of a kind. */
function meta(kind: DiscoveredKind) {
  const prefix = `__meta_kubernetes_${roles[kind]}`;
  const sanitized = (name: string) => name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return {
    name: `${prefix}_name`,
    own: (name: string) => `${prefix}_${name}`,
    annotation: (name: string) => `${prefix}_annotation_${sanitized(name)}`,
    label: (name: string) => `${prefix}_label_${sanitized(name)}`,
  };
}

const namespace = "__meta_kubernetes_namespace";
/** Kept for the user's own relabelling by Prometheus: it never becomes a label of a series. */
const scheme = "__tmp_belfry_scheme";
const path = "__tmp_belfry_path";

/**
 * Annotations by which an object says how it is probed. Port and path have names of their own, because
 * `prometheus.io/port` and `prometheus.io/path` are about metrics.
 */
export const annotations = {
  probe: "prometheus.io/probe",
  scheme: "prometheus.io/probe-scheme",
  port: "prometheus.io/probe-port",
  path: "prometheus.io/probe-path",
} as const;

/** What makes a pattern of a path, as the inside of a character class. */
const special = "*^$|()\\[\\]?+{}\\\\";

/** Which objects are probed at all. */
function selection(kind: DiscoveredKind, { select }: DiscoveredProbes): Relabeling[] {
  const probe = meta(kind).annotation(annotations.probe);
  return [
    select === "annotated"
      ? { action: "keep", sourceLabels: [probe], regex: "true" }
      : { action: "drop", sourceLabels: [probe], regex: "false" },
  ];
}

function objectLabels(kind: DiscoveredKind, names: readonly string[]): Relabeling[] {
  return names.map((name) => ({ sourceLabels: [meta(kind).label(name)], targetLabel: seriesLabel(name) }));
}

/** https by the port's name or number, unless the annotation says which. */
function schemeOf(kind: "services" | "pods"): Relabeling[] {
  const { own, annotation } = meta(kind);
  const portOwn = (what: string) => own(kind === "services" ? `port_${what}` : `container_port_${what}`);
  const https = { targetLabel: scheme, replacement: "https" };
  return [
    { targetLabel: scheme, replacement: "http" },
    { sourceLabels: [portOwn("name")], regex: "https(-.*)?", ...https },
    { sourceLabels: [portOwn("number")], regex: "443", ...https },
    // The port that the object names is not the one that was discovered: all of its ports lead to the same probe.
    { sourceLabels: [annotation(annotations.port)], regex: "\\d+", targetLabel: scheme, replacement: "http" },
    { sourceLabels: [annotation(annotations.port)], regex: "443", ...https },
    { sourceLabels: [annotation(annotations.scheme)], regex: "(https?)", targetLabel: scheme, replacement: "$1" },
  ];
}

function pathOf(kind: DiscoveredKind): Relabeling[] {
  const source = [meta(kind).annotation(annotations.path)];
  return [
    { sourceLabels: source, regex: "(/.*)", targetLabel: path, replacement: "$1" },
    { sourceLabels: source, regex: "([^/].*)", targetLabel: path, replacement: "/$1" },
  ];
}

/** Which discovered ports are asked. */
function ports(kind: "services" | "pods"): Relabeling[] {
  const { own, annotation } = meta(kind);
  if (kind === "services") {
    return [
      { action: "keep", sourceLabels: [own("port_protocol")], regex: "TCP" },
      {
        sourceLabels: ["__address__", annotation(annotations.port)],
        regex: "(.+):\\d+;(\\d+)",
        targetLabel: "__address__",
        replacement: "$1:$2",
      },
    ];
  }
  const address = [own("ip"), annotation(annotations.port)];
  return [
    { action: "drop", sourceLabels: [own("phase")], regex: "Succeeded|Failed" },
    { action: "drop", sourceLabels: [own("container_init")], regex: "true" },
    // The port that the object names needs no container that declares it.
    { action: "keep", sourceLabels: [own("container_port_protocol"), annotation(annotations.port)], regex: "(TCP)?;.*|.*;\\d+" },
    // A container without ports is found without one.
    { action: "drop", sourceLabels: [own("container_port_number"), annotation(annotations.port)], regex: ";" },
    { sourceLabels: address, regex: "([^:;]+);(\\d+)", targetLabel: "__address__", replacement: "$1:$2" },
    { sourceLabels: address, regex: "([^;]*:[^;]*);(\\d+)", targetLabel: "__address__", replacement: "[$1]:$2" },
  ];
}

/**
 * The whole way from a discovered Service or Pod to a request to the exporter.
 *
 * @param exporter `host:port`
 */
export function discoveredRelabelings(
  kind: "services" | "pods",
  probes: DiscoveredProbes,
  exporter: string,
): readonly Relabeling[] {
  const target: Relabeling[] =
    probes.module.prober === "http"
      ? [
          ...schemeOf(kind),
          { targetLabel: path, replacement: probes.path ?? "/" },
          ...pathOf(kind),
          {
            sourceLabels: [scheme, "__address__", path],
            regex: "(.+);(.+);(.+)",
            targetLabel: "__param_target",
            replacement: "$1://$2$3",
          },
        ]
      : [{ sourceLabels: ["__address__"], targetLabel: "__param_target" }];
  return [
    ...selection(kind, probes),
    ...ports(kind),
    ...target,
    { targetLabel: "__address__", replacement: exporter },
    { sourceLabels: ["__param_target"], targetLabel: "instance" },
    { sourceLabels: [namespace], targetLabel: "namespace" },
    { sourceLabels: [meta(kind).name], targetLabel: roles[kind] },
    ...objectLabels(kind, probes.objectLabels),
  ];
}

/**
 * What is added to the operator's own rules for an Ingress, which it puts first: they have set namespace, ingress and the
 * exporter's address already.
 */
export function ingressRelabelings(probes: DiscoveredProbes): readonly Relabeling[] {
  const { own, annotation } = meta("ingresses");
  return [
    ...selection("ingresses", probes),
    // A rule without host, or for all hosts below a name, has no address that could be asked.
    { action: "drop", sourceLabels: [own("host")], regex: "|\\*.*" },
    { sourceLabels: [own("scheme")], targetLabel: scheme },
    { sourceLabels: [annotation(annotations.scheme)], regex: "(https?)", targetLabel: scheme, replacement: "$1" },
    // Of a path that is a pattern, the part before the pattern, without the dot that it repeats.
    { sourceLabels: [own("path")], regex: `([^${special}]*?)(?:\\.?[${special}].*)?`, targetLabel: path, replacement: "$1" },
    { sourceLabels: [path], regex: "^$", targetLabel: path, replacement: "/" },
    ...pathOf("ingresses"),
    {
      sourceLabels: [scheme, own("host"), path],
      regex: "(.+);(.+);(.+)",
      targetLabel: "__param_target",
      replacement: "$1://$2$3",
    },
    { sourceLabels: ["__param_target"], targetLabel: "instance" },
    ...objectLabels("ingresses", probes.objectLabels),
  ];
}
