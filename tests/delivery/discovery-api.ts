/** As much of an API server as Prometheus's discovery asks: lists and watches of objects that do not change. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loopback } from "../../sandbox/layout.ts";

export interface ClusterObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: unknown;
  readonly status?: unknown;
}

const collections = {
  services: { apiVersion: "v1", kind: "Service" },
  pods: { apiVersion: "v1", kind: "Pod" },
  ingresses: { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
} as const;
type Collection = keyof typeof collections;
export type Cluster = Readonly<Record<Collection, readonly ClusterObject[]>>;

const resourceVersion = "1";

export interface DiscoveryApi {
  readonly url: string;
  close(): Promise<void>;
}

export async function startDiscoveryApi(cluster: Cluster): Promise<DiscoveryApi> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://api.invalid");
    const found = /^\/(?:api|apis\/networking\.k8s\.io)\/v1\/(?:namespaces\/([^/]+)\/)?(services|pods|ingresses)$/.exec(pathname);
    if (found === null) {
      response.writeHead(404).end();
      return;
    }
    const collection = found[2] as Collection;
    const { apiVersion, kind } = collections[collection];
    const items = cluster[collection]
      .filter(({ metadata }) => found[1] === undefined || metadata.namespace === found[1])
      .map((object) => ({ ...object, metadata: { ...object.metadata, uid: object.metadata.name, resourceVersion } }));
    response.writeHead(200, { "content-type": "application/json" });
    if (searchParams.get("watch") === null) {
      response.end(JSON.stringify({ apiVersion, kind: `${kind}List`, metadata: { resourceVersion }, items }));
      return;
    }
    // A watch stays open. One that lists as well says where the list ends.
    response.flushHeaders();
    if (searchParams.get("sendInitialEvents") !== "true") return;
    const end = { metadata: { resourceVersion, annotations: { "k8s.io/initial-events-end": "true" } } };
    const events = [...items.map((object) => ({ type: "ADDED", object })), { type: "BOOKMARK", object: end }];
    for (const { type, object } of events) {
      response.write(`${JSON.stringify({ type, object: { apiVersion, kind, ...object } })}\n`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return {
    url: `http://${loopback}:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
