import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { accepts, type Changes, configError, messageOf, rawConfig, refuses, team } from "./helpers.ts";

const off = "Write it like this: belfry:demo: false";

describe("belfry:trivy", () => {
  const trivyOf = (changes: Changes) => loadConfig(rawConfig({ changes })).trivy;

  it("is not installed unless written, or when switched off", () => {
    assert.equal(trivyOf({}), undefined);
    assert.equal(trivyOf({ trivy: { enabled: false, sbom: true } }), undefined);
  });

  it("has these defaults", () => {
    assert.deepEqual(trivyOf({ trivy: {} }), {
      ignoreUnfixed: true,
      severities: ["critical", "high", "medium"],
      namespaces: [],
      excludeNamespaces: [],
      server: true,
      serverVolume: "5Gi",
      databaseMirrors: [],
      configAudit: false,
      sbom: false,
      nodeCollector: false,
      privateImages: true,
      registryLogins: [],
      reportLifetimeSeconds: 86_400,
    });
  });

  it("has a server by profile unless the setting says otherwise", () => {
    const server = (profile: string, trivy: Changes = {}) => trivyOf({ profile, trivy })?.server;
    assert.deepEqual(["small", "standard", "ha"].map((profile) => server(profile)), [false, true, true]);
    assert.deepEqual([server("small", { server: true }), server("ha", { server: false })], [true, false]);
  });

  refuses([
    [
      "a switch in the place of the map",
      { trivy: true },
      [
        "belfry:trivy: true is not a map of Trivy's settings, {} for the defaults.",
        "Write it like this: belfry:trivy: {ignoreUnfixed: true, excludeNamespaces: [kube-system]}",
      ],
    ],
    [
      "an unknown key",
      { trivy: { ignoreUnfix: true } },
      ["belfry:trivy.ignoreUnfix: is not a setting. Did you mean ignoreUnfixed?", "Rename it to ignoreUnfixed, or remove it."],
    ],
    [
      "both lists of namespaces",
      { trivy: { namespaces: ["shop"], excludeNamespaces: ["kube-system"] } },
      [
        "belfry:trivy.excludeNamespaces: stands beside namespaces, and Trivy ignores it then: what is not in that list is not scanned anyway.",
        "Keep one of the two.",
      ],
    ],
    [
      "a namespace twice",
      { trivy: { namespaces: ["shop", "shop"] } },
      ["belfry:trivy.namespaces[1]: is the same as belfry:trivy.namespaces[0].", "Remove one."],
    ],
    [
      "a namespace that is none",
      { trivy: { namespaces: ["Shop"] } },
      [
        'belfry:trivy.namespaces[0]: "Shop" is not a DNS label (lower-case letters, digits and hyphens, 63 characters at most).',
        "Write it like this: - shop",
      ],
    ],
    [
      "a pattern that leaves everything out",
      { trivy: { excludeNamespaces: ["*"] } },
      [
        "belfry:trivy.excludeNamespaces[0]: \"*\" is not a namespace, or a pattern of them with '*' (not '*' alone).",
        "Write it like this: - ci-*",
      ],
    ],
    [
      "severities without the one that is told",
      { trivy: { severities: ["high"] } },
      [
        "belfry:trivy.severities: the value leaves out critical, which the alerts are about.",
        "Write it like this: severities: [critical, high]",
      ],
    ],
    [
      "an unknown severity",
      { trivy: { severities: ["critical", "hihg"] } },
      [
        'belfry:trivy.severities[1]: "hihg" is not one of critical, high, medium, low, unknown. Did you mean high?',
        "Write it like this: - critical",
      ],
    ],
    [
      "no severity",
      { trivy: { severities: [] } },
      ["belfry:trivy.severities: the value is an empty list.", "Write it like this: severities: [critical, high]"],
    ],
    ...["1h", "8d", "24", "6h1s"].map(
      (reportLifetime) =>
        [
          `reports that live ${reportLifetime}`,
          { trivy: { reportLifetime } },
          [
            `belfry:trivy.reportLifetime: ${JSON.stringify(reportLifetime)} is not a duration from 6h to 7d in whole minutes (such as 24h, 2d).`,
            "Write it like this: reportLifetime: 24h",
          ],
        ] as const,
    ),
    [
      "a mirror with a scheme",
      { trivy: { databaseMirrors: ["https://registry.example.com/aquasec"] } },
      [
        "belfry:trivy.databaseMirrors[0]: the value has a scheme; a registry is named without one.",
        "Write it like this: - registry.example.com/aquasec",
      ],
    ],
    [
      "a mirror without a path",
      { trivy: { databaseMirrors: ["registry.example.com"] } },
      [
        'belfry:trivy.databaseMirrors[0]: "registry.example.com" is not a registry and a path in it, such as registry.example.com/aquasec.',
        "Write it like this: - registry.example.com/aquasec",
      ],
    ],
    [
      "a server's volume that is too small",
      { trivy: { serverVolume: "5" } },
      [
        'belfry:trivy.serverVolume: "5" is not a Kubernetes quantity of at least 100Mi.',
        "Write it like this: serverVolume: 10Gi",
      ],
    ],
    [
      "logins that the operator may not read",
      { trivy: { privateImages: false, registryLogins: [{ namespace: "shop", name: "login" }] } },
      [
        "belfry:trivy.privateImages: is false, so the operator could not read the Secrets in registryLogins.",
        "Write privateImages: true, or remove registryLogins.",
      ],
    ],
    [
      "a login twice",
      { trivy: { registryLogins: [{ namespace: "shop", name: "login" }, { namespace: "shop", name: "login" }] } },
      ["belfry:trivy.registryLogins[1]: is the same as belfry:trivy.registryLogins[0].", "Remove one."],
    ],
    ...(
      [
        ["eks", "Amazon EKS the provider configures the nodes and keeps the control plane's files out of reach"],
        ["gke", "Google GKE (Standard) the provider configures the nodes and keeps the control plane's files out of reach"],
        ["gke-autopilot", "Google GKE Autopilot pods must not read files of the nodes"],
        ["aks", "Azure AKS the provider configures the nodes and keeps the control plane's files out of reach"],
      ] as const
    ).map(
      ([platform, reason]) =>
        [
          `the node collector on ${platform}`,
          { platform, trivy: { nodeCollector: true } },
          [`belfry:trivy.nodeCollector: is true, but on ${reason}.`, "Write it like this: nodeCollector: false"],
        ] as const,
    ),
    [
      "a stack in Trivy's namespace",
      { namespace: "trivy-system", trivy: {} },
      [
        "belfry:namespace: is the namespace of Trivy Operator (belfry:trivy).",
        "Name another one: belfry:namespace: monitoring",
      ],
    ],
    [
      "a team that makes Trivy's namespace",
      { teams: [{ ...team, namespace: "trivy-system", createNamespace: true }], trivy: {} },
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is that of Trivy Operator (belfry:trivy), which is created anyway.",
        "Write it like this: createNamespace: false",
      ],
    ],
  ]);

  accepts([
    ["the node collector on kubeadm", { platform: "kubeadm", trivy: { nodeCollector: true } }],
    ["the node collector on k3s", { platform: "k3s", trivy: { nodeCollector: true } }],
    ["the bill of materials where asked", { trivy: { sbom: true } }],
    ["a node collector that is switched off with Trivy", { platform: "eks", trivy: { enabled: false, nodeCollector: true } }],
    ["a registry with a port", { trivy: { databaseMirrors: ["registry.example.com:5000/mirror/aquasec"] } }],
    ["Trivy's namespace for others where it is not installed", { namespace: "trivy-system" }],
    ["no logins and no reading of them", { trivy: { privateImages: false } }],
  ]);
});

describe("belfry:demo", () => {
  it("is off unless asked for", () => {
    assert.equal(loadConfig(rawConfig({ changes: { trivy: {} } })).demo, undefined);
    assert.equal(loadConfig(rawConfig({ changes: { trivy: {}, demo: true } })).demo, true);
  });

  it("is refused in a stack that is called prod", () => {
    const raw = { ...rawConfig({ changes: { trivy: {}, demo: true } }), stack: "prod" };
    assert.equal(
      configError(raw).message,
      messageOf([
        'belfry:demo: is true, but the stack is called "prod": a vulnerable application has no place in production.',
        off,
      ]).replace("stack dev", "stack prod"),
    );
  });

  refuses([
    ...(
      [
        ["environment", "production"],
        ["environment", "Prod"],
        ["environment", "eu_prod"],
        ["clusterName", "prod-eu-1"],
      ] as const
    ).map(
      ([setting, name]) =>
        [
          `a demo where ${setting} is ${name}`,
          { [setting]: name, trivy: {}, demo: true },
          [
            `belfry:demo: is true, but belfry:${setting} is called ${JSON.stringify(name)}: a vulnerable application has no place in production.`,
            off,
          ],
        ] as const,
    ),
    [
      "a demo that nothing scans",
      { demo: true },
      [
        "belfry:demo: is true, but nothing would scan the application: belfry:trivy is not switched on.",
        "Write belfry:trivy: {}, or belfry:demo: false",
      ],
    ],
    [
      "a demo beside the namespaces that are scanned",
      { demo: true, trivy: { namespaces: ["shop"] } },
      [
        "belfry:demo: is true, but its namespace test is not among the namespaces that Trivy scans.",
        "Add test to belfry:trivy.namespaces, or write belfry:demo: false",
      ],
    ],
    [
      "a demo in a namespace that is left out",
      { demo: true, trivy: { excludeNamespaces: ["kube-system", "te*"] } },
      [
        "belfry:demo: is true, but belfry:trivy.excludeNamespaces[1] leaves its namespace test out.",
        "Remove that entry, or write belfry:demo: false",
      ],
    ],
    [
      "a team that makes the demo's namespace",
      { demo: true, trivy: {}, teams: [{ ...team, namespace: "test", createNamespace: true }] },
      [
        "belfry:teams[0].createNamespace: is true, but the namespace is that of the vulnerable application (belfry:demo), which is created anyway.",
        "Write it like this: createNamespace: false",
      ],
    ],
  ]);

  accepts([
    ["a demo in an environment whose name only sounds like it", { environment: "product-tests", trivy: {}, demo: true }],
    ["a demo among the namespaces that are scanned", { demo: true, trivy: { namespaces: ["shop", "test"] } }],
    ["a demo beside patterns for others", { demo: true, trivy: { excludeNamespaces: ["test-*"] } }],
  ]);
});
