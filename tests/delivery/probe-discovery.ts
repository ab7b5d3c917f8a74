/** A real Prometheus that discovers what is to be probed, with the configuration that the operator makes of our objects. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeObjects, type ScrapeObject } from "../../components/probes/objects.ts";
import type { Relabeling } from "../../components/probes/relabel.ts";
import type { DiscoveredKind, DiscoveredProbes } from "../../config/probe-settings.ts";
import { loopback } from "../../sandbox/layout.ts";
import { until } from "../../sandbox/wait.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { type Cluster, startDiscoveryApi } from "./discovery-api.ts";
import { freePort } from "./verify-harness.ts";

/** Nobody listens there: the probes themselves are not what is looked at. */
export const exporter = `${loopback}:1`;

/** One way of looking for one kind of objects; its name is the name of the scrape job. */
export interface Search {
  readonly kind: DiscoveredKind;
  readonly probes: DiscoveredProbes;
}

export interface FoundTarget {
  /** The request to the exporter. */
  readonly scrapeUrl: string;
  /** All labels that its series get. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Found {
  /** Sorted by request. */
  readonly targets: readonly FoundTarget[];
  /** Names of the objects that are not probed at all, sorted. */
  readonly left: readonly string[];
}

interface Rule {
  readonly action?: string;
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly target_label?: string;
  readonly regex?: string;
  readonly replacement?: string;
}

const rule = ({ sourceLabels, targetLabel, ...same }: Relabeling): Rule => ({
  ...same,
  ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
  ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
});

interface ScrapeConfigSpec {
  readonly jobName: string;
  readonly metricsPath: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly kubernetesSDConfigs: readonly { readonly role: string; readonly namespaces?: { readonly names: readonly string[] } }[];
  readonly relabelings: readonly Relabeling[];
}

interface ProbeSpec {
  readonly jobName: string;
  readonly module: string;
  readonly prober: { readonly url: string };
  readonly targets: {
    readonly ingress: {
      readonly namespaceSelector: { readonly any?: true; readonly matchNames?: readonly string[] };
      readonly relabelingConfigs: readonly Relabeling[];
    };
  };
}

/** What the operator sets for every target of an Ingress, before our own rules. */
const operatorsIngressRules = (url: string): readonly Rule[] => [
  {
    source_labels: ["__meta_kubernetes_ingress_scheme", "__address__", "__meta_kubernetes_ingress_path"],
    regex: "(.+);(.+);(.+)",
    target_label: "__param_target",
    replacement: "${1}://${2}${3}",
  },
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_ingress_name"], target_label: "ingress" },
  { source_labels: ["__address__"], target_label: "__tmp_ingress_address" },
  { source_labels: ["__param_target"], target_label: "instance" },
  { target_label: "__address__", replacement: url },
];

/** The scrape job that the operator makes of an object. */
function scrapeJob(name: string, object: ScrapeObject, apiServer: string): Readonly<Record<string, unknown>> {
  const discovery = (role: string, names: readonly string[] | undefined) => [
    { api_server: apiServer, role: role.toLowerCase(), ...(names === undefined ? {} : { namespaces: { names } }) },
  ];
  const first = (job: string): Rule[] => [
    { source_labels: ["job"], target_label: "__tmp_prometheus_job_name" },
    { target_label: "job", replacement: job },
  ];
  if (object.kind === "Probe") {
    const { jobName, module, prober, targets } = object.spec as unknown as ProbeSpec;
    const { namespaceSelector, relabelingConfigs } = targets.ingress;
    return {
      job_name: name,
      metrics_path: "/probe",
      params: { module: [module] },
      kubernetes_sd_configs: discovery("ingress", namespaceSelector.matchNames),
      relabel_configs: [...first(jobName), ...operatorsIngressRules(prober.url), ...relabelingConfigs.map(rule)],
    };
  }
  const { jobName, metricsPath, params, kubernetesSDConfigs, relabelings } = object.spec as unknown as ScrapeConfigSpec;
  return {
    job_name: name,
    metrics_path: metricsPath,
    params,
    kubernetes_sd_configs: kubernetesSDConfigs.flatMap(({ role, namespaces }) => discovery(role, namespaces?.names)),
    relabel_configs: [...first(jobName), ...relabelings.map(rule)],
  };
}

interface ApiTarget {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
}

const roles = { services: "service", ingresses: "ingress", pods: "pod" } as const;

/** @returns what each search found, by the search's name, once Prometheus has seen every object of the cluster that it can */
export async function discovered(
  cluster: Cluster,
  searches: Readonly<Record<string, Search>>,
  hidden: readonly string[],
): Promise<Readonly<Record<string, Found>>> {
  const { prometheus: program } = await sandboxTools(["prometheus"]);
  const api = await startDiscoveryApi(cluster);
  const directory = await mkdtemp(join(tmpdir(), "belfry-probe-discovery-"));
  const jobs = Object.entries(searches).flatMap(([name, { kind, probes }]) =>
    probeObjects({ external: [], logins: [], [kind]: probes }, exporter, "monitoring").map((object) => scrapeJob(name, object, api.url)),
  );
  const config = join(directory, "prometheus.yaml");
  await writeFile(config, JSON.stringify({ scrape_configs: jobs }));
  const address = `${loopback}:${String(await freePort())}`;
  const child = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, "data")}`, `--web.listen-address=${address}`],
    { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "" } },
  );
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  try {
    const found = await until(
      async () => {
        assert.equal(child.exitCode, null, log);
        const answer = await fetch(`http://${address}/api/v1/targets`).then((one) => (one.ok ? one.json() : undefined), () => undefined);
        if (answer === undefined) return undefined;
        const { data } = answer as { data: { activeTargets: ApiTarget[]; droppedTargets: ApiTarget[] } };
        const results = Object.entries(searches).map(([name, search]) => [name, result(name, search, data)] as const);
        return results.every(([name, { seen }]) => seen.size === expected(searches[name], cluster, hidden))
          ? Object.fromEntries(results.map(([name, one]) => [name, one.found]))
          : undefined;
      },
      { timeoutMs: 60_000 },
    );
    assert.ok(found !== undefined, `Prometheus did not see every object:\n${log}`);
    return found;
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await Promise.all([child.exitCode === null ? ended : undefined, api.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** How many objects a search can see. */
function expected(search: Search | undefined, cluster: Cluster, hidden: readonly string[]): number {
  assert.ok(search !== undefined);
  const { namespaces } = search.probes;
  const there = ({ metadata }: Cluster["pods"][number]) =>
    !hidden.includes(metadata.name) && (namespaces.length === 0 || namespaces.includes(metadata.namespace));
  return cluster[search.kind].filter(there).length;
}

function result(
  name: string,
  { kind }: Search,
  { activeTargets, droppedTargets }: { activeTargets: readonly ApiTarget[]; droppedTargets: readonly ApiTarget[] },
): { seen: ReadonlySet<string>; found: Found } {
  const of = (targets: readonly ApiTarget[]) => targets.filter(({ scrapePool }) => scrapePool === name);
  const nameOf = ({ discoveredLabels }: ApiTarget) => discoveredLabels[`__meta_kubernetes_${roles[kind]}_name`] ?? "";
  const active = of(activeTargets);
  const probed = new Set(active.map(nameOf));
  const seen = new Set([...probed, ...of(droppedTargets).map(nameOf)]);
  const targets = active
    .map(({ scrapeUrl, labels }) => ({ scrapeUrl, labels }))
    .sort((a, b) => (a.scrapeUrl < b.scrapeUrl ? -1 : 1));
  return { seen, found: { targets, left: [...seen].filter((one) => !probed.has(one)).sort() } };
}
