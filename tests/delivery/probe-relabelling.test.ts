/** Which requests a real Prometheus makes of discovered Services, Pods and Ingresses, and which labels their series get. */
import assert from "node:assert/strict";
import type { DiscoveredProbes } from "../../config/probe-settings.ts";
import type { Cluster, ClusterObject } from "./discovery-api.ts";
import { discovered, exporter, type Found, type FoundTarget, type Search } from "./probe-discovery.ts";

type Annotations = Readonly<Record<string, string>>;
type Port = readonly [port: number, name?: string, protocol?: "UDP"];

const asked = (more: Annotations = {}): Annotations => ({
  "prometheus.io/probe": "true",
  ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`prometheus.io/probe-${key}`, value])),
});
const forbidden: Annotations = { "prometheus.io/probe": "false" };

const metadata = (name: string, annotations: Annotations, more: Partial<ClusterObject["metadata"]> = {}) =>
  ({ name, namespace: "shop", annotations, ...more });

const service = (name: string, annotations: Annotations, ports: readonly Port[], more?: Partial<ClusterObject["metadata"]>): ClusterObject => ({
  metadata: metadata(name, annotations, more),
  spec: { type: "ClusterIP", clusterIP: "10.96.0.9", ports: ports.map(([port, named = `p${String(port)}`, protocol = "TCP"]) => ({ port, name: named, protocol })) },
});

interface PodShape {
  readonly ip?: string;
  readonly phase?: string;
  /** Ports of each container. */
  readonly containers?: readonly (readonly Port[])[];
  readonly init?: readonly Port[];
  readonly namespace?: string;
}

const containerPorts = (ports: readonly Port[]) =>
  ports.map(([containerPort, name = `p${String(containerPort)}`, protocol = "TCP"]) => ({ containerPort, name, protocol }));

const pod = (name: string, annotations: Annotations, { ip, phase = "Running", containers = [[[8080]]], init, namespace = "shop" }: PodShape): ClusterObject => ({
  metadata: metadata(name, annotations, { namespace, labels: { app: name } }),
  spec: {
    containers: containers.map((ports, index) => ({ name: `c${String(index)}`, ports: containerPorts(ports) })),
    ...(init === undefined ? {} : { initContainers: [{ name: "init", ports: containerPorts(init) }] }),
  },
  status: { phase, ...(ip === undefined ? {} : { podIP: ip }) },
});

const ingressPath = (path: string) =>
  ({ path, pathType: "ImplementationSpecific", backend: { service: { name: "web", port: { number: 80 } } } });

const ingress = (
  name: string,
  annotations: Annotations,
  rules: readonly (readonly [host: string | undefined, ...paths: string[]])[],
  tlsHosts: readonly string[] = [],
  more?: Partial<ClusterObject["metadata"]>,
): ClusterObject => ({
  metadata: metadata(name, annotations, more),
  spec: {
    ...(tlsHosts.length === 0 ? {} : { tls: [{ hosts: tlsHosts }] }),
    rules: rules.map(([host, ...paths]) => ({
      ...(host === undefined ? {} : { host }),
      // A rule without paths is for all of them.
      ...(paths.length === 0 ? {} : { http: { paths: paths.map(ingressPath) } }),
    })),
  },
});

const cluster: Cluster = {
  services: [
    service("cart", asked({ port: "8080", path: "/ready" }), [[80], [9090]], { labels: { "app.kubernetes.io/name": "cart", team: "a", secret: "x" } }),
    service("root", asked(), [[8000]], { labels: { team: "b" } }),
    service("secure", asked({ path: "status?deep=1" }), [[443], [8443, "https-admin"], [8444, "httpsx"], [53, "dns", "UDP"]]),
    service("forced", asked({ scheme: "https", port: "8081" }), [[80]]),
    service("forced-off", asked({ scheme: "http" }), [[443, "https"]]),
    service("named-443", asked({ port: "443" }), [[80]]),
    service("odd", asked({ port: "web", scheme: "gopher" }), [[81]]),
    service("udp", asked(), [[53, "dns", "UDP"]]),
    service("quiet", {}, [[80]]),
    service("forbidden", forbidden, [[80]]),
    service("pay", asked(), [[80]], { namespace: "bank" }),
  ],
  pods: [
    pod("web", asked(), { ip: "10.0.0.1" }),
    pod("two", asked({ port: "9000", path: "/live" }), { ip: "10.0.0.2", containers: [[[8080], [8081]], []] }),
    pod("secure", asked(), { ip: "10.0.0.3", containers: [[[8443, "https"]], [[53, "dns", "UDP"]]], init: [[7000]] }),
    pod("six", asked(), { ip: "fd00::4" }),
    pod("six-port", asked({ port: "9000" }), { ip: "fd00::5" }),
    pod("bare-port", asked({ port: "9000" }), { ip: "10.0.0.6", containers: [[]] }),
    pod("six-bare-port", asked({ port: "9000" }), { ip: "fd00::7", containers: [[]] }),
    pod("udp-port", asked({ port: "9000" }), { ip: "10.0.0.8", containers: [[[53, "dns", "UDP"]]] }),
    pod("udp", asked(), { ip: "10.0.0.9", containers: [[[53, "dns", "UDP"]]] }),
    pod("bare", asked(), { ip: "10.0.0.10", containers: [[]] }),
    pod("succeeded", asked(), { ip: "10.0.0.11", phase: "Succeeded" }),
    pod("failed", asked(), { ip: "10.0.0.12", phase: "Failed" }),
    pod("unscheduled", asked(), { phase: "Pending" }),
    pod("quiet", {}, { ip: "10.0.0.13" }),
    pod("forbidden", forbidden, { ip: "10.0.0.14" }),
    pod("pay", asked(), { ip: "10.0.0.15", namespace: "bank" }),
  ],
  ingresses: [
    ingress("front", asked(), [["shop.example.com", "/", "/cart"], ["plain.example.com", "/file.html"]], ["shop.example.com"], { labels: { team: "a" } }),
    ingress("wildcard", asked(), [["a.example.org"], ["a.b.example.org"]], ["*.example.org"]),
    ingress("patterns", asked(), [["p.example.com", "/api(/|$)(.*)", "/all/.*", "/v[0-9]+/x", "/.*", "/a\\.b", "/plus+"]]),
    ingress("own-path", asked({ path: "healthz" }), [["o.example.com", "/", "/x"], ["q.example.com", "/y"]]),
    ingress("outside-tls", asked({ scheme: "https" }), [["t.example.com", "/"]]),
    ingress("hostless", asked(), [[undefined, "/"], ["*.example.com", "/"]]),
    ingress("quiet", {}, [["quiet.example.com", "/"]]),
    ingress("forbidden", forbidden, [["forbidden.example.com", "/"]]),
    ingress("pay", asked(), [["pay.example.com", "/"]], [], { namespace: "bank" }),
  ],
};

const http = { prober: "http", expectedStatus: [], privateCa: false } as const;
const annotated = { select: "annotated", namespaces: [], module: http, objectLabels: [], intervalSeconds: 60, timeoutSeconds: 15 } as const;
const tcp: Partial<DiscoveredProbes> = { module: { prober: "tcp", tls: false, privateCa: false }, namespaces: ["shop"] };
const searches = {
  services: { kind: "services", probes: { ...annotated, path: "/", objectLabels: ["app.kubernetes.io/name", "team"] } },
  "services all": { kind: "services", probes: { ...annotated, select: "all", namespaces: ["shop"], path: "/up" } },
  "services bank": { kind: "services", probes: { ...annotated, namespaces: ["bank"], path: "/" } },
  "services tcp": { kind: "services", probes: { ...annotated, ...tcp } },
  pods: { kind: "pods", probes: { ...annotated, path: "/health", objectLabels: ["app"] } },
  "pods all": { kind: "pods", probes: { ...annotated, select: "all", namespaces: ["shop"], path: "/health" } },
  "pods bank": { kind: "pods", probes: { ...annotated, namespaces: ["bank"], path: "/" } },
  "pods tcp": { kind: "pods", probes: { ...annotated, ...tcp } },
  ingresses: { kind: "ingresses", probes: { ...annotated, objectLabels: ["team"] } },
  "ingresses all": { kind: "ingresses", probes: { ...annotated, select: "all", namespaces: ["shop"] } },
  "ingresses bank": { kind: "ingresses", probes: { ...annotated, namespaces: ["bank"] } },
} as const satisfies Record<string, Search>;

const sorted = (urls: readonly string[]) => [...urls].sort();

describe("probes of discovered objects", function () {
  this.timeout(90_000);
  let found: Readonly<Record<string, Found>>;

  before(async function () {
    // On a machine with empty caches the program is built first.
    this.timeout(20 * 60_000);
    found = await discovered(cluster, searches, ["unscheduled"]);
  });

  const of = (name: keyof typeof searches): Found => {
    const one = found[name];
    assert.ok(one !== undefined);
    return one;
  };
  const paramTarget = ({ scrapeUrl }: FoundTarget) => new URL(scrapeUrl).searchParams.get("target") ?? "";
  const targets = (name: keyof typeof searches) => sorted(of(name).targets.map(paramTarget));
  /** Every label of a target's series, and the target itself. */
  const series = (name: keyof typeof searches, object: Readonly<Record<string, string>>) =>
    of(name).targets.filter(({ labels }) => Object.entries(object).every(([label, value]) => labels[label] === value))
      .map((target) => ({ target: paramTarget(target), ...target.labels }));

  const services = [
    "http://cart.shop.svc:8080/ready",
    "http://root.shop.svc:8000/",
    "https://secure.shop.svc:443/status?deep=1",
    "https://secure.shop.svc:8443/status?deep=1",
    "http://secure.shop.svc:8444/status?deep=1",
    "https://forced.shop.svc:8081/",
    "http://forced-off.shop.svc:443/",
    "https://named-443.shop.svc:443/",
    "http://odd.shop.svc:81/",
  ];

  it("ask the exporter, each by its module", () => {
    for (const [name, module] of [["services", "http_2xx"], ["pods", "http_2xx"], ["ingresses", "http_2xx"], ["services tcp", "tcp_connect"]] as const) {
      for (const { scrapeUrl } of of(name).targets) {
        const { origin, pathname, searchParams } = new URL(scrapeUrl);
        assert.deepEqual([origin, pathname, searchParams.getAll("module")], [`http://${exporter}`, "/probe", [module]]);
      }
    }
  });

  it("have the probed address as instance", () => {
    for (const { targets: all } of Object.values(found)) {
      assert.deepEqual(all.map(({ labels }) => labels["instance"]), all.map(paramTarget));
    }
  });

  it("are of annotated Services at the port, path and scheme that these name", () => {
    assert.deepEqual(targets("services"), sorted([...services, "http://pay.bank.svc:80/"]));
    assert.deepEqual(of("services").left, ["forbidden", "quiet", "udp"]);
  });

  it("are of all Services that do not forbid it, in the namespace that is named", () => {
    const all = ["http://quiet.shop.svc:80/up", ...services.map((url) => url.replace(/(?<=:\d+)\/$/, "/up"))];
    assert.deepEqual(targets("services all"), sorted(all));
    assert.deepEqual(of("services all").left, ["forbidden", "udp"]);
    assert.deepEqual([targets("services bank"), of("services bank").left], [["http://pay.bank.svc:80/"], []]);
  });

  it("have namespace, service and the labels of the allow-list", () => {
    const common = { job: "blackbox-kubernetes-services", namespace: "shop" };
    const cart = "http://cart.shop.svc:8080/ready";
    assert.deepEqual(series("services", { service: "cart" }), [
      { target: cart, instance: cart, ...common, service: "cart", app_kubernetes_io_name: "cart", team: "a" },
    ]);
    const root = "http://root.shop.svc:8000/";
    assert.deepEqual(series("services", { service: "root" }), [{ target: root, instance: root, ...common, service: "root", team: "b" }]);
    assert.deepEqual(series("services all", { service: "cart" }), [{ target: cart, instance: cart, ...common, service: "cart" }]);
  });

  it("are of Services by TCP without scheme and path", () => {
    const addresses = services.map((url) => new URL(url)).map(({ hostname, port, protocol }) => `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`);
    assert.deepEqual(targets("services tcp"), sorted(addresses));
  });

  const pods = [
    "http://10.0.0.1:8080/health",
    "http://10.0.0.2:9000/live",
    "https://10.0.0.3:8443/health",
    "http://[fd00::4]:8080/health",
    "http://[fd00::5]:9000/health",
    "http://10.0.0.6:9000/health",
    "http://[fd00::7]:9000/health",
    "http://10.0.0.8:9000/health",
  ];

  it("are of annotated Pods that run, each port once, also by IPv6 and without declared ports", () => {
    assert.deepEqual(targets("pods"), sorted([...pods, "http://10.0.0.15:8080/health"]));
    assert.deepEqual(of("pods").left, ["bare", "failed", "forbidden", "quiet", "succeeded", "udp"]);
  });

  it("are of all Pods that do not forbid it, in the namespace that is named", () => {
    assert.deepEqual(targets("pods all"), sorted([...pods, "http://10.0.0.13:8080/health"]));
    assert.deepEqual(of("pods all").left, ["bare", "failed", "forbidden", "succeeded", "udp"]);
    assert.deepEqual([targets("pods bank"), of("pods bank").left], [["http://10.0.0.15:8080/"], []]);
  });

  it("have namespace, pod and the labels of the allow-list", () => {
    const six = "http://[fd00::5]:9000/health";
    const common = { target: six, instance: six, job: "blackbox-kubernetes-pods", namespace: "shop", pod: "six-port" };
    assert.deepEqual(series("pods", { pod: "six-port" }), [{ ...common, app: "six-port" }]);
    assert.deepEqual(series("pods all", { pod: "six-port" }), [common]);
  });

  it("are of Pods by TCP without scheme and path", () => {
    assert.deepEqual(targets("pods tcp"), sorted(pods.map((url) => url.replace(/^https?:\/\/([^/]+)\/.*$/, "$1"))));
  });

  const ingresses = [
    "https://shop.example.com/",
    "https://shop.example.com/cart",
    "http://plain.example.com/file.html",
    "https://a.example.org/",
    "http://a.b.example.org/",
    "http://p.example.com/api",
    "http://p.example.com/all/",
    "http://p.example.com/v",
    "http://p.example.com/",
    "http://p.example.com/a",
    "http://p.example.com/plus",
    "http://o.example.com/healthz",
    "http://q.example.com/healthz",
    "https://t.example.com/",
  ];

  it("are of annotated Ingresses by every host and path, by https where there is a certificate for the host", () => {
    assert.deepEqual(targets("ingresses"), sorted([...ingresses, "http://pay.example.com/"]));
    assert.deepEqual(of("ingresses").left, ["forbidden", "hostless", "quiet"]);
  });

  it("are of all Ingresses that do not forbid it, in the namespace that is named", () => {
    assert.deepEqual(targets("ingresses all"), sorted([...ingresses, "http://quiet.example.com/"]));
    assert.deepEqual(of("ingresses all").left, ["forbidden", "hostless"]);
    assert.deepEqual([targets("ingresses bank"), of("ingresses bank").left], [["http://pay.example.com/"], []]);
  });

  it("have namespace, ingress and the labels of the allow-list", () => {
    const common = { job: "blackbox-kubernetes-ingresses", namespace: "shop" };
    const all = (target: string) => ({ target, instance: target, ...common, ingress: "front" });
    const front = ingresses.slice(0, 3).sort();
    const byTarget = (a: { target: string }, b: { target: string }) => (a.target < b.target ? -1 : 1);
    assert.deepEqual(series("ingresses", { ingress: "front" }).sort(byTarget), front.map((one) => ({ ...all(one), team: "a" })));
    assert.deepEqual(series("ingresses all", { ingress: "front" }).sort(byTarget), front.map(all));
  });
});
