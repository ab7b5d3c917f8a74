import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { expand, hostPath, planMounts, type MountSources } from "../../../sandbox/daemon/mounts.ts";
import {
  choosePod,
  planWorkload,
  processIdentity,
  unzipped,
  type WorkloadKind,
  type WorkloadPlan,
} from "../../../sandbox/daemon/workload.ts";
import type { Pod } from "../../../sandbox/daemon/objects.ts";
import { pod, type PodOptions } from "./objects.ts";

const options = { root: "/root", volumes: "/volumes" };

const member: PodOptions = {
  labels: { "app.kubernetes.io/managed-by": "prometheus-operator", "app.kubernetes.io/name": "alertmanager" },
  owner: { kind: "StatefulSet", name: "alertmanager-main" },
  containers: [
    {
      name: "alertmanager",
      args: [
        "--config.file=/etc/am/config_out/am.env.yaml",
        "--name=$(POD_NAME)/$(UNKNOWN)",
        "--web.route-prefix=/alerts/",
      ],
      env: [
        { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "GOGC", value: "50" },
        { name: "HTTP_PROXY", value: "http://elsewhere" },
      ],
      volumeMounts: [
        { name: "config-out", mountPath: "/etc/am/config_out" },
        { name: "slack", mountPath: "/etc/am/secrets/slack" },
        { name: "data", mountPath: "/alertmanager", subPath: "alertmanager-db" },
        { name: "web", mountPath: "/etc/am/web/web.yaml", subPath: "web.yaml" },
      ],
    },
    {
      name: "config-reloader",
      args: ["--config-file=/etc/am/config/am.yaml.gz", "--config-envsubst-file=/etc/am/config_out/am.env.yaml"],
      env: [{ name: "SHARD", value: "0" }],
      volumeMounts: [
        { name: "config", mountPath: "/etc/am/config" },
        { name: "config-out", mountPath: "/etc/am/config_out" },
      ],
    },
  ],
  volumes: [
    { name: "config", secret: { secretName: "generated" } },
    { name: "config-out", emptyDir: {} },
    { name: "slack", secret: { secretName: "slack" } },
    { name: "data", persistentVolumeClaim: { claimName: "db" } },
    { name: "web", secret: { secretName: "web" } },
  ],
};

function sources(secrets: Record<string, Record<string, string | Buffer>>): MountSources {
  return {
    secret: (_namespace, name) => {
      const secret = secrets[name];
      return secret && new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]));
    },
    configMap: () => undefined,
    volumeOf: (namespace, name) => (namespace === "monitoring" && name === "db" ? "pvc-1" : undefined),
  };
}

const secrets = {
  generated: { "am.yaml.gz": gzipSync("shard: $(SHARD)\n"), "a.tmpl": "template" },
  slack: { url: "https://example.com" },
  web: { "web.yaml": "", other: "no" },
};

const kind: WorkloadKind = {
  name: "alertmanager",
  arguments: (args, mapPath) => args.map((argument) => `${argument} ${mapPath("/alertmanager") ?? ""}`),
  configuration: (text, mapPath) => `${text}# ${mapPath("/etc/am/secrets/slack/url") ?? ""}\n`,
};

function planOf(of: Pod, from: MountSources = sources(secrets)): WorkloadPlan {
  const planned = planWorkload(kind, of, from, options);
  if (!("plan" in planned)) throw new Error(JSON.stringify(planned));
  return planned.plan;
}

describe("a pod of the operator as a process", () => {
  it("is planned from its volumes, arguments and configuration", () => {
    const plan = planOf(pod("alertmanager-main-0", member));
    assert.deepEqual([...plan.files].map(([path, content]) => [path, unzipped(content).toString()]).sort(), [
      ["/root/etc/am/config/a.tmpl", "template"],
      ["/root/etc/am/config/am.yaml.gz", "shard: $(SHARD)\n"],
      ["/root/etc/am/config_out/am.env.yaml", "shard: 0\n# /root/etc/am/secrets/slack/url\n"],
      ["/root/etc/am/secrets/slack/url", "https://example.com"],
      ["/root/etc/am/web/web.yaml", ""],
    ]);
    assert.deepEqual(plan.args, [
      "--config.file=/etc/am/config_out/am.env.yaml /volumes/pvc-1/alertmanager-db",
      "--name=alertmanager-main-0/$(UNKNOWN) /volumes/pvc-1/alertmanager-db",
      "--web.route-prefix=/alerts/ /volumes/pvc-1/alertmanager-db",
    ]);
    assert.deepEqual(plan.directories, ["/root/etc/am/config_out", "/volumes/pvc-1/alertmanager-db"]);
    assert.deepEqual(plan.env, { GOGC: "50" });
    assert.equal(plan.routePrefix, "/alerts");
    assert.equal(plan.pod, "monitoring/alertmanager-main-0");
  });

  it("waits for a Secret, a volume and a configuration that are not there", () => {
    const { slack, ...others } = secrets;
    assert.deepEqual(slack, { url: "https://example.com" });
    const am = pod("am-0", member);
    assert.deepEqual(planWorkload(kind, am, sources(others), options), {
      waiting: "the pod monitoring/am-0 cannot start: Secret monitoring/slack is not there",
    });
    assert.deepEqual(planWorkload(kind, am, { ...sources(secrets), volumeOf: () => undefined }, options), {
      waiting: "the pod monitoring/am-0 cannot start: PersistentVolume of monitoring/db is not there",
    });
    assert.deepEqual(planWorkload(kind, am, sources({ ...secrets, generated: {} }), options), {
      waiting: "the operator has not generated the configuration for monitoring/am-0 yet",
    });
  });

  it("tells a configuration that cannot be read without quoting it", () => {
    const broken: WorkloadKind = {
      ...kind,
      configuration: (text) => {
        throw new Error(text);
      },
    };
    assert.deepEqual(planWorkload(broken, pod("am-0", member), sources(secrets), options), {
      broken: "the configuration that the operator generated for monitoring/am-0 cannot be read",
    });
    assert.deepEqual(planWorkload(kind, pod("am-0", { ...member, containers: [] }), sources(secrets), options), {
      broken: "the pod monitoring/am-0 lacks the container alertmanager",
    });
  });

  it("has another content when a Secret changes, and is another process when the pod is another", () => {
    const first = planOf(pod("am-0", member));
    const rotated = planOf(pod("am-0", member), sources({ ...secrets, slack: { url: "https://example.org" } }));
    assert.notEqual(rotated.contentHash, first.contentHash);
    assert.equal(processIdentity(rotated), processIdentity(first));
    const again = pod("am-0", member);
    const replaced = planOf({ ...again, metadata: { ...again.metadata, uid: "another" } });
    assert.equal(replaced.contentHash, first.contentHash);
    assert.notEqual(processIdentity(replaced), processIdentity(first));
  });

  it("is the first member that serves", () => {
    const members = [
      pod("alertmanager-main-2", member),
      pod("alertmanager-main-1", member),
      pod("alertmanager-main-0", { ...member, ready: false }),
      pod("alertmanager-a", { ...member, deleted: true }),
      pod("alertmanager-b", { ...member, owner: { kind: "ReplicaSet", name: "other" } }),
      pod("alertmanager-c", { ...member, labels: { "app.kubernetes.io/name": "alertmanager" } }),
    ];
    assert.equal(choosePod(members, "alertmanager")?.metadata.name, "alertmanager-main-1");
    assert.equal(choosePod(members, "prometheus"), undefined);
  });
});

describe("the volumes of a pod", () => {
  const projecting = pod("p", {
    containers: [
      {
        name: "main",
        volumeMounts: [
          { name: "account", mountPath: "/var/run/account" },
          { name: "rules", mountPath: "/rules" },
          { name: "picked", mountPath: "/picked" },
        ],
      },
    ],
    volumes: [
      {
        name: "account",
        projected: {
          sources: [
            { serviceAccountToken: { path: "token" } },
            { secret: { name: "tls", items: [{ key: "a", path: "sub/b" }] } },
            { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
          ],
        },
      },
      { name: "rules", configMap: { name: "absent", optional: true } },
      { name: "picked", secret: { secretName: "tls", items: [{ key: "c", path: "../escape" }] } },
    ],
  });

  it("are projected, picked from and left out as a kubelet does, and never leave their mount", () => {
    const plan = planMounts(projecting, ["main"], sources({ tls: { a: "1", c: "2" } }), options);
    assert.deepEqual(
      [...plan.files].map(([path, content]) => [path, content.toString()]),
      [
        ["/var/run/account/token", "sandbox"],
        ["/var/run/account/sub/b", "1"],
        ["/var/run/account/namespace", "monitoring"],
      ],
    );
    assert.deepEqual(plan.missing, []);
  });

  it("map paths by the nearest mount, at the borders of names", () => {
    const places = new Map([
      ["/etc", "/a"],
      ["/etc/am", "/b"],
    ]);
    assert.equal(hostPath(places, "/etc/am/x/*.tmpl"), "/b/x/*.tmpl");
    assert.equal(hostPath(places, "/etc/amx"), "/a/amx");
    assert.equal(hostPath(places, "/etc/am/../passwd"), "/a/passwd");
    assert.equal(hostPath(places, "/var"), undefined);
  });

  it("expand known variables only", () => {
    assert.equal(expand("$(A) $(B) $A $$(A)", { A: "1" }), "1 $(B) $A $1");
  });
});
