/** Every object of the sandbox's cluster, by whatever kind the API server knows. */
import { Agent, request } from "node:https";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

export interface ClusterObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
}

interface Group {
  readonly name: string;
  readonly preferredVersion: { readonly groupVersion: string };
  readonly versions: readonly { readonly groupVersion: string }[];
}

/** Kinds that the cluster itself makes and renews, whoever uses it. */
const ownKinds = new Set(["Event", "Lease", "APIService", "EndpointSlice", "Endpoints", "IPAddress", "ServiceCIDR", "ControllerRevision"]);

/** @returns all objects but those which the cluster itself makes and renews, sorted by kind, namespace and name */
export async function clusterObjects(kubeconfig: string): Promise<ClusterObject[]> {
  const get = await client(kubeconfig);
  const { groups } = (await get("/apis")) as { groups: Group[] };
  const found: ClusterObject[] = [];
  const seen = new Set<string>();
  // Not every kind of a group has the version that the group prefers.
  const versions = groups.flatMap(({ name, preferredVersion, versions: all }) =>
    [preferredVersion, ...all].map(({ groupVersion }) => ({ group: name, path: `/apis/${groupVersion}` })),
  );
  for (const { group, path: version } of [{ group: "", path: "/api/v1" }, ...versions]) {
    const { resources } = (await get(version)) as ResourceList;
    for (const { name, kind, verbs } of resources) {
      if (name.includes("/") || !verbs.includes("list") || ownKinds.has(kind) || seen.has(`${group}/${name}`)) continue;
      seen.add(`${group}/${name}`);
      const list = (await get(`${version}/${name}`)) as { items: Record<string, unknown>[] };
      for (const object of list.items) {
        const metadata = object["metadata"] as { name: string; namespace?: string };
        found.push({ kind, namespace: metadata.namespace ?? "", name: metadata.name, object });
      }
    }
  }
  return found.sort((a, b) => title(a).localeCompare(title(b)));
}

export function title({ kind, namespace, name }: ClusterObject): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

async function client(kubeconfig: string): Promise<(path: string) => Promise<unknown>> {
  const config = parse(await readFile(kubeconfig, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
    users: [{ user: { "client-certificate-data": string; "client-key-data": string } }];
  };
  const decode = (data: string) => Buffer.from(data, "base64").toString();
  const { user } = config.users[0];
  const { cluster } = config.clusters[0];
  const agent = new Agent({
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
    keepAlive: true,
  });
  return (path) =>
    new Promise((resolve, reject) => {
      request(`${cluster.server}${path}`, { agent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`GET ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
        });
      })
        .on("error", reject)
        .end();
    });
}
