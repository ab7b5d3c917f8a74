/**
 * Prometheus and Alertmanager beside the cluster: what the operator made of them in the cluster (a pod with arguments,
 * volumes and a generated configuration) as a process on this machine. Pure: `WorkloadRunner` acts on the plan.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { gunzipSync } from "node:zlib";
import { flagValue } from "./arguments.ts";
import {
  containerEnvironment,
  containerOf,
  contentHash,
  expand,
  hostPath,
  type MountOptions,
  type MountSources,
  planMounts,
} from "./mounts.ts";
import { byKey, isServing, type Pod } from "./objects.ts";

export interface WorkloadKind {
  /** Name of the program, of its container and of its process. */
  readonly name: "prometheus" | "alertmanager";
  /** Arguments for this machine. */
  arguments(args: readonly string[], mapPath: (path: string) => string | undefined): string[];
  /** Configuration for this machine. @throws Error when the text cannot be read */
  configuration(text: string, mapPath: (path: string) => string | undefined): string;
}

export interface WorkloadPlan {
  /** `namespace/name` of the pod that the process plays. */
  readonly pod: string;
  /** Different for each pod, also where a new one takes the name of an old one. */
  readonly podUid: string;
  readonly args: readonly string[];
  /** Settings of the Go runtime that the container has. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path on this machine -> content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Directories that the process writes to. */
  readonly directories: readonly string[];
  /** Changes with every file: what runs with another one has to be told. */
  readonly contentHash: string;
  /** Below which the program serves HTTP, without a slash at the end. */
  readonly routePrefix: string;
}

/** Either a plan, or why there is none. */
export type Planned = { readonly plan: WorkloadPlan } | { readonly waiting: string } | { readonly broken: string };

const reloaderContainer = "config-reloader";

/** The pod that the process plays: the first one, in order of namespace and name, that serves. */
export function choosePod(pods: readonly Pod[], name: WorkloadKind["name"]): Pod | undefined {
  return operatorPods(pods, name).filter(isServing).sort(byKey)[0];
}

/** Pods of the operator's StatefulSets. */
export function operatorPods(pods: readonly Pod[], name: WorkloadKind["name"]): Pod[] {
  return pods.filter(
    ({ metadata }) =>
      metadata.labels?.["app.kubernetes.io/managed-by"] === "prometheus-operator" &&
      metadata.labels["app.kubernetes.io/name"] === name &&
      metadata.ownerReferences?.some(({ kind, controller }) => kind === "StatefulSet" && controller === true) === true,
  );
}

export function planWorkload(kind: WorkloadKind, pod: Pod, sources: MountSources, options: MountOptions): Planned {
  const main = containerOf(pod, kind.name);
  const reloader = containerOf(pod, reloaderContainer);
  if (main === undefined || reloader === undefined) {
    return {
      broken: `the pod ${podName(pod)} lacks the container ${main === undefined ? kind.name : reloaderContainer}`,
    };
  }
  const mounts = planMounts(pod, [kind.name, reloaderContainer], sources, options);
  const [missing] = mounts.missing;
  if (missing !== undefined) return { waiting: `the pod ${podName(pod)} cannot start: ${missing} is not there` };

  const mapPath = (path: string): string | undefined => hostPath(mounts.places, path);
  const args = (main.args ?? []).map((argument) => expand(argument, containerEnvironment(pod, main)));
  const files = new Map<string, Buffer>();
  for (const [path, content] of mounts.files) {
    const place = mapPath(path);
    if (place !== undefined) files.set(place, content);
  }

  const source = flagValue(reloader.args ?? [], "config-file");
  const target = mapPath(flagValue(reloader.args ?? [], "config-envsubst-file") ?? "");
  const generated = source === undefined ? undefined : mounts.files.get(posix.normalize(source));
  if (target === undefined || generated === undefined) {
    return { waiting: `the operator has not generated the configuration for ${podName(pod)} yet` };
  }
  try {
    const text = expand(unzipped(generated).toString("utf8"), containerEnvironment(pod, reloader));
    files.set(target, Buffer.from(kind.configuration(text, mapPath)));
  } catch {
    // The parser's message may quote the configuration, and with it a secret.
    return { broken: `the configuration that the operator generated for ${podName(pod)} cannot be read` };
  }

  return {
    plan: {
      pod: podName(pod),
      podUid: pod.metadata.uid,
      args: kind.arguments(args, mapPath),
      env: goSettings(containerEnvironment(pod, main)),
      files,
      directories: mounts.dataDirectories,
      contentHash: contentHash(files),
      routePrefix: (flagValue(args, "web.route-prefix") ?? "/").replace(/\/+$/, ""),
    },
  };
}

/** Content as it was before it was packed; content that is not packed stays. */
export function unzipped(content: Buffer): Buffer {
  return content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content;
}

/** Identity of what runs: a process with another one has to be replaced. */
export function processIdentity(plan: WorkloadPlan): string {
  return createHash("sha256")
    .update(JSON.stringify([plan.podUid, plan.args, plan.env]))
    .digest("hex");
}

/** The variables that the operator's chart and people use to size a Go program; nothing else of a pod is passed on. */
export function goSettings(environment: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(["GOGC", "GOMEMLIMIT", "GOMAXPROCS"]);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.has(name)));
}

function podName({ metadata }: Pod): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
