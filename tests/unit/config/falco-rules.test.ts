import assert from "node:assert/strict";

import { configError, messageOf, rawConfig, refuses, team } from "./helpers.ts";

const exception = { rule: "Read sensitive file untrusted", name: "agent", fields: ["proc.name"], values: [["agent"]] };
const custom = { rule: "Shell in payments", description: "A shell", condition: "spawned_process", output: "Shell", priority: "critical" };
const withRules = (rules: Record<string, unknown>) => ({ falco: { rules } });
const withAccess = (access: Record<string, unknown>) => ({ falco: { ui: { enabled: true, storage: { size: "5Gi" }, access } } });
const http = "Remove it. Events reach falcosidekick by HTTP, which is always on.";
const gone = "asks for falco-exporter, which is gone: it read Falco's gRPC output, and Falco has none since 0.44.";
const counted =
  "Remove it. falcosidekick counts the events by rule, priority and namespace, and is scraped anyway; for a Prometheus outside the cluster write: metricsAccess: {type: nodePort, sourceRanges: [192.0.2.0/24]}";

describe("Falco's rules", () => {
  refuses([
    [
      "an exception without fields",
      withRules({ exceptions: [{ ...exception, fields: [], values: [[]] }] }),
      ["belfry:falco.rules.exceptions[0].fields: is an empty list.", "Write it like this: fields: [proc.name]"],
    ],
    [
      "an exception without values",
      withRules({ exceptions: [{ ...exception, values: [] }] }),
      ["belfry:falco.rules.exceptions[0].values: is an empty list.", "Write it like this: values: [[wdavdaemon]]"],
    ],
    [
      "a list where one value is compared",
      withRules({ exceptions: [{ ...exception, values: [[["agent", "other"]]] }] }),
      [
        "belfry:falco.rules.exceptions[0].values[0][0]: is a list, but = compares with one value.",
        "Write one value, or: comps: [in]",
      ],
    ],
    [
      "a rule of one's own with the name of one of Falco's",
      withRules({ custom: [{ ...custom, rule: "Terminal shell in container" }] }),
      [
        `belfry:falco.rules.custom[0].rule: "Terminal shell in container" is already a rule of Falco's own.`,
        "Give it a name of its own, and switch Falco's rule off: rules: {disabled: [...]}",
      ],
    ],
    [
      "two rules of one name",
      withRules({ custom: [custom, custom] }),
      [
        "belfry:falco.rules.custom[1].rule: is the same as belfry:falco.rules.custom[0].rule.",
        "Give every rule a name of its own.",
      ],
    ],
    [
      "the switching off of a rule that Falco does not have",
      withRules({ disabled: ["Terminal shell in a container"] }),
      [
        'belfry:falco.rules.disabled[0]: "Terminal shell in a container" is no rule of the pinned rules nor of rules.custom, and Falco would not start. Did you mean Terminal shell in container?',
        "Name a rule of config/falco-rules.ts, or add the rule to: rules: {custom: [...]}",
      ],
    ],
  ]);
});

describe("what Falco and its charts had once", () => {
  refuses([
    ...(
      [
        ["modern-bpf", "is an old name of modern_ebpf"],
        ["modern_bpf", "is an old name of modern_ebpf"],
        ["module", "is an old name of kmod"],
      ] as const
    ).map(
      ([driver, problem]) =>
        [
          `the driver ${driver}`,
          { falco: { driver } },
          [`belfry:falco.driver: ${JSON.stringify(driver)} ${problem}.`, "Write it like this: driver: modern_ebpf"],
        ] as const,
    ),
    ...["falcoExporter", "falco-exporter"].map(
      (key) => [`the key ${key}`, { falco: { [key]: {} } }, [`belfry:falco.${key}: ${gone}`, counted]] as const,
    ),
    ...["grpc", "grpcOutput"].map(
      (key) =>
        [
          `the key ${key}`,
          { falco: { [key]: {} } },
          [`belfry:falco.${key}: asks for Falco's gRPC server or output, which were removed in Falco 0.44.`, http],
        ] as const,
    ),
    ...["rulesFile", "rules_file"].map(
      (key) =>
        [
          `the key ${key}`,
          { falco: { [key]: [] } },
          [
            `belfry:falco.${key}: is a key of Falco's own old configuration; beside the one of today Falco refuses to start.`,
            "Remove it. Rules of your own belong into: rules: {custom: [...], exceptions: [...]}",
          ],
        ] as const,
    ),
    [
      "the key ebpf",
      { falco: { ebpf: { enabled: true } } },
      [
        "belfry:falco.ebpf: asks for the legacy eBPF probe, which was removed in Falco 0.44.",
        "Write it like this: driver: modern_ebpf",
      ],
    ],
  ]);
});

describe("the way to Falco's page", () => {
  const notOf = (name: string, type: string) =>
    [`belfry:falco.ui.access.${name}: does not belong to type ${type}.`, "Remove it."] as const;
  refuses([
    [
      "an Ingress without a name",
      withAccess({ type: "ingress", tlsSecret: "falco-ui-tls" }),
      ["belfry:falco.ui.access.host: is missing: an Ingress needs a name.", "Write it like this: host: falco.example.com"],
    ],
    [
      "a load balancer with an empty list of sources",
      withAccess({ type: "loadBalancer", sourceRanges: [] }),
      [
        "belfry:falco.ui.access.sourceRanges: is missing: the whole internet could reach the page.",
        "Write it like this: sourceRanges: [192.0.2.0/24], or [0.0.0.0/0] for everybody.",
      ],
    ],
    [
      "a load balancer with what belongs to the others",
      withAccess({ type: "loadBalancer", sourceRanges: ["192.0.2.0/24"], port: 30_282, host: "a.example.com", tlsSecret: "tls", ingressClass: "nginx" }),
      notOf("port", "loadBalancer"),
      notOf("host", "loadBalancer"),
      notOf("tlsSecret", "loadBalancer"),
      notOf("ingressClass", "loadBalancer"),
    ],
    [
      "an address of a page that is off",
      { falco: { ui: { access: { type: "nodePort" } } } },
      ["belfry:falco.ui.access: is set, but the web page is off.", "Add this line to ui: enabled: true, or remove access."],
    ],
    [
      "a load balancer of metrics with an empty list of sources",
      { falco: { metricsAccess: { type: "loadBalancer", sourceRanges: [] } } },
      [
        "belfry:falco.metricsAccess.sourceRanges: is missing: the metrics tell what runs in the cluster, and their port takes events too.",
        "Write it like this: sourceRanges: [192.0.2.10/32], the addresses of that Prometheus.",
      ],
    ],
    [
      "few privileges with the driver that is chosen on the node",
      { falco: { driver: "auto", leastPrivileged: true } },
      [
        "belfry:falco.leastPrivileged: is true, but driver auto loads a kernel module, which needs all privileges.",
        "Write it like this: driver: modern_ebpf, or remove leastPrivileged.",
      ],
    ],
    [
      "a password in the address of Loki",
      { falco: { outputs: { loki: { url: "https://me:canary@logs.example.com" } } } },
      [
        "belfry:falco.outputs.loki.url: the value holds a user or password, which must be taken for exposed: replace it.",
        "Write it like this: url: https://logs.example.com",
      ],
    ],
    [
      "a stack and a team in Falco's namespace",
      { namespace: "falco", teams: [{ ...team, namespace: "falco" }] },
      ["belfry:namespace: is the namespace of Falco (belfry:falco).", "Name another one: belfry:namespace: monitoring"],
    ],
  ]);

  for (const [password, problem] of [
    ["canary-with space", "has white space in it"],
    ["canary", "has fewer than 12 characters"],
  ] as const) {
    it(`refuses a password that ${problem}, without showing it`, () => {
      const ui = { enabled: true, storage: { size: "5Gi" } };
      const raw = rawConfig({ changes: { falco: { ui } }, secrets: { falcoUiPassword: password } });
      assert.equal(
        configError(raw).message,
        messageOf([
          `belfry:falcoUiPassword: the value ${problem}.`,
          "It must be at least 12 characters without white space and colons. Run this, it asks for the value: pulumi config set --secret belfry:falcoUiPassword --stack dev",
        ]),
      );
    });
  }
});
