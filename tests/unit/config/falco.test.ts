import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { accepts, configError, messageOf, rawConfig, refuses } from "./helpers.ts";

const ui = { enabled: true, storage: { size: "5Gi" } };
const exception = {
  rule: "Read sensitive file untrusted",
  name: "agent",
  fields: ["proc.name", "fd.name"],
  comps: ["=", "startswith"],
  values: [["agent", "/etc/agent"]],
};
const withRules = (rules: Record<string, unknown>) => ({ falco: { rules } });
const withUi = (changes: Record<string, unknown>) => ({ falco: { ui: { ...ui, ...changes } } });

describe("falco", () => {
  refuses([
    [
      "the legacy eBPF driver",
      { falco: { driver: "ebpf" } },
      [
        'belfry:falco.driver: "ebpf" was removed in Falco 0.44: the legacy eBPF probe is replaced by modern_ebpf.',
        "Write it like this: driver: modern_ebpf",
      ],
    ],
    [
      "the gVisor driver",
      { falco: { driver: "gvisor" } },
      [
        'belfry:falco.driver: "gvisor" was removed in Falco 0.44: Falco cannot watch gVisor any more, modern_ebpf watches ordinary containers.',
        "Write it like this: driver: modern_ebpf",
      ],
    ],
    [
      "an unknown driver",
      { falco: { driver: "dtrace" } },
      ['belfry:falco.driver: "dtrace" is not modern_ebpf, kmod or auto.', "Write it like this: driver: modern_ebpf"],
    ],
    [
      "few privileges with a kernel module",
      { falco: { driver: "kmod", leastPrivileged: true } },
      [
        "belfry:falco.leastPrivileged: is true, but driver kmod loads a kernel module, which needs all privileges.",
        "Write it like this: driver: modern_ebpf, or remove leastPrivileged.",
      ],
    ],
    [
      "Falco where no pod reaches the kernel",
      { platform: "gke-autopilot", falco: { enabled: true } },
      [
        "belfry:falco.enabled: is true, but Google GKE Autopilot lets no pod load a driver into the kernel of its nodes.",
        "Write it like this: enabled: false. Google's own Security Command Center watches those nodes.",
      ],
    ],
    [
      "falco-exporter",
      { falco: { exporter: { enabled: true } } },
      [
        "belfry:falco.exporter: asks for falco-exporter, which is gone: it read Falco's gRPC output, and Falco has none since 0.44.",
        "Remove it. falcosidekick counts the events by rule, priority and namespace, and is scraped anyway; for a Prometheus outside the cluster write: metricsAccess: {type: nodePort, sourceRanges: [192.0.2.0/24]}",
      ],
    ],
    [
      "gRPC",
      { falco: { grpc_output: { enabled: true } } },
      [
        "belfry:falco.grpc_output: asks for Falco's gRPC server or output, which were removed in Falco 0.44.",
        "Remove it. Events reach falcosidekick by HTTP, which is always on.",
      ],
    ],
    [
      "a page without storage",
      { falco: { ui: { enabled: true } } },
      [
        "belfry:falco.ui.storage: is missing: without a volume the page's Redis waits for ever, or forgets everything.",
        "Write it like this: storage: {size: 5Gi}, or on a node's own disk: storage: {size: 5Gi, local: {path: /var/lib/redis-data, node: node-1}}",
      ],
    ],
    [
      "a page without Falco",
      { falco: { enabled: false, ui } },
      ["belfry:falco.ui.enabled: is true, but Falco is off.", "Write it like this: ui: {enabled: false}"],
    ],
    [
      "storage of a page that is off",
      { falco: { ui: { storage: {} } } },
      [
        "belfry:falco.ui.storage: is set, but the web page is off.",
        "Add this line to ui: enabled: true, or remove storage.",
      ],
    ],
    [
      "a class beside a directory",
      withUi({ storage: { className: "fast", local: { path: "/data", node: "n1" } } }),
      [
        "belfry:falco.ui.storage.className: is set beside local: a directory on a node has no StorageClass.",
        "Remove className or local.",
      ],
    ],
    [
      "a user with a colon",
      withUi({ user: "a:b" }),
      [
        'belfry:falco.ui.user: "a:b" has a colon: the page would fall back to admin and admin.',
        "Write it like this: user: falco",
      ],
    ],
    [
      "a load balancer for everybody by omission",
      withUi({ access: { type: "loadBalancer" } }),
      [
        "belfry:falco.ui.access.sourceRanges: is missing: the whole internet could reach the page.",
        "Write it like this: sourceRanges: [192.0.2.0/24], or [0.0.0.0/0] for everybody.",
      ],
    ],
    [
      "sources of a port on the nodes",
      withUi({ access: { type: "nodePort", sourceRanges: ["192.0.2.0/24"] } }),
      [
        "belfry:falco.ui.access.sourceRanges: has no effect with nodePort: Kubernetes limits sources for load balancers only.",
        "Remove it and limit the port by the nodes' firewall, or write: type: loadBalancer",
      ],
    ],
    [
      "an Ingress without TLS",
      withUi({ access: { type: "ingress", host: "falco.example.com" } }),
      [
        "belfry:falco.ui.access.tlsSecret: is missing: the password would cross the network in plain text.",
        "Write it like this: tlsSecret: falco-ui-tls, the name of a Secret with certificate and key in namespace falco.",
      ],
    ],
    [
      "metrics for everybody",
      { falco: { metricsAccess: { type: "nodePort" } } },
      [
        "belfry:falco.metricsAccess.sourceRanges: is missing: the metrics tell what runs in the cluster, and their port takes events too.",
        "Write it like this: sourceRanges: [192.0.2.10/32], the addresses of that Prometheus.",
      ],
    ],
    [
      "a network that is none",
      { falco: { metricsAccess: { type: "nodePort", sourceRanges: ["192.0.2.0"] } } },
      [
        'belfry:falco.metricsAccess.sourceRanges[0]: "192.0.2.0" is not a network in CIDR form (such as 192.0.2.0/24).',
        "Write it like this: - 192.0.2.0/24",
      ],
    ],
    [
      "Loki where there is none",
      { falco: { outputs: { loki: {} } } },
      [
        "belfry:falco.outputs.loki.url: is missing, and there is no Loki of this stack's own.",
        "Write it like this: url: https://logs.example.com, or install one: belfry:logs: {mode: install}",
      ],
    ],
    [
      "Slack without its webhook",
      { falco: { outputs: { slack: {} } } },
      [
        "belfry:falcoSlackWebhookUrl: is missing: outputs.slack of belfry:falco needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:falcoSlackWebhookUrl --stack dev",
      ],
    ],
    [
      "fewer operators than fields",
      withRules({ exceptions: [{ ...exception, comps: ["="] }] }),
      [
        "belfry:falco.rules.exceptions[0].comps: has 1 item, but fields has 2: each field needs one operator.",
        'Write 2 items, for example: comps: ["=", "="]',
      ],
    ],
    [
      "more values than fields",
      withRules({ exceptions: [{ ...exception, values: [["agent", "/etc/agent", "root"]] }] }),
      [
        "belfry:falco.rules.exceptions[0].values[0]: has 3 items, but fields has 2: each field needs one value.",
        "Write 2 items, in the order of fields: proc.name, fd.name",
      ],
    ],
    [
      "one value where a list is compared",
      withRules({ exceptions: [{ ...exception, comps: ["in", "="] }] }),
      [
        "belfry:falco.rules.exceptions[0].values[0][0]: is a single value, but in compares with a list.",
        "Write it in brackets.",
      ],
    ],
    [
      "an exception of a rule that Falco does not have",
      withRules({ exceptions: [{ ...exception, rule: "Read sensitive file untrustd" }] }),
      [
        'belfry:falco.rules.exceptions[0].rule: "Read sensitive file untrustd" is no rule of the pinned rules nor of rules.custom, and Falco would not start. Did you mean Read sensitive file untrusted?',
        "Name a rule of config/falco-rules.ts, or add the rule to: rules: {custom: [...]}",
      ],
    ],
    [
      "two exceptions of one name",
      withRules({ exceptions: [exception, exception] }),
      [
        "belfry:falco.rules.exceptions[1].name: is already the name of belfry:falco.rules.exceptions[0] for the same rule.",
        "Give every exception of a rule a name of its own, or put the values into one.",
      ],
    ],
    [
      "an alert that ends before the counted one",
      { falco: { pushExpiresAfter: "10m" } },
      ['belfry:falco.pushExpiresAfter: "10m" is not a duration from 45m to 3h.', "Write it like this: pushExpiresAfter: 1h"],
    ],
  ]);

  it("refuses a password of the page with a colon, without showing it", () => {
    const raw = rawConfig({ changes: { falco: { ui } }, secrets: { falcoUiPassword: "canary:password" } });
    assert.equal(
      configError(raw).message,
      messageOf([
        "belfry:falcoUiPassword: the value has a colon: the page would not understand it and let everybody in with admin and admin.",
        "It must be at least 12 characters without white space and colons. Run this, it asks for the value: pulumi config set --secret belfry:falcoUiPassword --stack dev",
      ]),
    );
  });

  accepts([
    ["few privileges with modern_ebpf", { falco: { leastPrivileged: true } }],
    ["exceptions of lists", withRules({ exceptions: [{ ...exception, comps: ["in", "="], values: [[["a", "b"], "/x"]] }] })],
    ["a page behind an Ingress", withUi({ access: { type: "ingress", host: "falco.example.com", tlsSecret: "tls" } })],
  ]);

  it("is off where the platform cannot", () => {
    const settings = loadConfig(rawConfig({ changes: { platform: "gke-autopilot" } }));
    assert.deepEqual(settings.falco, { enabled: false });
  });
});
