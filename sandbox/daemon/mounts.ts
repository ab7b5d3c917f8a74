/**
 * What a kubelet would do with the volumes of a pod, as a plan: which files with which content stand at which path
 * of the containers, and which directory of this machine plays each of those paths.
 */
import { createHash } from "node:crypto";
import { join, posix } from "node:path";
import type { Container, KeyToPath, Pod, ProjectedSource, SecretSource, Volume, VolumeMount } from "./objects.ts";

/** Content by key, of a Secret or a ConfigMap. */
export type Contents = ReadonlyMap<string, Buffer>;

/** Answers for the cluster. `undefined`: there is no such object. */
export interface MountSources {
  secret(namespace: string, name: string): Contents | undefined;
  configMap(namespace: string, name: string): Contents | undefined;
  /** Name of the volume that a claim is bound to. */
  volumeOf(namespace: string, claim: string): string | undefined;
}

export interface MountPlan {
  /** Path in the container -> content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Path in the container -> directory (or file) of this machine. */
  readonly places: ReadonlyMap<string, string>;
  /** Directories that must be there, for data that outlives the process. */
  readonly dataDirectories: readonly string[];
  /** Objects that are not there although the pod cannot start without them: `Secret monitoring/slack`. */
  readonly missing: readonly string[];
}

export interface MountOptions {
  /** Directory that plays the root directory of the pod's containers. */
  readonly root: string;
  /** Directory that holds a directory for every volume. */
  readonly volumes: string;
}

/** @param containerNames containers of the pod whose mounts count; what several mount stands there once */
export function planMounts(
  pod: Pod,
  containerNames: readonly string[],
  sources: MountSources,
  options: MountOptions,
): MountPlan {
  const namespace = pod.metadata.namespace ?? "";
  const files = new Map<string, Buffer>();
  const places = new Map<string, string>();
  const dataDirectories = new Set<string>();
  const missing = new Set<string>();

  for (const mount of mountsOf(pod, containerNames)) {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    const path = posix.normalize(mount.mountPath);
    if (volume === undefined || path.split("/").includes("..")) continue;
    if (volume.persistentVolumeClaim !== undefined) {
      const { claimName } = volume.persistentVolumeClaim;
      const name = sources.volumeOf(namespace, claimName);
      if (name === undefined) {
        missing.add(`PersistentVolume of ${namespace}/${claimName}`);
        continue;
      }
      const directory = join(options.volumes, name, mount.subPath ?? "");
      places.set(path, directory);
      dataDirectories.add(directory);
      continue;
    }
    places.set(path, join(options.root, path));
    if (volume.emptyDir !== undefined) {
      dataDirectories.add(join(options.root, path));
      continue;
    }
    const contents = volumeContents(volume, pod, sources, missing);
    for (const [name, content] of contents) {
      const place = placeInMount(path, name, mount.subPath);
      if (place !== undefined) files.set(place, content);
    }
  }
  return { files, places, dataDirectories: [...dataDirectories], missing: [...missing] };
}

/**
 * The place of a container's path on this machine.
 *
 * @returns `undefined` when nothing is mounted there
 */
export function hostPath(places: ReadonlyMap<string, string>, path: string): string | undefined {
  const normal = posix.normalize(path);
  const mounts = [...places.keys()].filter((mount) => normal === mount || normal.startsWith(`${mount}/`));
  const nearest = mounts.sort((one, other) => other.length - one.length)[0];
  const place = nearest === undefined ? undefined : places.get(nearest);
  return nearest === undefined || place === undefined ? undefined : place + normal.slice(nearest.length);
}

/** Changes whenever a file appears, disappears or has another content. */
export function contentHash(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256");
  for (const [path, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${path.length}:${path}${content.length}:`).update(content);
  }
  return hash.digest("hex");
}

export function decodeBase64(data: Readonly<Record<string, string>> = {}): Contents {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

export function containerOf(pod: Pod, name: string): Container | undefined {
  return pod.spec.containers.find((container) => container.name === name);
}

/**
 * Values of a container's environment variables that stand in the pod or come from its own fields.
 *
 * @returns nothing for variables that come from Secrets and ConfigMaps
 */
export function containerEnvironment(pod: Pod, container: Container): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) values[name] = value ?? "";
    else if (valueFrom.fieldRef !== undefined) values[name] = podField(pod, valueFrom.fieldRef.fieldPath);
  }
  return values;
}

/** Replaces `$(NAME)` as Kubernetes does in arguments, and the configuration reloader in files; unknown names stay. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (whole, name: string) => environment[name] ?? whole);
}

function mountsOf(pod: Pod, containerNames: readonly string[]): VolumeMount[] {
  const containers = containerNames.flatMap((name) => containerOf(pod, name) ?? []);
  return containers.flatMap(({ volumeMounts }) => volumeMounts ?? []);
}

/** With a sub-path only the file (or the directory) of that name is mounted, and takes the name of the mount. */
function placeInMount(path: string, name: string, subPath: string | undefined): string | undefined {
  if (name.split("/").includes("..")) return undefined;
  if (subPath === undefined || subPath === "") return posix.join(path, name);
  if (name === subPath) return path;
  return name.startsWith(`${subPath}/`) ? posix.join(path, name.slice(subPath.length + 1)) : undefined;
}

function volumeContents(volume: Volume, pod: Pod, sources: MountSources, missing: Set<string>): Contents {
  const namespace = pod.metadata.namespace ?? "";
  const one = (kind: string, name: string, source: SecretSource, contents: Contents | undefined): Contents => {
    if (contents === undefined) {
      if (source.optional !== true) missing.add(`${kind} ${namespace}/${name}`);
      return new Map();
    }
    return selected(contents, source.items);
  };
  const { secret, configMap, projected } = volume;
  if (secret !== undefined) {
    return one("Secret", secret.secretName, secret, sources.secret(namespace, secret.secretName));
  }
  if (configMap !== undefined) {
    return one("ConfigMap", configMap.name, configMap, sources.configMap(namespace, configMap.name));
  }
  const projections = (projected?.sources ?? []).map((source): Contents => {
    if (source.secret !== undefined) {
      return one("Secret", source.secret.name, source.secret, sources.secret(namespace, source.secret.name));
    }
    if (source.configMap !== undefined) {
      return one(
        "ConfigMap",
        source.configMap.name,
        source.configMap,
        sources.configMap(namespace, source.configMap.name),
      );
    }
    return projectedByKubelet(source, pod);
  });
  return new Map(projections.flatMap((contents) => [...contents]));
}

function projectedByKubelet(source: ProjectedSource, pod: Pod): Contents {
  // Nothing in the sandbox asks for the token: whoever needs the API server gets a certificate.
  if (source.serviceAccountToken !== undefined)
    return new Map([[source.serviceAccountToken.path, Buffer.from("sandbox")]]);
  const fields = source.downwardAPI?.items ?? [];
  return new Map(
    fields.flatMap(({ path, fieldRef }) =>
      fieldRef === undefined ? [] : [[path, Buffer.from(podField(pod, fieldRef.fieldPath))] as const],
    ),
  );
}

function selected(contents: Contents, items: readonly KeyToPath[] | undefined): Contents {
  if (items === undefined) return contents;
  return new Map(
    items.flatMap(({ key, path }) => {
      const content = contents.get(key);
      return content === undefined ? [] : [[path, content] as const];
    }),
  );
}

function podField({ metadata, spec, status }: Pod, path: string): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": spec.nodeName,
    "status.podIP": status?.podIP,
    "status.hostIP": status?.hostIP,
  };
  return fields[path] ?? "";
}
