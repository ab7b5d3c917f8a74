/** The stand-in charts as Helm sees them. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";
import { parseAllDocuments, stringify } from "yaml";

import { diff } from "../../automation/diff/command.ts";
import { renderStack } from "../../automation/render.ts";
import { untemplated } from "../../components/logs/pipeline.ts";
import { alloyValues, lokiValues } from "../../components/logs/values.ts";
import { moduleConfigurations } from "../../components/probes/modules.ts";
import { probeValues } from "../../components/probes/values.ts";
import { upstreamDirectory } from "../../config/upstream/value-keys.ts";
import { charts, programs } from "../../config/versions.ts";
import { sandboxProcessEnvironment } from "../../sandbox/environment.ts";
import { packStandinCharts } from "../../sandbox/standins/charts/pack.ts";
import { mergeValues } from "../../sandbox/standins/charts/schema.ts";
import { startChartRepository } from "../../sandbox/standins/charts/repository.ts";
import { obtainTools, operatorModuleDirectory } from "../../sandbox/tools/index.ts";
import { exampleProbes, exampleSettings } from "../harness.ts";

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

const { prometheusOperatorCrds: crds, kubePrometheusStack: stack, blackboxExporter: blackbox } = charts;
const packages = [
  "alloy-1.11.1.tgz",
  "falco-9.1.0.tgz",
  "kube-prometheus-stack-88.5.3.tgz",
  "loki-18.11.0.tgz",
  "prometheus-blackbox-exporter-11.17.2.tgz",
  "prometheus-operator-crds-31.0.1.tgz",
  "trivy-operator-0.34.0.tgz",
];
const { signal } = new AbortController();

describe("the stand-in charts", function () {
  this.timeout(60_000);
  let root: string;
  let directory: string;
  let helm: string;
  let operatorModule: string;

  before(async function () {
    this.timeout(15 * 60_000);
    root = await mkdtemp(join(tmpdir(), "belfry-charts-"));
    directory = join(root, "charts");
    helm = await obtainTools(["helm"], { signal, report: () => undefined }).helm;
    operatorModule = await operatorModuleDirectory({ signal });
    await packStandinCharts({ directory, helm, operatorModule, signal });
  });

  after(async () => rm(root, { recursive: true, force: true }));

  const run = (args: readonly string[]) => {
    const homes = ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"].map((name) => [name, join(root, name)]);
    const env = sandboxProcessEnvironment(process.env, Object.fromEntries(homes) as Record<string, string>);
    return execa(helm, args, { env, extendEnv: false, reject: false });
  };

  const template = async (chart: { name: string; version: string }, values: unknown, namespace = "monitoring") => {
    const file = join(root, "values.yaml");
    await writeFile(file, stringify(values));
    const packed = join(directory, `${chart.name}-${chart.version}.tgz`);
    const cluster = ["--kube-version", programs.kubernetes, "--namespace", namespace];
    return run(["template", chart.name, packed, "--values", file, ...cluster]);
  };

  const render = async (
    chart: { name: string; version: string },
    values: unknown = {},
    namespace?: string,
  ): Promise<Rendered[]> => {
    const { exitCode, stdout, stderr } = await template(chart, values, namespace);
    assert.equal(exitCode, 0, stderr);
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as Rendered | null)
      .filter((object) => object !== null);
  };

  const find = (objects: readonly Rendered[], kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);

  const known = async (chart: { name: string; version: string }) =>
    (await readFile(join(upstreamDirectory, `objects-${chart.name}-${chart.version}.tsv`), "utf8"))
      .split("\n")
      .filter((line) => line !== "");

  const line = ({ apiVersion, kind, metadata }: Rendered) =>
    [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("\t");

  const notMarked = (objects: readonly Rendered[]) =>
    objects.filter(({ metadata }) => metadata.annotations?.["belfry.dev/stand-in"] !== "true").map(line);

  it("render objects of the real kube-prometheus-stack only, each marked as a stand-in's", async () => {
    const objects = await render(stack);
    const real = new Set(await known(stack));
    assert.deepEqual(objects.map(line).filter((object) => !real.has(object)), []);
    assert.equal(new Set(objects.map(line)).size, objects.length);
    assert.deepEqual(notMarked(objects), []);
    const complete = /\t(Alertmanager|DaemonSet|Deployment|Prometheus|Service|ServiceAccount|ServiceMonitor)\t/;
    const expected = [...real].filter((object) => complete.test(object));
    // The admission webhook and Grafana's test pod are left out.
    const leftOut = expected.filter((object) => !objects.map(line).includes(object));
    assert.deepEqual(leftOut, [
      "v1\tServiceAccount\tmonitoring\tkube-prometheus-stack-admission",
      "v1\tServiceAccount\tmonitoring\tkube-prometheus-stack-grafana-test",
    ]);
  });

  it("render all definitions, with the annotations that are asked for", async () => {
    const annotations = { "helm.sh/resource-policy": "keep" };
    const objects = await render(crds, { crds: { annotations } });
    assert.deepEqual(objects.map(line).sort(), (await known(crds)).sort());
    assert.deepEqual(notMarked(objects), []);
    const kept = objects.filter(({ metadata }) => metadata.annotations?.["helm.sh/resource-policy"] === "keep");
    assert.equal(kept.length, 10);
    const source = join(operatorModule, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml");
    const [original] = parseAllDocuments(await readFile(source, "utf8"));
    const rules = find(objects, "CustomResourceDefinition", "prometheusrules.monitoring.coreos.com");
    assert.deepEqual(rules?.spec, (original?.toJS() as Rendered).spec);
  });

  it("leave out a definition that is switched off", async () => {
    const objects = await render(crds, { crds: { thanosrulers: { enabled: false } } });
    assert.equal(objects.length, 9);
    assert.equal(find(objects, "CustomResourceDefinition", "thanosrulers.monitoring.coreos.com"), undefined);
  });

  for (const [values, place, key] of [
    [{ promtheus: {} }, "", "promtheus"],
    [{ alertmanager: { alertmanagerSpec: { storageSpec: {} } } }, "/alertmanager/alertmanagerSpec", "storageSpec"],
    [{ grafana: { persistence: { storageClas: "x" } } }, "/grafana/persistence", "storageClas"],
    [{ "kube-state-metrics": { resource: {} } }, "/kube-state-metrics", "resource"],
  ] as const) {
    it(`refuse the unknown key ${place}/${key}`, async () => {
      const { exitCode, stderr } = await template(stack, values);
      assert.equal(exitCode, 1);
      assert.ok(stderr.includes(`- at '${place}': additional properties '${key}' not allowed`), stderr);
    });
  }

  it("refuse an unknown key of the definitions", async () => {
    const { exitCode, stderr } = await template(crds, { crds: { probe: { enabled: false } } });
    assert.equal(exitCode, 1);
    assert.ok(stderr.includes("- at '/crds': additional properties 'probe' not allowed"), stderr);
  });

  it("refuse what the real chart can do and they cannot", async () => {
    const { exitCode, stderr } = await template(stack, { prometheus: { thanosIngress: { enabled: true } } });
    assert.equal(exitCode, 1);
    const what = "the stand-in chart kube-prometheus-stack cannot render prometheus.thanosIngress.enabled";
    assert.ok(stderr.includes(`${what}, the real chart can`), stderr);
  });

  it("render Ingresses with TLS for what is reached from outside", async () => {
    const ingress = (host: string) => ({
      enabled: true,
      ingressClassName: "nginx",
      hosts: [host],
      tls: [{ hosts: [host], secretName: "tls" }],
      annotations: { asks: host },
      pathType: "Prefix",
    });
    const objects = await render(stack, {
      grafana: { ingress: { ...ingress("g.example.com"), path: "/" } },
      prometheus: { ingress: { ...ingress("p.example.com"), paths: ["/"] }, prometheusSpec: { externalUrl: "https://p.example.com" } },
      alertmanager: { ingress: { ...ingress("a.example.com"), paths: ["/"] } },
    });
    for (const [part, host, number] of [["grafana", "g", 80], ["prometheus", "p", 9090], ["alertmanager", "a", 9093]] as const) {
      const name = `kube-prometheus-stack-${part}`;
      const found = find(objects, "Ingress", name);
      assert.equal(found?.metadata.annotations?.["asks"], `${host}.example.com`);
      assert.deepEqual(found.spec, {
        ingressClassName: "nginx",
        rules: [
          {
            host: `${host}.example.com`,
            http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number } } } }] },
          },
        ],
        tls: [{ hosts: [`${host}.example.com`], secretName: "tls" }],
      });
    }
    const spec = find(objects, "Prometheus", "kube-prometheus-stack-prometheus")?.spec as Record<string, unknown>;
    assert.equal(spec["externalUrl"], "https://p.example.com");
  });

  it("refuse a secret in grafana.ini, but not the name of a variable", async () => {
    const ini = (secret: string) => ({ grafana: { "grafana.ini": { "auth.generic_oauth": { client_secret: secret } } } });
    const { exitCode, stderr } = await template(stack, ini("canary"));
    assert.equal(exitCode, 1);
    assert.ok(stderr.includes("grafana.ini holds a secret: auth.generic_oauth.client_secret"), stderr);
    const objects = await render(stack, ini("$__env{SECRET}"));
    const text = find(objects, "ConfigMap", "kube-prometheus-stack-grafana")?.data?.["grafana.ini"] ?? "";
    assert.ok(text.includes("[auth.generic_oauth]\nclient_secret = $__env{SECRET}\n"), text);
  });

  it("select by the release's label, or everything when told so", async () => {
    const kinds = ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"];
    const selectors = async (values: unknown) => {
      const objects = await render(stack, { prometheus: { prometheusSpec: values } });
      const spec = find(objects, "Prometheus", "kube-prometheus-stack-prometheus")?.spec as Record<string, unknown>;
      return kinds.map((kind) => spec[`${kind}Selector`]);
    };
    const closed = { matchLabels: { release: "kube-prometheus-stack" } };
    assert.deepEqual(await selectors({}), [closed, closed, closed, closed, closed]);
    const open = Object.fromEntries(kinds.map((kind) => [`${kind}SelectorNilUsesHelmValues`, false]));
    assert.deepEqual(await selectors(open), [{}, {}, {}, {}, {}]);
    const own = { matchLabels: { team: "a" } };
    assert.deepEqual(await selectors({ ...open, ruleSelector: own }), [{}, {}, {}, {}, own]);
  });

  it("hand on Alertmanager's configuration and templates as they are", async () => {
    const title = '{{ template "belfry.slack.title" . }}';
    const config = {
      route: { receiver: "slack" },
      receivers: [{ name: "null" }, { name: "slack", slack_configs: [{ api_url_file: "/etc/x", title }] }],
    };
    const templateFiles = { "belfry.tmpl": '{{ define "belfry.slack.title" }}x{{ end }}' };
    const enableFeatures = ["receiver-name-in-metrics"];
    const objects = await render(stack, {
      alertmanager: { config, templateFiles, enableFeatures, alertmanagerSpec: { secrets: ["receiver-slack"] } },
    });
    const secret = find(objects, "Secret", "alertmanager-kube-prometheus-stack-alertmanager");
    const decode = (key: string) => Buffer.from(secret?.data?.[key] ?? "", "base64").toString();
    const [written] = parseAllDocuments(decode("alertmanager.yaml"));
    const { route, receivers, templates } = written?.toJS() as Record<string, unknown>;
    assert.deepEqual(receivers, config.receivers);
    assert.deepEqual(templates, ["/etc/alertmanager/config/*.tmpl"]);
    assert.equal((route as { receiver: string }).receiver, "slack");
    assert.equal(decode("belfry.tmpl"), templateFiles["belfry.tmpl"]);
    const spec = find(objects, "Alertmanager", "kube-prometheus-stack-alertmanager")?.spec as Record<string, unknown>;
    assert.deepEqual(spec["enableFeatures"], enableFeatures);
    assert.deepEqual(spec["secrets"], ["receiver-slack"]);
  });

  it("keep no Secret for Grafana where there is one already", async () => {
    const objects = await render(stack, { grafana: { admin: { existingSecret: "grafana-admin" } } });
    assert.equal(find(objects, "Secret", "kube-prometheus-stack-grafana"), undefined);
    const deployment = find(objects, "Deployment", "kube-prometheus-stack-grafana");
    assert.ok(JSON.stringify(deployment).includes('{"secretKeyRef":{"name":"grafana-admin","key":"admin-password"}}'));
  });

  it("edit and remove shipped alerts as the real chart does", async () => {
    const objects = await render(stack, {
      defaultRules: {
        disabled: { NodeFilesystemSpaceFillingUp: true, TargetDown: true },
        rules: { prometheus: false },
        additionalRuleLabels: { team: "platform" },
        additionalRuleAnnotations: { KubePodCrashLooping: { runbook_url: "https://example.com/{{ $labels.pod }}" } },
      },
      customRules: { KubePodCrashLooping: { for: "3m", severity: "critical" } },
    });
    const rules = (name: string) => {
      const spec = find(objects, "PrometheusRule", `kube-prometheus-stack-${name}`)?.spec;
      const groups = (spec as { groups: { rules: Record<string, unknown>[] }[] } | undefined)?.groups;
      return groups?.flatMap((group) => group.rules);
    };
    assert.equal(rules("node-exporter"), undefined);
    assert.equal(rules("prometheus"), undefined);
    assert.deepEqual(rules("general.rules")?.map((rule) => rule["alert"]), ["Watchdog", "InfoInhibitor"]);
    const crash = rules("kubernetes-apps")?.find((rule) => rule["alert"] === "KubePodCrashLooping");
    assert.deepEqual([crash?.["for"], crash?.["labels"]], ["3m", { severity: "critical", team: "platform" }]);
    assert.deepEqual(crash?.["annotations"], {
      summary: "A container crashes again and again.",
      description:
        "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} is in CrashLoopBackOff.",
      runbook_url: "https://example.com/{{ $labels.pod }}",
    });
  });

  it("leave out the parts of the control plane that are switched off", async () => {
    const parts = ["kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"];
    const objects = await render(stack, Object.fromEntries(parts.map((part) => [part, { enabled: false }])));
    const inKubeSystem = objects.filter(({ metadata }) => metadata.namespace === "kube-system").map(line);
    assert.deepEqual(inKubeSystem, ["v1\tService\tkube-system\tkube-prometheus-stack-coredns"]);
    assert.equal(find(objects, "ServiceMonitor", "kube-prometheus-stack-kube-etcd"), undefined);
  });

  const logSettings = exampleSettings({ storage: { className: "fast", prometheus: "1Gi", alertmanager: "1Gi" } });
  const logStore = { mode: "install", retention: "14d", storage: "50Gi" } as const;

  it("render the objects of the real loki and alloy from Belfry's values, each marked as a stand-in's", async () => {
    for (const [chart, values] of [
      [charts.loki, lokiValues(logStore, logSettings)],
      [charts.alloy, alloyValues(logSettings)],
    ] as const) {
      const objects = await render(chart, values, "logging");
      assert.deepEqual(objects.map(line).sort(), await known(chart), chart.name);
      assert.deepEqual(notMarked(objects), []);
    }
  });

  it("keep logs on a volume as long as asked", async () => {
    const objects = await render(charts.loki, lokiValues(logStore, logSettings), "logging");
    const config = find(objects, "ConfigMap", "loki")?.data?.["config.yaml"] ?? "";
    const [parsed] = parseAllDocuments(config);
    const { limits_config: limits, compactor } = parsed?.toJS() as Record<string, Record<string, unknown>>;
    assert.equal(limits?.["retention_period"], "14d");
    assert.deepEqual(compactor, { retention_enabled: true, delete_request_store: "filesystem" });
    const spec = find(objects, "StatefulSet", "loki")?.spec as { volumeClaimTemplates: { spec: unknown }[] };
    assert.deepEqual(spec.volumeClaimTemplates[0]?.spec, {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "50Gi" } },
    });
  });

  it("hand on Alloy's pipeline through Helm's templates as it is", async () => {
    const pipeline = 'a "{{ b }}" {\n}\n';
    const values = { ...alloyValues(logSettings), alloy: { configMap: { content: untemplated(pipeline) } } };
    const objects = await render(charts.alloy, values, "logging");
    assert.equal(find(objects, "ConfigMap", "alloy")?.data?.["config.alloy"]?.trim(), pipeline.trim());
  });

  for (const [title, chart, values, message] of [
    ["Loki on anything but a file system", charts.loki, { loki: { storage: { type: "s3" } } }, "the stand-in chart loki cannot render loki.storage.type s3"],
    ["two Lokis on one file system", charts.loki, { singleBinary: { replicas: 2 } }, "singleBinary.replicas must be 1"],
    ["a Loki without a schema", charts.loki, { loki: { schemaConfig: null } }, "loki.schemaConfig is missing"],
    ["Loki's gateway", charts.loki, { gateway: { enabled: true } }, "the stand-in chart loki cannot render gateway.enabled"],
    ["Alloy's own CRDs", charts.alloy, { crds: { create: true } }, "the stand-in chart alloy cannot render crds.create"],
    ["an empty list of Alloy's rights", charts.alloy, { rbac: { clusterRules: [] } }, "rbac.rules and rbac.clusterRules must both hold a rule"],
  ] as const) {
    it(`refuse ${title}`, async () => {
      const usual = chart === charts.loki ? lokiValues(logStore, logSettings) : alloyValues(logSettings);
      const { exitCode, stderr } = await template(chart, mergeValues(usual, values), "logging");
      assert.equal(exitCode, 1);
      assert.ok(stderr.includes(message), stderr);
    });
  }

  it("render the objects of the real blackbox exporter, each marked as a stand-in's", async () => {
    const selfMonitor = { enabled: true };
    const objects = await render(blackbox, { serviceMonitor: { selfMonitor } });
    assert.deepEqual(objects.map(line).sort(), (await known(blackbox)).sort());
    assert.deepEqual(notMarked(objects), []);
  });

  it("render the blackbox exporter as the program asks for it", async () => {
    const probes = exampleProbes();
    const values = probeValues({ probes, profile: "ha" });
    const objects = await render(blackbox, values);
    const kinds = objects.map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, [
      "ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount", "ServiceMonitor",
    ]);
    const configuration = find(objects, "ConfigMap", blackbox.name)?.data?.["blackbox.yaml"] ?? "";
    const [written] = parseAllDocuments(configuration);
    assert.deepEqual(written?.toJS(), { modules: moduleConfigurations(probes) });
    const { template, replicas } = find(objects, "Deployment", blackbox.name)?.spec as {
      replicas: number;
      template: { spec: { securityContext: unknown; containers: Record<string, unknown>[]; volumes: unknown[] } };
    };
    const [container] = template.spec.containers;
    assert.equal(replicas, 2);
    assert.deepEqual(template.spec.securityContext, values["podSecurityContext"]);
    assert.deepEqual(container?.["securityContext"], values["securityContext"]);
    assert.deepEqual(template.spec.volumes.at(-1), { name: "logins", secret: { secretName: "blackbox-logins", defaultMode: 0o440 } });
    assert.deepEqual((container?.["volumeMounts"] as unknown[]).at(-1), {
      name: "logins", mountPath: "/etc/blackbox_exporter/logins", readOnly: true,
    });
  });

  it("refuse what they lack and what there is not for the blackbox exporter", async () => {
    const unknown = await template(blackbox, { allowICMP: true });
    assert.ok(unknown.stderr.includes("additional properties 'allowICMP' not allowed"), unknown.stderr);
    const lacking = await template(blackbox, { secretConfig: true });
    const what = "the stand-in chart prometheus-blackbox-exporter cannot render secretConfig, the real chart can";
    assert.ok(lacking.stderr.includes(what), lacking.stderr);
  });

  it("are had by Helm from the repository", async () => {
    const repository = await startChartRepository({ directory, port: 0 });
    const target = join(root, "pulled");
    await mkdir(target);
    try {
      const address = `http://127.0.0.1:${repository.port}`;
      const from = ["--repo", address, "--version", stack.version, "--destination", target];
      const { exitCode, stderr } = await run(["pull", stack.name, ...from]);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(await readdir(target), ["kube-prometheus-stack-88.5.3.tgz"]);
    } finally {
      await repository.close();
    }
  });

  it("let belfry diff compare a stack down to the objects of every release", async () => {
    const options = { checkout: join(import.meta.dirname, "..", ".."), signal, charts: directory };
    const sides = await Promise.all(
      ["staging", "prod"].map(async (name) => {
        const files = await renderStack({ checkout: options.checkout, stack: name });
        for (const [path, text] of files) {
          await mkdir(dirname(join(root, name, path)), { recursive: true });
          await writeFile(join(root, name, path), text);
        }
        return join(root, name);
      }),
    );
    const [fromDirectory = "", toDirectory = ""] = sides;
    const [compared] = (await diff({ ...options, fromDirectory, toDirectory })).stacks;
    assert.deepEqual(compared?.notes, ["Whether secrets change cannot be told from rendered directories, which hold none."]);
    const changed = (kind: string, name: string) => compared.objects.find((object) => object.kind === kind && object.name === name);
    assert.deepEqual(changed("Prometheus", "kube-prometheus-stack-prometheus")?.paths.find(({ path }) => path === "spec.replicas"), {
      path: "spec.replicas", before: "1", after: "2",
    });
    assert.equal(changed("StatefulSet", "loki")?.change, "added");
    assert.ok(compared.findings.some(({ kind, object, text }) => kind === "privilege" && object === "DaemonSet falco/falco" && text === "has the capability BPF (containers[falco])"));
    const [same] = (await diff({ ...options, fromDirectory: toDirectory, toDirectory })).stacks;
    assert.deepEqual([same?.objects, same?.findings, same?.alerts], [[], [], []]);
  });

  it("are packed once", async () => {
    const times = async () => {
      const names = (await readdir(directory)).sort();
      return Promise.all(names.map(async (name) => [name, (await stat(join(directory, name))).mtimeMs] as const));
    };
    const first = await times();
    assert.deepEqual(
      first.map(([name]) => name),
      [...packages, "index.yaml", "sources.sha256"].sort(),
    );
    await packStandinCharts({ directory, helm, operatorModule, signal });
    assert.deepEqual(await times(), first);
  });

  it("are packed again when one is missing, and what an interrupted run left is removed", async () => {
    await rm(join(directory, "index.yaml"));
    await mkdir(join(directory, ".packing-left"));
    await packStandinCharts({ directory, helm, operatorModule, signal });
    assert.equal((await readdir(directory)).length, packages.length + 2);
  });

  it("leave nothing when they are interrupted", async () => {
    const other = join(root, "interrupted");
    const endless = join(root, "endless");
    await writeFile(endless, `#!/bin/sh\ntouch "${join(root, "started")}"\nexec sleep 600\n`, { mode: 0o700 });
    const abort = new AbortController();
    const packing = packStandinCharts({ directory: other, helm: endless, operatorModule, signal: abort.signal });
    const rejected = assert.rejects(packing, { message: "stopped by hand" });
    while (!(await readdir(root)).includes("started")) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort(new Error("stopped by hand"));
    await rejected;
    assert.deepEqual(await readdir(other), []);
  });
});
