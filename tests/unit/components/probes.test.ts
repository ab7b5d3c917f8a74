import assert from "node:assert/strict";

import { moduleConfigurations, moduleName } from "../../../components/probes/modules.ts";
import { probeObjects, type ScrapeObject } from "../../../components/probes/objects.ts";
import { scrapeTargetObject } from "../../../components/probes/scrape-targets.ts";
import { probeSecretContent, probeValues } from "../../../components/probes/values.ts";
import { Platform } from "../../../components/platform.ts";
import type { ExternalProbe, ProbeModule, ProbeSettings } from "../../../config/probe-settings.ts";
import { profiles } from "../../../config/settings.ts";
import { chartValueKeys, unknownValueKeys } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import {
  canaries,
  collectResources,
  exampleProbes,
  exampleScrapeTarget,
  exampleSettings,
} from "../../harness.ts";

const exporter = "prometheus-blackbox-exporter.monitoring.svc:9115";
const schedule = { intervalSeconds: 60, timeoutSeconds: 15 };
const http: ProbeModule = { prober: "http", expectedStatus: [], privateCa: false };
const external = (target: string, changes: Partial<ExternalProbe> = {}): ExternalProbe => ({
  target, module: http, labels: {}, ...schedule, ...changes,
});
const only = (...targets: ExternalProbe[]): ProbeSettings => ({ external: targets, logins: [] });
const objects = (probes: ProbeSettings): readonly ScrapeObject[] => probeObjects(probes, exporter, "monitoring");
const values = (probes: ProbeSettings) =>
  probeValues({ probes, profile: "small" });

describe("values of the blackbox exporter", () => {
  it("hold no key that the pinned chart does not have, whatever the settings", async () => {
    const keys = await chartValueKeys(charts.blackboxExporter);
    for (const profile of profiles) {
      for (const probes of [exampleProbes(), only(external("https://a.example.com/"))]) {
        const found = probeValues({ probes, profile });
        assert.deepEqual(unknownValueKeys(keys, found), [], profile);
      }
    }
  });

  it("would not pass with a misspelt key", async () => {
    const keys = await chartValueKeys(charts.blackboxExporter);
    assert.deepEqual(unknownValueKeys(keys, { networkPolicy: { enable: true }, allowICMP: true }), ["networkPolicy.enable", "allowICMP"]);
  });

  it("let the exporter run as an ordinary user", () => {
    const { config, ...rest } = values(only(external("https://a.example.com/")));
    assert.deepEqual(Object.keys((config as { modules: object }).modules), ["http_2xx"]);
    assert.deepEqual(rest, {
      replicas: 1,
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
      podSecurityContext: { fsGroup: 1000, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 1000,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
      serviceMonitor: { selfMonitor: { enabled: true, interval: "30s", scrapeTimeout: "10s" } },
    });
  });

  it("allow pings only where there are some", () => {
    const found = values(only(external("192.0.2.1", { module: { prober: "icmp" } })));
    const { capabilities } = found["securityContext"] as { capabilities: unknown };
    assert.deepEqual(capabilities, { drop: ["ALL"], add: ["NET_RAW"] });
    const { sysctls } = found["podSecurityContext"] as { sysctls: unknown };
    assert.deepEqual(sysctls, [{ name: "net.ipv4.ping_group_range", value: "1000 1000" }]);
  });

  it("mount secrets as files and hold none", () => {
    const found = values(exampleProbes());
    assert.deepEqual(found["extraSecretMounts"], [
      {
        name: "logins",
        secretName: "blackbox-logins",
        mountPath: "/etc/blackbox_exporter/logins",
        readOnly: true,
        defaultMode: 0o440,
      },
    ]);
    const text = JSON.stringify(found);
    assert.deepEqual(Object.values(canaries).filter((secret) => text.includes(secret)), []);
    assert.deepEqual(Object.keys(probeSecretContent(exampleProbes())), ["api", "old", "ca.crt"]);
  });

  it("survive an eviction in the profile ha", () => {
    const found = probeValues({ probes: exampleProbes(), profile: "ha" });
    assert.deepEqual([found["replicas"], found["podDisruptionBudget"]], [2, { maxUnavailable: 1 }]);
  });
});

describe("modules of the exporter", () => {
  it("are one for each way of asking, named by all that it differs by", () => {
    assert.deepEqual(Object.keys(moduleConfigurations(exampleProbes())), [
      "http_2xx",
      "http_2xx_login_api",
      "http_2xx_login_old_private_ca",
      "icmp",
    ]);
    const names = [
      { ...http, expectedStatus: [200, 204], login: "a" },
      { prober: "tcp", tls: false, privateCa: false },
      { prober: "tcp", tls: true, privateCa: true },
      { prober: "dns", query: "a.example.com", queryType: "MX" },
    ] as const;
    assert.deepEqual(names.map((module) => moduleName(module as ProbeModule)), [
      "http_200_204_login_a",
      "tcp_connect",
      "tcp_tls_private_ca",
      "dns_MX_a.example.com",
    ]);
  });

  it("send logins from files and trust the private authority alone", () => {
    const modules = moduleConfigurations(exampleProbes());
    const usual = { preferred_ip_protocol: "ip4", valid_http_versions: ["HTTP/1.1", "HTTP/2.0"], follow_redirects: true };
    assert.deepEqual(modules["http_2xx"], { prober: "http", timeout: "120s", http: usual });
    assert.deepEqual(modules["http_2xx_login_api"], {
      prober: "http",
      timeout: "120s",
      http: { ...usual, authorization: { type: "Bearer", credentials_file: "/etc/blackbox_exporter/logins/api" } },
    });
    assert.deepEqual(modules["http_2xx_login_old_private_ca"], {
      prober: "http",
      timeout: "120s",
      http: {
        ...usual,
        tls_config: { ca_file: "/etc/blackbox_exporter/logins/ca.crt" },
        basic_auth: { username: "probe", password_file: "/etc/blackbox_exporter/logins/old" },
      },
    });
  });

  it("do not follow a redirect that is expected", () => {
    const redirect = external("https://a.example.com/", { module: { ...http, expectedStatus: [301] } });
    const { http: found } = moduleConfigurations(only(redirect))["http_301"] as { http: Record<string, unknown> };
    assert.equal(found["follow_redirects"], false);
    assert.deepEqual(found["valid_status_codes"], [301]);
  });
});

describe("objects of external probes", () => {
  const staticOf = ({ spec }: ScrapeObject) =>
    (spec["targets"] as { staticConfig: { static: string[]; labels?: Record<string, string> } }).staticConfig;

  it("share one Probe where they are asked alike, in their order", () => {
    const found = objects(only(external("https://a.example.com/"), external("https://b.example.com/")));
    assert.deepEqual(found, [
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "Probe",
        name: found[0]?.name,
        spec: {
          jobName: "blackbox-external",
          interval: "60s",
          scrapeTimeout: "15s",
          module: "http_2xx",
          prober: { url: exporter },
          targets: { staticConfig: { static: ["https://a.example.com/", "https://b.example.com/"] } },
        },
      },
    ]);
    assert.match(found[0]?.name ?? "", /^belfry-probe-external-http-[0-9a-f]{10}$/);
  });

  it("are apart by module, interval, timeout and labels", () => {
    const found = objects(
      only(
        external("a"),
        external("b", { module: { prober: "icmp" } }),
        external("c", { intervalSeconds: 30 }),
        external("d", { timeoutSeconds: 5 }),
        external("e", { labels: { team: "shop", tier: "1" } }),
        external("f", { labels: { tier: "1", team: "shop" } }),
      ),
    );
    assert.deepEqual(found.map(staticOf), [
      { static: ["a"] },
      { static: ["e", "f"], labels: { team: "shop", tier: "1" } },
      { static: ["b"] },
      { static: ["c"] },
      { static: ["d"] },
    ]);
    assert.equal(new Set(found.map(({ name }) => name)).size, 5);
  });

  it("keep their names when others come and go", () => {
    const one = external("https://a.example.com/", { labels: { team: "shop" } });
    const name = (probes: ProbeSettings) => objects(probes).find((object) => staticOf(object).static.includes(one.target))?.name;
    assert.equal(name(only(one)), name(only(external("x"), external("y", { module: { prober: "icmp" } }), one)));
  });

  it("hold a thousand targets each at most", () => {
    const targets = Array.from({ length: 2500 }, (_, index) => external(`https://a${index}.example.com/`));
    const found = objects(only(...targets));
    assert.deepEqual(found.map((object) => staticOf(object).static.length), [1000, 1000, 500]);
    assert.deepEqual(found.flatMap((object) => staticOf(object).static), targets.map(({ target }) => target));
    assert.equal(new Set(found.map(({ name }) => name)).size, 3);
  });

  it("share a ScrapeConfig where they have many sets of labels", () => {
    const targets = Array.from({ length: 30 }, (_, index) => external(`https://a${index}.example.com/`, { labels: { shop: `s${index % 29}` } }));
    const [object, ...others] = objects(only(...targets));
    assert.deepEqual(others, []);
    assert.equal(object?.kind, "ScrapeConfig");
    const { staticConfigs, relabelings, ...rest } = object.spec as Record<string, unknown> & { staticConfigs: unknown[] };
    assert.equal(staticConfigs.length, 29);
    assert.deepEqual(staticConfigs[0], {
      targets: ["https://a0.example.com/", "https://a29.example.com/"],
      labels: { namespace: "monitoring", shop: "s0" },
    });
    assert.deepEqual(rest, {
      jobName: "blackbox-external",
      metricsPath: "/probe",
      scrapeInterval: "60s",
      scrapeTimeout: "15s",
      params: { module: ["http_2xx"] },
    });
    assert.deepEqual(relabelings, [
      { sourceLabels: ["__address__"], targetLabel: "__param_target" },
      { sourceLabels: ["__param_target"], targetLabel: "instance" },
      { targetLabel: "__address__", replacement: exporter },
    ]);
  });
});

describe("objects of discovered probes", () => {
  it("look in all namespaces, or in those that are named", () => {
    const { services, ingresses, pods } = exampleProbes();
    assert.ok(services !== undefined && ingresses !== undefined && pods !== undefined);
    const where = (namespaces: readonly string[]) =>
      objects({
        external: [],
        logins: [],
        services: { ...services, namespaces },
        ingresses: { ...ingresses, namespaces },
        pods: { ...pods, namespaces },
      }).map(({ kind, name, spec }) => {
        const { ingress } = (spec["targets"] ?? {}) as { ingress?: { namespaceSelector: unknown } };
        return [kind, name, spec["kubernetesSDConfigs"] ?? ingress?.namespaceSelector];
      });
    assert.deepEqual(where([]), [
      ["ScrapeConfig", "belfry-probe-services", [{ role: "Service" }]],
      ["Probe", "belfry-probe-ingresses", { any: true }],
      ["ScrapeConfig", "belfry-probe-pods", [{ role: "Pod" }]],
    ]);
    assert.deepEqual(where(["shop"]), [
      ["ScrapeConfig", "belfry-probe-services", [{ role: "Service", namespaces: { names: ["shop"] } }]],
      ["Probe", "belfry-probe-ingresses", { matchNames: ["shop"] }],
      ["ScrapeConfig", "belfry-probe-pods", [{ role: "Pod", namespaces: { names: ["shop"] } }]],
    ]);
  });
});

describe("scrape targets of the user's own", () => {
  it("are a ScrapeConfig each", () => {
    assert.deepEqual(scrapeTargetObject({ ...exampleScrapeTarget, scheme: "https" }, "monitoring"), {
      apiVersion: "monitoring.coreos.com/v1alpha1",
      kind: "ScrapeConfig",
      name: "belfry-scrape-build-server",
      spec: {
        jobName: "build-server",
        scheme: "HTTPS",
        metricsPath: "/metrics",
        scrapeInterval: "60s",
        scrapeTimeout: "10s",
        staticConfigs: [{ targets: ["build.example.com:9100"], labels: { namespace: "monitoring", team: "build" } }],
      },
    });
  });

  it("keep the namespace that is named", () => {
    const { spec } = scrapeTargetObject({ ...exampleScrapeTarget, labels: { namespace: "shop" } }, "monitoring");
    assert.deepEqual(spec["staticConfigs"], [{ targets: ["build.example.com:9100"], labels: { namespace: "shop" } }]);
  });
});

describe("the platform with probes", () => {
  it("installs them beside the stack: after the namespaces and the CRDs alone", async () => {
    const settings = exampleSettings({ probes: exampleProbes(), scrapeTargets: [exampleScrapeTarget] });
    const { resources } = await collectResources(() => ({ n: new Platform("belfry", { settings }).namespace }));
    const dependsOn = (name: string) => resources.find((resource) => resource.name === name)?.dependsOn;
    const base = [
      "kubernetes:core/v1:Namespace::belfry-namespaces-monitoring",
      "kubernetes:core/v1:Namespace::belfry-namespaces-team-shop",
    ];
    const crds = "kubernetes:helm.sh/v3:Release::belfry-crds-release";
    assert.deepEqual(dependsOn("belfry-probes-release"), [
      ...base,
      "kubernetes:core/v1:Secret::belfry-probes-logins",
      crds,
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::belfry-probes-policy",
    ]);
    assert.deepEqual(dependsOn("belfry-probes-services"), [...base, crds, "kubernetes:helm.sh/v3:Release::belfry-probes-release"]);
    assert.deepEqual(dependsOn("belfry-scrape-build-server"), [...base, crds]);
  });

  it("lets only Prometheus ask the exporter", async () => {
    const settings = exampleSettings({ probes: exampleProbes(), namespace: "watch" });
    const { resources } = await collectResources(() => ({ n: new Platform("belfry", { settings }).namespace }));
    const policy = resources.find(({ name }) => name === "belfry-probes-policy");
    assert.deepEqual(policy?.inputs["spec"], {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus-blackbox-exporter" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "watch" } },
              podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
            },
          ],
          ports: [{ port: 9115, protocol: "TCP" }],
        },
      ],
    });
  });

  it("installs nothing of them where nothing is probed", async () => {
    const settings = exampleSettings();
    const { resources } = await collectResources(() => ({ n: new Platform("belfry", { settings }).namespace }));
    assert.deepEqual(resources.filter(({ name }) => /^belfry-(probes|scrape)/.test(name)).map(({ name }) => name), []);
  });
});
