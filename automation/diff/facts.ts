/** What one side grants and opens: images, privileges, ways in. Each is a fact that the other side may not have. Pure. */
import { isRecord } from "../../config/secrets.ts";
import type { Finding } from "./model.ts";
import { type Release, type Rendered, type StackObject, titleOf } from "./rendered.ts";

export type Fact = Pick<Finding, "kind" | "object" | "text">;

/** @returns each fact once, in the order of the objects */
export function factsOf(side: Rendered): Fact[] {
  const facts = [...side.objects.flatMap(objectFacts), ...side.releases.filter(({ name }) => !side.charted.has(name)).flatMap(releaseFacts)];
  return [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()];
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown) => (typeof value === "string" ? value : "");
const texts = (value: unknown) => list(value).map(text);

/** Kinds whose contents are not parts of pods. */
const otherKinds = new Set(["ConfigMap", "Secret", "CustomResourceDefinition", "PrometheusRule", "AlertmanagerConfig", "Probe", "ScrapeConfig"]);

function objectFacts(object: StackObject): Fact[] {
  const { kind, body } = object;
  const title = titleOf(object);
  const fact = (what: Fact["kind"]) => (said: string): Fact => ({ kind: what, object: title, text: said });
  switch (kind) {
    case "ClusterRole":
    case "Role":
      return list(body["rules"]).flatMap(permissions).map(fact("privilege"));
    case "ClusterRoleBinding":
    case "RoleBinding":
      return bindings(body).map(fact("privilege"));
    case "Namespace":
      return securityLevel(body).map(fact("privilege"));
    case "Service":
      return serviceOpenings(body["spec"]).map(fact("network"));
    case "Ingress":
      return ingressOpenings(body["spec"]).map(fact("network"));
    default:
      return otherKinds.has(kind) ? [] : podFacts(body, title);
  }
}

/** One sentence for each verb, so that a single new one is seen. */
function permissions(rule: unknown): string[] {
  if (!isRecord(rule)) return [];
  const only = texts(rule["resourceNames"]);
  const groups = texts(rule["apiGroups"]);
  const resources = texts(rule["resources"]).flatMap((resource) =>
    (groups.length === 0 ? [""] : groups).map((group) => `${resource}${group === "" ? "" : `.${group}`}${only.length === 0 ? "" : ` named ${only.join(", ")}`}`),
  );
  const targets = [...resources, ...texts(rule["nonResourceURLs"])];
  return texts(rule["verbs"]).flatMap((verb) => targets.map((target) => `may ${verb} ${target}`));
}

function bindings(body: Readonly<Record<string, unknown>>): string[] {
  const role = isRecord(body["roleRef"]) ? `${text(body["roleRef"]["kind"])} ${text(body["roleRef"]["name"])}` : "";
  return list(body["subjects"]).flatMap((subject) => {
    if (!isRecord(subject)) return [];
    const namespace = text(subject["namespace"]);
    return [`gives ${role} to ${text(subject["kind"])} ${namespace === "" ? "" : `${namespace}/`}${text(subject["name"])}`];
  });
}

function securityLevel(body: Readonly<Record<string, unknown>>): string[] {
  const { metadata } = body;
  const labels = isRecord(metadata) && isRecord(metadata["labels"]) ? metadata["labels"] : {};
  const level = text(labels["pod-security.kubernetes.io/enforce"]);
  if (level === "restricted") return [];
  return [level === "" ? "sets no limit to what its pods may do" : `lets its pods have the level ${level}`];
}

function serviceOpenings(spec: unknown): string[] {
  if (!isRecord(spec)) return [];
  const type = text(spec["type"]);
  const outside = texts(spec["externalIPs"]).map((address) => `is reached at the address ${address}`);
  if (type !== "LoadBalancer" && type !== "NodePort") return outside;
  const ports = list(spec["ports"]).flatMap((port) => (isRecord(port) ? [String(port["port"])] : [])).join(", ");
  const ranges = texts(spec["loadBalancerSourceRanges"]);
  const from = type === "NodePort" ? "" : ` from ${ranges.length === 0 ? "everywhere" : ranges.join(", ")}`;
  return [`is reached from outside the cluster (${type}, port ${ports})${from}`, ...outside];
}

function ingressOpenings(spec: unknown): string[] {
  if (!isRecord(spec)) return [];
  return list(spec["rules"]).flatMap((rule) => {
    if (!isRecord(rule)) return [];
    const paths = isRecord(rule["http"]) ? list(rule["http"]["paths"]) : [];
    const host = text(rule["host"]);
    const all = paths.flatMap((path) => (isRecord(path) ? [text(path["path"])] : []));
    return (all.length === 0 ? ["/"] : all).map((path) => `answers at ${host === "" ? "every host" : host}${path}`);
  });
}

/** Switches in a pod that give it more of the node, in words. */
const switches: Readonly<Record<string, string>> = {
  privileged: "runs privileged",
  hostNetwork: "uses the node's network",
  hostPID: "sees the node's processes",
  hostIPC: "shares the node's memory",
  allowPrivilegeEscalation: "may gain privileges",
};

/** Images, privileges and ports of whatever runs, in objects and in the values of charts alike. */
function podFacts(body: unknown, title: string): Fact[] {
  const facts: Fact[] = [];
  const visit = (part: unknown, path: string, key: string) => {
    if (Array.isArray(part)) {
      for (const item of part as unknown[]) visit(item, isRecord(item) && typeof item["name"] === "string" ? `${path}[${item["name"]}]` : path, "");
      return;
    }
    if (!isRecord(part)) return;
    const where = path === "" ? "" : ` (${path})`;
    const add = (kind: Fact["kind"], said: string) => facts.push({ kind, object: title, text: `${said}${where}` });
    for (const [name, said] of Object.entries(switches)) if (part[name] === true) add("privilege", said);
    if (part["runAsUser"] === 0) add("privilege", "runs as root");
    if (isRecord(part["hostPath"])) add("privilege", `mounts ${text(part["hostPath"]["path"])} of the node`);
    if (key === "capabilities") for (const name of texts(part["add"])) add("privilege", `has the capability ${name}`);
    if (typeof part["hostPort"] === "number") add("network", `is reached at port ${String(part["hostPort"])} of its node`);
    const image = imageOf(part["image"]);
    if (image !== undefined) facts.push({ kind: "image", object: title, text: image });
    for (const [name, member] of Object.entries(part)) {
      if (name !== "image") visit(member, inPath.has(name) ? (path === "" ? name : `${path}.${name}`) : path, name);
    }
  };
  visit(body, "", "");
  return facts;
}

/** Keys that tell a reader which part of a pod is meant. */
const inPath = new Set(["containers", "initContainers", "volumes"]);

function imageOf(image: unknown): string | undefined {
  if (typeof image === "string") return image === "" ? undefined : image;
  if (!isRecord(image)) return undefined;
  const repository = [text(image["registry"]), text(image["repository"])].filter((part) => part !== "").join("/");
  const [tag, digest] = [text(image["tag"]), text(image["digest"]) || text(image["sha"])];
  if (repository === "" && tag === "" && digest === "") return undefined;
  return `${repository === "" ? "the chart's image" : repository}${tag === "" ? "" : `:${tag}`}${digest === "" ? "" : `@${digest}`}`;
}

/** Values of charts that give much and do not look like it. */
const grants: readonly { readonly chart: string; readonly path: readonly string[]; readonly unless?: true; readonly text: string }[] = [
  { chart: "falco", path: ["driver", "modernEbpf", "leastPrivileged"], unless: true, text: "Falco's pods run privileged (driver.modernEbpf.leastPrivileged is off)" },
  { chart: "trivy-operator", path: ["operator", "accessGlobalSecretsAndServiceAccount"], text: "reads Secrets and service accounts of all namespaces" },
];

/** As far as the values say it: what a chart does by itself is not known without it. */
function releaseFacts(release: Release): Fact[] {
  const { name, chart, values } = release;
  const title = `Release ${name}`;
  const granted = grants
    .filter((one) => one.chart === chart && (path(values, one.path) === true) !== (one.unless ?? false))
    .map((one): Fact => ({ kind: "privilege", object: title, text: one.text }));
  const openings: Fact[] = [];
  const visit = (part: unknown, where: string) => {
    if (!isRecord(part)) return;
    const { type, enabled, hosts } = part;
    if (/(?:^|\.)\w*service$/i.test(where) && (type === "LoadBalancer" || type === "NodePort")) {
      openings.push({ kind: "network", object: title, text: `${where} is reached from outside the cluster (${type})` });
    }
    if (/(?:^|\.)ingress$/i.test(where) && enabled === true) {
      const all = list(hosts).map((host) => (isRecord(host) ? text(host["host"]) : text(host)));
      for (const host of all.length === 0 ? ["every host"] : all) openings.push({ kind: "network", object: title, text: `${where} answers at ${host}` });
    }
    for (const [key, member] of Object.entries(part)) visit(member, where === "" ? key : `${where}.${key}`);
  };
  visit(values, "");
  return [...granted, ...podFacts(values, title), ...openings];
}

function path(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), value);
}
