/** The parts of the daemon that follow the cluster. Each is work that is done again after every change. */
import { join, sep } from "node:path";
import type { SandboxPorts } from "../layout.ts";
import type { ManagedChild } from "./child.ts";
import { operatorKinds } from "./cluster-facts.ts";
import type { ClusterView } from "./cluster-view.ts";
import { applyForwardRule, forwardRules, furniture, placeFurniture } from "./furniture.ts";
import type { PartHealth, PartName } from "./health.ts";
import type { KubeClient } from "./kube-client.ts";
import { decodeBase64, type MountOptions, type MountSources } from "./mounts.ts";
import { findOperator, type OperatorSetup, reconcileOperator } from "./operator.ts";
import { planVolumes, reconcileVolumes } from "./provisioner.ts";
import { writeReports } from "./reports.ts";
import { choosePod, type Planned, planWorkload, type WorkloadKind } from "./workload.ts";
import type { WorkloadRunner } from "./workload-runner.ts";

export interface Part {
  readonly name: PartName;
  /** Also done after this time without a change. */
  readonly everyMs: number;
  readonly work: () => Promise<PartHealth>;
}

/** Gives the path of a program, or `undefined` while it is still being obtained. */
export type ProgramPath = () => Promise<string | undefined>;

const noProgram: PartHealth = { state: "waiting", detail: "its program is not there yet" };
/** Children are looked at this often; changes of the cluster are acted on at once. */
const childMs = 1_000;
const discoveryMs = 2_000;
const quietMs = 30_000;

export function furniturePart(client: KubeClient, view: ClusterView, ports: SandboxPorts): Part {
  let placedFor = "";
  const applied = new Map<string, string>();
  return {
    name: "furniture",
    everyMs: quietMs,
    work: async () => {
      const { nodes, pods } = view.snapshot();
      if (nodes.length === 0) return { state: "starting", detail: "no node has joined yet" };
      const pieces = furniture(nodes);
      const wanted = JSON.stringify(pieces);
      if (wanted !== placedFor) {
        await placeFurniture(client, pieces);
        placedFor = wanted;
      }
      for (const rule of forwardRules(pods, ports)) {
        const text = JSON.stringify(rule);
        if (applied.get(rule.name) === text) continue;
        await applyForwardRule(client, rule);
        applied.set(rule.name, text);
      }
      return { state: "running" };
    },
  };
}

/** @param written directories that processes may be writing to: volumes above them stay */
export function provisionerPart(
  client: KubeClient,
  view: ClusterView,
  directory: string,
  written: () => readonly string[],
): Part {
  return {
    name: "provisioner",
    everyMs: quietMs,
    work: async () => {
      const { claims, volumes } = view.snapshot();
      const paths = written();
      const inUse = volumes
        .map(({ metadata }) => metadata.name)
        .filter((name) => paths.some((path) => isBelow(path, join(directory, name))));
      await reconcileVolumes(client, planVolumes(claims, volumes, new Set(inUse), directory), directory);
      return { state: "running" };
    },
  };
}

export function reportsPart(client: KubeClient, view: ClusterView): Part {
  const written = new Map<string, string>();
  return {
    name: "reports",
    everyMs: quietMs,
    work: () => writeReports(client, view.snapshot(), written, new Date().toISOString()),
  };
}

export function operatorPart(
  client: KubeClient,
  view: ClusterView,
  child: ManagedChild,
  program: ProgramPath,
  setup: Omit<OperatorSetup, "command">,
): Part {
  return {
    name: "operator",
    everyMs: discoveryMs,
    work: async () => {
      const command = await program();
      if (command === undefined) return noProgram;
      const { deployments, pods } = view.snapshot();
      const found = findOperator(deployments, pods);
      const kinds = found === undefined ? [] : await operatorKinds(client);
      return reconcileOperator(child, found, kinds, { ...setup, command });
    },
  };
}

export function workloadPart(
  view: ClusterView,
  kind: WorkloadKind,
  runner: WorkloadRunner,
  program: ProgramPath,
  options: MountOptions,
): Part {
  let last: { readonly version: number; readonly planned: Planned | undefined } | undefined;
  return {
    name: kind.name,
    everyMs: childMs,
    work: async () => {
      const command = await program();
      if (command === undefined) return noProgram;
      // Planning reads the whole configuration: only when something may have changed.
      if (last?.version !== view.version) {
        const { version } = view;
        const pod = choosePod(view.snapshot().pods, kind.name);
        last = {
          version,
          planned: pod === undefined ? undefined : planWorkload(kind, pod, mountSources(view), options),
        };
      }
      return runner.reconcile(command, last.planned);
    },
  };
}

function mountSources(view: ClusterView): MountSources {
  return {
    secret: (namespace, name) => {
      const secret = view.secret(namespace, name);
      return secret === undefined ? undefined : decodeBase64(secret.data);
    },
    configMap: (namespace, name) => {
      const map = view.configMap(namespace, name);
      if (map === undefined) return undefined;
      const texts = Object.entries(map.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
      return new Map([...texts, ...decodeBase64(map.binaryData)]);
    },
    volumeOf: (namespace, claim) => view.claim(namespace, claim)?.spec.volumeName,
  };
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory + sep);
}
