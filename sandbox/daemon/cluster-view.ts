/** What the daemon knows of the cluster: current copies of the kinds that its parts look at. */
import type { KubeClient } from "./kube-client.ts";
import type {
  ConfigMap,
  DaemonSet,
  Deployment,
  KubeObject,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  StatefulSet,
} from "./objects.ts";
import { type ListPath, Watched } from "./watched.ts";

/** All objects of the cluster at one moment. */
export interface ClusterSnapshot {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly deployments: readonly Deployment[];
  readonly replicaSets: readonly KubeObject[];
  readonly statefulSets: readonly StatefulSet[];
  readonly daemonSets: readonly DaemonSet[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes: readonly PersistentVolume[];
}

export class ClusterView {
  readonly #listeners: (() => void)[] = [];
  #version = 0;
  readonly #nodes: Watched<Node>;
  readonly #pods: Watched<Pod>;
  readonly #deployments: Watched<Deployment>;
  readonly #replicaSets: Watched<KubeObject>;
  readonly #statefulSets: Watched<StatefulSet>;
  readonly #daemonSets: Watched<DaemonSet>;
  readonly #claims: Watched<PersistentVolumeClaim>;
  readonly #volumes: Watched<PersistentVolume>;
  readonly #secrets: Watched<Secret>;
  readonly #configMaps: Watched<ConfigMap>;

  constructor(client: KubeClient) {
    const watched = <T extends KubeObject>(source: ListPath): Watched<T> =>
      new Watched<T>(client, source, () => this.#changed());
    this.#nodes = watched({ path: "/api/v1/nodes" });
    this.#pods = watched({ path: "/api/v1/pods" });
    this.#deployments = watched({ path: "/apis/apps/v1/deployments" });
    this.#replicaSets = watched({ path: "/apis/apps/v1/replicasets" });
    this.#statefulSets = watched({ path: "/apis/apps/v1/statefulsets" });
    this.#daemonSets = watched({ path: "/apis/apps/v1/daemonsets" });
    this.#claims = watched({ path: "/api/v1/persistentvolumeclaims" });
    this.#volumes = watched({ path: "/api/v1/persistentvolumes" });
    // Helm's own records are large, and nothing mounts them.
    this.#secrets = watched({ path: "/api/v1/secrets", fieldSelector: "type!=helm.sh/release.v1" });
    this.#configMaps = watched({ path: "/api/v1/configmaps" });
  }

  /** @param listener called after every change of any kind; must not throw */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Different after every change. */
  get version(): number {
    return this.#version;
  }

  /** Whether every kind has been read once. */
  get synced(): boolean {
    return this.#all().every(({ synced }) => synced);
  }

  /** Whether everything is current, as far as is known. */
  get connected(): boolean {
    return this.#all().every(({ connected }) => connected);
  }

  /** Keeps everything current until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((watched) => watched.run(signal)));
  }

  snapshot(): ClusterSnapshot {
    return {
      nodes: this.#nodes.items(),
      pods: this.#pods.items(),
      deployments: this.#deployments.items(),
      replicaSets: this.#replicaSets.items(),
      statefulSets: this.#statefulSets.items(),
      daemonSets: this.#daemonSets.items(),
      claims: this.#claims.items(),
      volumes: this.#volumes.items(),
    };
  }

  secret(namespace: string, name: string): Secret | undefined {
    return this.#secrets.find(namespace, name);
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    return this.#configMaps.find(namespace, name);
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    return this.#claims.find(namespace, name);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  #all() {
    return [
      this.#nodes,
      this.#pods,
      this.#deployments,
      this.#replicaSets,
      this.#statefulSets,
      this.#daemonSets,
      this.#claims,
      this.#volumes,
      this.#secrets,
      this.#configMaps,
    ];
  }
}
