/** What a stack asks of the cluster: CPU, memory and storage, before and after. Pure. */
import { isRecord } from "../../config/secrets.ts";
import { quantity } from "../../sandbox/daemon/exporter/quantity.ts";
import type { Amounts, RequestsChange, WorkloadRequest } from "./model.ts";
import { same } from "./paths.ts";
import { type Body, type Release, type Rendered, type StackObject, titleOf } from "./rendered.ts";

export const noAmounts: Amounts = { cpu: 0, memory: 0, storage: 0 };

interface Request {
  readonly workload: string;
  readonly perNode: boolean;
  readonly amounts: Amounts;
}

/** Undefined: nothing changes. */
export function requestsChange(before: Rendered, after: Rendered): RequestsChange | null {
  const [old, now] = [byWorkload(before), byWorkload(after)];
  const workloads = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((workload): WorkloadRequest[] => {
    const [a, b] = [old.get(workload), now.get(workload)];
    if (same(a, b)) return [];
    return [
      {
        workload,
        perNode: (b ?? a)?.perNode ?? false,
        ...(a === undefined ? {} : { before: a.amounts }),
        ...(b === undefined ? {} : { after: b.amounts }),
      },
    ];
  });
  if (workloads.length === 0) return null;
  const sum = (these: ReadonlyMap<string, Request>, perNode: boolean) =>
    [...these.values()].filter((one) => one.perNode === perNode).map(({ amounts }) => amounts).reduce(add, noAmounts);
  return {
    before: sum(old, false),
    after: sum(now, false),
    perNode: { before: sum(old, true), after: sum(now, true) },
    workloads,
  };
}

function byWorkload(side: Rendered): Map<string, Request> {
  const requests = [
    ...side.objects.flatMap(objectRequest),
    ...side.releases.filter(({ name }) => !side.charted.has(name)).flatMap(releaseRequests),
  ];
  return new Map(requests.map((request) => [request.workload, request]));
}

function add(a: Amounts, b: Amounts): Amounts {
  // Without the noise of binary fractions.
  return { cpu: Math.round((a.cpu + b.cpu) * 1e6) / 1e6, memory: a.memory + b.memory, storage: a.storage + b.storage };
}

function times({ cpu, memory, storage }: Amounts, count: number): Amounts {
  return { cpu: Math.round(cpu * count * 1e6) / 1e6, memory: memory * count, storage: storage * count };
}

const at = (value: unknown, ...path: string[]): unknown => path.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function amount(value: unknown): number {
  const number = typeof value === "number" ? value : typeof value === "string" ? quantity(value) : NaN;
  return Number.isFinite(number) && number > 0 ? number : 0;
}

function requested(resources: unknown): Amounts {
  return { cpu: amount(at(resources, "requests", "cpu")), memory: amount(at(resources, "requests", "memory")), storage: 0 };
}

const claimed = (claim: unknown): Amounts => ({ ...noAmounts, storage: amount(at(claim, "spec", "resources", "requests", "storage")) });

function count(value: unknown): number {
  return typeof value === "number" ? value : 1;
}

/** Init containers run one after the other, before the others. */
function podRequest(spec: unknown): Amounts {
  const of = (key: string) => list(at(spec, key)).map((container) => requested(at(container, "resources")));
  const running = of("containers").reduce(add, noAmounts);
  const [cpu, memory] = (["cpu", "memory"] as const).map((what) => Math.max(running[what], ...of("initContainers").map((one) => one[what])));
  return { cpu: cpu ?? 0, memory: memory ?? 0, storage: 0 };
}

function objectRequest(object: StackObject): Request[] {
  const { kind, body } = object;
  const spec = body["spec"];
  const of = (amounts: Amounts, perNode = false) => [{ workload: titleOf(object), perNode, amounts }];
  switch (kind) {
    case "Deployment":
      return of(times(podRequest(at(spec, "template", "spec")), count(at(spec, "replicas"))));
    case "StatefulSet": {
      const claims = list(at(spec, "volumeClaimTemplates")).map(claimed).reduce(add, noAmounts);
      return of(times(add(podRequest(at(spec, "template", "spec")), claims), count(at(spec, "replicas"))));
    }
    case "DaemonSet":
      return of(podRequest(at(spec, "template", "spec")), true);
    case "Pod":
      return of(podRequest(spec));
    case "PersistentVolumeClaim":
      return of(claimed(body));
    case "Prometheus":
    case "Alertmanager": {
      const one = add(add(requested(at(spec, "resources")), podRequest(spec)), claimed(at(spec, "storage", "volumeClaimTemplate")));
      return of(times(one, count(at(spec, "replicas")) * count(at(spec, "shards"))));
    }
    default:
      return [];
  }
}

/** Where the values of a chart speak of what runs on every node. */
const onEveryNode: readonly { readonly chart: string; readonly path: RegExp }[] = [
  { chart: "kube-prometheus-stack", path: /^prometheus-node-exporter\b/ },
  { chart: "falco", path: /^(?:resources$|falcoctl\b|driver\b)/ },
  { chart: "alloy", path: /^(?:alloy|configReloader|controller)\b/ },
];

/** What scan jobs ask for while they run; the volume beside it is the server's. */
const ofJobs: readonly { readonly chart: string; readonly path: string }[] = [{ chart: "trivy-operator", path: "trivy" }];

/** As far as the values say it: a map `resources` with `requests`, times the replicas that stand beside or above it. */
function releaseRequests({ name, chart, values }: Release): Request[] {
  const found: Request[] = [];
  const visit = (part: Body, path: string, replicasAbove: number) => {
    const replicas = [part["replicas"], part["replicaCount"]].find((value) => typeof value === "number") ?? replicasAbove;
    const jobs = ofJobs.some((one) => one.chart === chart && one.path === path);
    const amounts = add(jobs ? noAmounts : requested(part["resources"]), volumes(part));
    if (!same(amounts, noAmounts)) {
      const where = path === "" ? "resources" : path;
      const perNode = onEveryNode.some((one) => one.chart === chart && one.path.test(where));
      found.push({ workload: `Release ${name}: ${where}`, perNode, amounts: times(amounts, perNode ? 1 : replicas) });
    }
    for (const [key, member] of Object.entries(part)) {
      // Below this key stands what scanners and tests of a chart would ask for, or what is not a part of its own.
      if (isRecord(member) && !["resources", "config"].includes(key)) visit(member, path === "" ? key : `${path}.${key}`, inherits.has(key) ? replicas : 1);
    }
  };
  visit(values, "", 1);
  return found;
}

/** Parts of the same pod as the part above. */
const inherits = new Set(["persistence", "storage", "storageSpec", "volumeClaimTemplate", "sidecar", "dashboards", "spec"]);

/** The ways in which the charts write the size of a volume. */
function volumes(part: Body): Amounts {
  const { storageSpec, storage, persistence } = part;
  const template = [storageSpec, storage].map((one) => claimed(at(one, "volumeClaimTemplate"))).reduce(add, noAmounts);
  const enabled = at(persistence, "enabled") !== false;
  const persisted = enabled ? amount(at(persistence, "size")) : 0;
  const named = part["storageEnabled"] === false ? 0 : amount(part["storageSize"]);
  return { ...noAmounts, storage: template.storage + persisted + named };
}
