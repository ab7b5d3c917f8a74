import assert from "node:assert/strict";

import { parse } from "yaml";

import { falcoPolicies, outsideServices } from "../../../components/falco/access.ts";
import { alertmanagerAddresses, alertmanagerOutput, namespaceField } from "../../../components/falco/push.ts";
import { rulesText } from "../../../components/falco/rules.ts";
import { falcoValues } from "../../../components/falco/values.ts";
import { keptByDestroy } from "../../../components/kept.ts";
import { Platform } from "../../../components/platform.ts";
import { falcoDrivers } from "../../../config/settings-falco.ts";
import { profiles } from "../../../config/settings.ts";
import { chartValueKeys, unknownValueKeys, type ValueKey } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import { pushedAlert } from "../../../sandbox/falco-event.ts";
import { canaries, collectResources, exampleFalco, exampleSettings, exampleTrivy, fullSettings } from "../../harness.ts";

const at = (values: unknown, ...path: readonly string[]) =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);

describe("values of falco", () => {
  it("hold no key that the pinned chart does not have, whatever the settings", async () => {
    const keys = await chartValueKeys(charts.falco);
    const config = keys.children.get("falcosidekick")?.children.get("config");
    assert.ok(config !== undefined);
    for (const profile of profiles) {
      for (const driver of falcoDrivers) {
        for (const access of [{ type: "ingress", host: "a.example.com", tlsSecret: "t" }, { type: "nodePort" }] as const) {
          const { ui } = exampleFalco();
          assert.ok(ui !== undefined);
          const falco = exampleFalco({ driver, ui: { ...ui, access } });
          const values = falcoValues(falco, exampleSettings({ profile }));
          assert.deepEqual(unknownValueKeys(keys, values), []);
          // The list leaves open what stands below any `config`; of falcosidekick it holds all of it.
          const closed: ValueKey = { ...config, below: "closed" as const };
          assert.deepEqual(unknownValueKeys(closed, at(values, "falcosidekick", "config")), []);
        }
      }
    }
  });

  it("follow no rules that nobody has seen", () => {
    const values = falcoValues(exampleFalco(), exampleSettings());
    assert.deepEqual(at(values, "falcoctl"), {
      artifact: { install: { enabled: true }, follow: { enabled: false } },
      config: { artifact: { install: { refs: ["ghcr.io/falcosecurity/rules/falco-rules:5.1.0"] } } },
    });
  });

  it("hold no secret, and never admin as the password", () => {
    const text = JSON.stringify(falcoValues(exampleFalco(), exampleSettings()));
    assert.deepEqual(Object.values(canaries).filter((secret) => text.includes(secret)), []);
    assert.equal(at(falcoValues(exampleFalco(), exampleSettings()), "falcosidekick", "webui", "user"), "");
    assert.ok(!text.includes("admin"));
  });

  it("bound what Redis keeps by time, memory and volume", () => {
    const webui = at(falcoValues(exampleFalco(), exampleSettings()), "falcosidekick", "webui");
    assert.equal(at(webui, "ttl"), "604800s");
    assert.deepEqual(at(webui, "redis", "customConfig"), ["maxmemory 256mb", "maxmemory-policy volatile-ttl"]);
    assert.deepEqual([at(webui, "redis", "storageSize"), at(webui, "redis", "storageClass")], ["5Gi", "redis-data"]);
  });

  it("drop whole series at the scrape, never a label that two series differ by", () => {
    const monitor = at(falcoValues(exampleFalco(), exampleSettings()), "falcosidekick", "serviceMonitor");
    assert.deepEqual(at(monitor, "additionalProperties", "metricRelabelings"), [
      {
        action: "drop",
        sourceLabels: ["__name__", "priority_raw"],
        regex: "falcosecurity_falcosidekick_falco_events_total;(error|warning|notice|informational|debug|)",
      },
      { action: "labeldrop", regex: "exported_namespace|priority" },
    ]);
  });
});

describe("the push of a critical event", () => {
  it("reaches every Alertmanager", () => {
    assert.deepEqual(alertmanagerAddresses({ namespace: "monitoring", profile: "small" }), [
      "http://kube-prometheus-stack-alertmanager.monitoring.svc:9093",
    ]);
    assert.deepEqual(
      alertmanagerAddresses({ namespace: "watch", profile: "ha" }),
      [0, 1, 2].map((n) => `http://alertmanager-kube-prometheus-stack-alertmanager-${n}.alertmanager-operated.watch.svc:9093`),
    );
  });

  it("is told falcosidekick in the words of its variables", () => {
    assert.deepEqual(alertmanagerOutput(exampleFalco(), exampleSettings()), {
      hostport: "http://kube-prometheus-stack-alertmanager.monitoring.svc:9093",
      endpoint: "/api/v2/alerts",
      minimumpriority: "critical",
      expireafter: "3600",
      customseveritymap:
        "emergency:critical,alert:critical,critical:critical,error:warning,warning:warning,notice:info,informational:info,debug:info",
      extralabels: "alertname:FalcoEvent,cluster:test-1,environment:test",
      extraannotations: "runbook_url:https://runbooks.example.com/BelfryFalcoCriticalEvent.md",
    });
    // falcosidekick takes a template only when it has one colon and no comma.
    assert.deepEqual([namespaceField().split(":").length, namespaceField().split(",").length], [2, 1]);
  });

  it("becomes an alert with all that routes, inhibitions and messages need", () => {
    const event = {
      rule: "Drop and execute new binary in container",
      priority: "critical",
      output: "Executing binary not part of base image",
      time: new Date("2026-01-02T03:04:05Z"),
      hostname: "node-1",
      tags: ["process", "container"],
      fields: { "k8s.ns.name": "shop", "proc.aname[2]": "sh", "container.id": null },
    } as const;
    const config = alertmanagerOutput(exampleFalco(), exampleSettings());
    assert.deepEqual(pushedAlert(event, config), {
      labels: {
        alertname: "FalcoEvent",
        cluster: "test-1",
        environment: "test",
        eventsource: "syscall",
        hostname: "node-1",
        k8s_ns_name: "shop",
        namespace: "shop",
        priority: "Critical",
        proc_aname_2: "sh",
        rule: "Drop and execute new binary in container",
        severity: "critical",
        source: "falco",
        tags: "container,process",
      },
      annotations: {
        description: "Executing binary not part of base image",
        info: "Executing binary not part of base image",
        runbook_url: "https://runbooks.example.com/BelfryFalcoCriticalEvent.md",
        summary: "Drop and execute new binary in container",
      },
      endsAt: "2026-01-02T04:04:05.000Z",
    });
    for (const none of [null, "<NA>", ""]) {
      const { labels } = pushedAlert({ ...event, fields: { "k8s.ns.name": none } }, config);
      assert.equal(labels["namespace"], "falco");
    }
  });
});

describe("Falco's rules", () => {
  it("append all exceptions of a rule in one item, and use override as Falco wants it today", () => {
    const exceptions = ["a", "b"].map((name) => ({
      rule: "Read sensitive file untrusted",
      name,
      fields: ["proc.name"],
      comps: ["="],
      values: [[name]],
    }));
    const rules = { exceptions, custom: [], macros: [], lists: [], disabled: ["System user interactive"] };
    const [own, ...items] = parse(rulesText(rules, "watch")) as { rule: string; exceptions: { values: unknown }[] }[];
    assert.equal(own?.rule, "Contact K8S API Server From Container");
    assert.deepEqual((own.exceptions[0]?.values as string[][])[0], ["watch", "/kube-state-metrics"]);
    assert.deepEqual(items, [
      {
        rule: "Read sensitive file untrusted",
        exceptions: ["a", "b"].map((name) => ({ name, fields: ["proc.name"], comps: ["="], values: [[name]] })),
        override: { exceptions: "append" },
      },
      { rule: "System user interactive", enabled: false, override: { enabled: "replace" } },
    ]);
  });
});

describe("the way in to Falco", () => {
  it("is for those that need it, and for the networks that were named", () => {
    const policies = falcoPolicies(exampleFalco(), "monitoring");
    const prometheus = { namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } };
    assert.deepEqual(policies.map(({ name }) => name), ["falco", "falcosidekick", "falcosidekick-ui-redis"]);
    assert.deepEqual(policies[0]?.allow, [{ from: [prometheus, { cidr: "198.51.100.7/32" }], ports: [8765] }]);
    assert.deepEqual(falcoPolicies({}, "monitoring")[0]?.allow, [{ from: [prometheus], ports: [8765] }]);
  });

  it("from outside has the sources and the port that were asked for", () => {
    const services = outsideServices(exampleFalco());
    assert.deepEqual(services.map(({ name, spec }) => [name, spec.type, spec.loadBalancerSourceRanges]), [
      ["falco-falcosidekick-ui-external", "LoadBalancer", ["192.0.2.0/24"]],
      ["falco-metrics-external", "NodePort", undefined],
      ["falco-falcosidekick-external", "NodePort", undefined],
    ]);
    assert.deepEqual(outsideServices({}), []);
  });
});

function withoutPage() {
  const { ui, ...rest } = exampleFalco();
  assert.ok(ui !== undefined);
  return rest;
}

describe("the volume of the page", () => {
  it("is made before the namespace, for one claim, and keeps its data", async () => {
    const { resources } = await collectResources(() => {
      const { namespace } = new Platform("belfry", { settings: fullSettings() });
      return { namespace };
    });
    const find = (name: string) => resources.find((resource) => resource.name === name) ?? assert.fail(name);
    assert.deepEqual(find("belfry-falco-namespace").dependsOn, [
      "kubernetes:core/v1:PersistentVolume::belfry-falco-redis-data",
    ]);
    const { spec, metadata } = find("belfry-falco-redis-data").inputs as Record<string, Record<string, unknown>>;
    assert.equal(metadata?.["name"], "redis-data");
    assert.equal(spec?.["persistentVolumeReclaimPolicy"], "Retain");
    assert.deepEqual(spec["claimRef"], {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "falco",
      name: "falco-falcosidekick-ui-redis-data-falco-falcosidekick-ui-redis-0",
    });
    assert.ok(find("belfry-falco-release").dependsOn.includes("kubernetes:helm.sh/v3:Release::belfry-crds-release"));
  });

  const storage = { prometheus: "1Gi", alertmanager: "1Gi" };
  const page = exampleFalco().ui ?? assert.fail();
  const ofClass = exampleFalco({ ui: { ...page, storage: { size: "5Gi" } } });
  for (const [title, falco, retain, kept] of [
    ["of a StorageClass is kept where told to, with its namespace", ofClass, true, true],
    ["of a StorageClass goes otherwise", ofClass, false, false],
    ["on a node goes whatever is told, for it would be held back by its claim", exampleFalco(), true, false],
    ["is nothing to be kept where there is no page", withoutPage(), true, false],
  ] as const) {
    it(title, async () => {
      const settings = fullSettings({ falco, storage: { ...storage, retain }, trivy: exampleTrivy({ server: false }) });
      const { resources } = await collectResources(() => {
        const { namespace } = new Platform("belfry", { settings });
        return { namespace };
      });
      const retained = resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name);
      assert.deepEqual(retained.includes("belfry-falco-namespace"), kept);
      assert.ok(!retained.includes("belfry-falco-redis-data"));
      const names = `monitoring${kept ? ", logging and falco" : " and logging"}`;
      const sentence =
        `The volumes with their claims, and so the namespaces ${names}; the next up takes them over. ` +
        `To remove them: kubectl delete namespace monitoring logging${kept ? " falco" : ""}`;
      assert.equal(keptByDestroy(settings).includes(sentence), retain);
    });
  }
});
