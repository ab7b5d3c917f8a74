/**
 * What runs beside the simulated cluster: sinks and chart repository, the exporter, the provisioner, and the real
 * operator, Prometheus and Alertmanager for as long as the cluster has pods of them.
 */
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { sandboxProcessEnvironment } from "../environment.ts";
import { privateDirectory, readIfThere, writePrivateFile } from "../files.ts";
import { sandboxContext, type SandboxLayout, type SandboxState } from "../layout.ts";
import { ProcessTable } from "../processes.ts";
import { startSinks } from "../sinks/sinks.ts";
import { startChartRepository } from "../standins/charts/repository.ts";
import { sandboxAlertmanagerConfig } from "./alertmanager-config.ts";
import { alertmanagerArguments, prometheusArguments } from "./arguments.ts";
import { ManagedChild } from "./child.ts";
import { kubeSystemUid } from "./cluster-facts.ts";
import { ClusterView } from "./cluster-view.ts";
import { drillControl } from "./exporter/drill-changes.ts";
import { MetricSource } from "./exporter/metric-source.ts";
import { startExporter } from "./exporter/proxy.ts";
import { failureDetail, HealthBook } from "./health.ts";
import { type KubeAccess, KubeClient, readAccess } from "./kube-client.ts";
import { Loop } from "./loop.ts";
import { furniturePart, operatorPart, type Part, type ProgramPath, provisionerPart, reportsPart, workloadPart } from "./parts.ts";
import { daemonPlaces, type DaemonPlaces } from "./places.ts";
import { sandboxPrometheusConfig } from "./prometheus-config.ts";
import type { WorkloadKind } from "./workload.ts";
import { WorkloadRunner } from "./workload-runner.ts";

export interface DaemonOptions {
  readonly layout: SandboxLayout;
  readonly state: SandboxState;
  readonly log: (line: string) => void;
}

export interface Daemon {
  /** Ends the children and the servers. */
  close(): Promise<void>;
  /** Rejected when the daemon cannot go on: the cluster is not the one that was recorded. Never fulfilled. */
  readonly failure: Promise<never>;
}

type Program = "prometheus-operator" | "prometheus" | "alertmanager";

const toolsSchema = z.record(z.string(), z.string());
const clusterRetryMs = 500;
/** The simulated machines have run for a while when the sandbox is made. */
const headStartSeconds = 3_600;

/** @throws UserError when a port is taken; Error when the sandbox's files are incomplete */
export async function startDaemon({ layout, state, log }: DaemonOptions): Promise<Daemon> {
  const places = daemonPlaces(layout);
  const { ports } = state;
  const access = readAccess(await readFile(layout.kubeconfig, "utf8"), sandboxContext);
  await writeCredentials(places, access);
  await privateDirectory(layout.logs);

  const health = new HealthBook((part, { state: now, detail }) =>
    log(`${part}: ${now}${detail === undefined ? "" : ` (${detail})`}`),
  );
  const ending = new AbortController();
  // Every watch and every pause listens to it.
  setMaxListeners(0, ending.signal);
  const table = new ProcessTable(layout.processesFile);
  const logOf = (name: Program): string => join(layout.logs, `${name}.log`);
  const child = (name: Program): ManagedChild => new ManagedChild({ name, table, logFile: logOf(name) });
  const children: Record<Program, ManagedChild> = {
    "prometheus-operator": child("prometheus-operator"),
    prometheus: child("prometheus"),
    alertmanager: child("alertmanager"),
  };
  const client = new KubeClient(access);
  const closers: (() => Promise<void> | void)[] = [() => client.close()];
  const close = async (): Promise<void> => {
    ending.abort();
    await Promise.allSettled([
      ...Object.values(children).map((one) => one.close()),
      ...closers.splice(0).map(async (end) => end()),
    ]);
  };

  try {
    // Children of a daemon that was killed hold the ports, and nobody knows what they were started with.
    await Promise.all(Object.values(children).map((one) => one.end()));

    const tls = { key: access.key, cert: access.certificate };
    const source = new MetricSource();
    const drill = drillControl(source.drill);
    const sinks = await startSinks({ state, directory: layout.inbox, tls, health: () => health.report(), drill });
    closers.push(() => sinks.close());
    health.set("sinks", { state: "running" });

    const repository = await startChartRepository({ directory: layout.charts, port: ports.charts });
    closers.push(() => repository.close());
    health.set("charts", { state: "running" });

    const view = new ClusterView(client);
    const environment = sandboxProcessEnvironment(process.env);
    const runner = (name: "prometheus" | "alertmanager", root: string): WorkloadRunner =>
      new WorkloadRunner({ child: children[name], root, port: ports[name], environment, logFile: logOf(name) });
    const prometheus = runner("prometheus", places.prometheusRoot);
    const alertmanager = runner("alertmanager", places.alertmanagerRoot);

    const exporter = await startExporter({
      port: ports.exporter,
      tls,
      source,
      real: { prometheus: ports.prometheus, alertmanager: ports.alertmanager, "prometheus-operator": ports.operator },
      world: () => ({
        cluster: view.snapshot(),
        now: Date.now() / 1000,
        startedAt: Date.parse(state.createdAt) / 1000 - headStartSeconds,
        reloaded: { prometheus: prometheus.lastReloadSuccessful, alertmanager: alertmanager.lastReloadSuccessful },
      }),
    });
    closers.push(() => exporter.close());
    health.set("exporter", { state: "running" });

    const [prometheusKind, alertmanagerKind] = workloadKinds(layout, state);
    const program =
      (name: Program): ProgramPath =>
      () =>
        programPath(places.tools, name);
    const volumes = places.volumes;
    const parts = [
      furniturePart(client, view, ports),
      provisionerPart(client, view, volumes, () => [...prometheus.directories, ...alertmanager.directories]),
      reportsPart(client, view),
      operatorPart(client, view, children["prometheus-operator"], program("prometheus-operator"), {
        port: ports.operator,
        environment,
        access: { server: access.server, caFile: places.ca, certificateFile: places.certificate, keyFile: places.key },
      }),
      workloadPart(view, prometheusKind, prometheus, program("prometheus"), { root: places.prometheusRoot, volumes }),
      workloadPart(view, alertmanagerKind, alertmanager, program("alertmanager"), {
        root: places.alertmanagerRoot,
        volumes,
      }),
    ];
    const failure = rightCluster(client, state.kubeSystemUid, health, ending.signal).then(() =>
      follow(view, parts, health, ending.signal),
    );
    return { close, failure };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does the work of every part whenever the cluster changes. Never fulfilled. */
function follow(view: ClusterView, parts: readonly Part[], health: HealthBook, signal: AbortSignal): Promise<never> {
  const loops = parts.map(({ name, everyMs, work }) => {
    const loop = new Loop();
    const once = async (): Promise<void> => {
      if (view.synced) health.set(name, await work());
    };
    void loop.run(once, {
      signal,
      everyMs,
      failed: (error) => health.set(name, { state: "failed", detail: failureDetail(error) }),
    });
    return loop;
  });
  view.onChange(() => {
    if (view.connected) health.set("cluster", { state: "running" });
    else if (view.synced) health.set("cluster", { state: "failed", detail: "the API server does not answer" });
    for (const loop of loops) loop.trigger();
  });
  void view.run(signal);
  return new Promise<never>(() => undefined);
}

/** Waits for the API server. @throws Error when it is not the recorded cluster: then nothing may be written to it */
async function rightCluster(client: KubeClient, uid: string, health: HealthBook, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = await kubeSystemUid(client).catch((error: unknown) => {
      health.set("cluster", { state: "starting", detail: failureDetail(error) });
      return undefined;
    });
    if (found === uid) {
      health.set("cluster", { state: "running" });
      return;
    }
    if (found !== undefined) throw new Error("the cluster is not the one that this sandbox was made with");
    await delay(clusterRetryMs, undefined, { signal }).catch(() => undefined);
  }
}

function workloadKinds({ kubeconfig }: SandboxLayout, { ports }: SandboxState): [WorkloadKind, WorkloadKind] {
  return [
    {
      name: "prometheus",
      arguments: (args, mapPath) => prometheusArguments(args, ports.prometheus, mapPath),
      configuration: (text, mapPath) =>
        sandboxPrometheusConfig(text, { mapPath, kubeconfig, proxyPort: ports.exporter }),
    },
    {
      name: "alertmanager",
      arguments: (args, mapPath) => alertmanagerArguments(args, ports.alertmanager, mapPath),
      configuration: sandboxAlertmanagerConfig,
    },
  ];
}

/** Read each time: programs may still be obtained while the daemon runs. */
async function programPath(toolsFile: string, name: Program): Promise<string | undefined> {
  return toolsSchema.parse(JSON.parse((await readIfThere(toolsFile)) ?? "{}"))[name];
}

async function writeCredentials(places: DaemonPlaces, access: KubeAccess): Promise<void> {
  await privateDirectory(dirname(places.key));
  await writePrivateFile(places.ca, access.ca);
  await writePrivateFile(places.certificate, access.certificate);
  await writePrivateFile(places.key, access.key);
}
