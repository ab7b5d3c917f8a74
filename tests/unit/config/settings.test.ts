import { accepts, refuses } from "./helpers.ts";

const label = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";
const labelValue = "a label value (letters, digits, '.', '_' and '-', 63 characters at most)";
const quantity = "a Kubernetes quantity of at least 100Mi";
const size = "a Prometheus size of at least 50MiB (such as 16GiB)";
const time = "a Prometheus duration from 28h to 10y (such as 10d, 4w, 1d12h)";
const mirror = "an https:// or oci:// address of a chart repository";

describe("a setting", () => {
  refuses([
    [
      "a missing platform",
      { platform: undefined },
      [
        "belfry:platform: is missing; it must be one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind.",
        "Write it like this: belfry:platform: eks",
      ],
    ],
    [
      "an unknown platform",
      { platform: "kubeadmn" },
      [
        'belfry:platform: "kubeadmn" is not one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind. Did you mean kubeadm?',
        "Write it like this: belfry:platform: eks",
      ],
    ],
    [
      "an unknown platform that is near to none",
      { platform: "openshift" },
      [
        'belfry:platform: "openshift" is not one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind.',
        "Write it like this: belfry:platform: eks",
      ],
    ],
    [
      "a platform near to the sandbox, which is not proposed",
      { platform: "sandbx" },
      [
        'belfry:platform: "sandbx" is not one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind.',
        "Write it like this: belfry:platform: eks",
      ],
    ],
    [
      "an unknown profile",
      { profile: "standart" },
      [
        'belfry:profile: "standart" is not one of small, standard, ha. Did you mean standard?',
        "Write it like this: belfry:profile: small",
      ],
    ],
    [
      "an environment that is no label value",
      { environment: "my env" },
      [`belfry:environment: "my env" is not ${labelValue}.`, "Write it like this: belfry:environment: production"],
    ],
    [
      "an empty cluster name",
      { clusterName: "" },
      [`belfry:clusterName: is empty; it must be ${labelValue}.`, "Write it like this: belfry:clusterName: prod-eu-1"],
    ],
    [
      "a context of the wrong type",
      { cluster: { context: 5 } },
      [
        "belfry:cluster.context: is a number, not the name of a kubeconfig context.",
        "Write it like this: context: dev-admin",
      ],
    ],
    [
      "an unknown key of the cluster, in quotes where it holds more than letters",
      { cluster: { "kube system": "x", contxt: "a" } },
      [
        'belfry:cluster["kube system"]: is not a setting. Did you mean kubeSystemUid?',
        "Rename it to kubeSystemUid, or remove it.",
      ],
      ["belfry:cluster.contxt: is not a setting. Did you mean context?", "Rename it to context, or remove it."],
    ],
    [
      "a UID that is none",
      { cluster: { kubeSystemUid: "0B4D" } },
      [
        'belfry:cluster.kubeSystemUid: "0B4D" is not the UID of a namespace (lower case, such as 0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55).',
        "Write it like this: kubeSystemUid: 0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55",
        "Read it with: kubectl get namespace kube-system -o jsonpath={.metadata.uid}",
      ],
    ],
    [
      "a namespace in upper case",
      { namespace: "Monitoring" },
      [`belfry:namespace: "Monitoring" is not ${label}.`, "Write it like this: belfry:namespace: monitoring"],
    ],
    [
      "a namespace of Kubernetes",
      { namespace: "kube-system" },
      [
        'belfry:namespace: "kube-system" is a namespace of Kubernetes itself.',
        "Write it like this: belfry:namespace: monitoring",
      ],
    ],
    [
      "grafana that is only switched on",
      { grafana: "true" },
      [
        "belfry:grafana: true is not a map with enabled, storage, externalUrl, ingress, mail, oidc and dataSources.",
        "Write it like this: belfry:grafana: {enabled: true, storage: 1Gi}",
      ],
    ],
    [
      "a setting of Grafana near to a known one",
      { grafana: { enable: true } },
      ["belfry:grafana.enable: is not a setting. Did you mean enabled?", "Rename it to enabled, or remove it."],
    ],
    ...["20GiB", "20", "ten", "99Mi", "-1Gi", "1 Gi"].map(
      (prometheus) =>
        [
          `a volume of ${prometheus}`,
          { storage: { prometheus } },
          [
            `belfry:storage.prometheus: ${JSON.stringify(prometheus)} is not ${quantity}.`,
            "Write it like this: prometheus: 20Gi",
          ],
        ] as const,
    ),
    [
      "a class that is no name",
      { storage: { className: "My Class" } },
      [
        'belfry:storage.className: "My Class" is not the name of a StorageClass (lower case).',
        "Write it like this: className: standard",
      ],
    ],
    ...["10", "10 d", "11y", "5h1d"].map(
      (value) =>
        [
          `a retention of ${value}`,
          { retention: { time: value } },
          [`belfry:retention.time: ${JSON.stringify(value)} is not ${time}.`, "Write it like this: time: 10d"],
        ] as const,
    ),
    ...["2h", "1d", "1d3h59m59s"].map(
      (value) =>
        [
          `a retention of ${value}, which is less than the rules look back`,
          { retention: { time: value } },
          [
            `belfry:retention.time: ${JSON.stringify(value)} is less than the 28h that the alerts look back: they would forget what they know.`,
            "Write it like this: time: 10d",
          ],
        ] as const,
    ),
    ...["16Gi", "16", "1MiB", "16gib"].map(
      (value) =>
        [
          `a retention size of ${value}`,
          { retention: { size: value } },
          [`belfry:retention.size: ${JSON.stringify(value)} is not ${size}.`, "Write it like this: size: 16GiB"],
        ] as const,
    ),
    [
      "a retention that fills the volume",
      { storage: { prometheus: "20Gi" }, retention: { size: "20GiB" } },
      [
        'belfry:retention.size: "20GiB" is not below the Prometheus volume of 20Gi, which would fill up first.',
        "Write it like this: size: 16GiB, or make belfry:storage.prometheus larger.",
      ],
    ],
    [
      "a retention that fills the profile's volume",
      { profile: "small", retention: { size: "16GB" } },
      [
        'belfry:retention.size: "16GB" is not below the Prometheus volume of 10Gi, which would fill up first.',
        "Write it like this: size: 8GiB, or make belfry:storage.prometheus larger.",
      ],
    ],
    [
      "an address of charts that is none",
      { chartMirror: "charts.example.com" },
      [
        `belfry:chartMirror: "charts.example.com" is not ${mirror}.`,
        "Write it like this: belfry:chartMirror: https://charts.example.com",
      ],
    ],
    [
      "charts over http",
      { chartMirror: "http://charts.example.com" },
      [
        "belfry:chartMirror: the value is an http:// address: who listens on the way could change the charts.",
        "Write it like this: belfry:chartMirror: https://charts.example.com",
      ],
    ],
    [
      "a password in the address of the charts",
      { chartMirror: "https://me:canary@charts.example.com" },
      [
        "belfry:chartMirror: the value holds a user or password, which must be taken for exposed: replace it.",
        "Write it like this: belfry:chartMirror: https://charts.example.com",
      ],
    ],
    [
      "a query in the address of the charts",
      { chartMirror: "https://charts.example.com/?a=b" },
      [
        "belfry:chartMirror: the value has a query or a fragment.",
        "Write it like this: belfry:chartMirror: https://charts.example.com",
      ],
    ],
    [
      "a truth value in words",
      { purgeCrds: "True" },
      ['belfry:purgeCrds: "True" is not true or false.', "Write it like this: belfry:purgeCrds: false"],
    ],
    [
      "malformed JSON",
      { storage: "{prometheus: 20Gi" },
      [
        "belfry:storage: is not a map with className, prometheus, alertmanager and retain: the text cannot be read as JSON.",
        "Write it like this: belfry:storage: {className: standard, prometheus: 20Gi}",
      ],
    ],
    [
      "an unknown setting near to a known one",
      { retentoin: "10d" },
      [
        "belfry:retentoin: is not a setting. Did you mean belfry:retention?",
        "Rename it in Pulumi.dev.yaml, or remove it: pulumi config rm belfry:retentoin --stack dev",
      ],
    ],
    [
      "an unknown setting with characters that a shell would read",
      { "a'b $(c)": "1" },
      ["belfry:a'b $(c): is not a setting.", "Remove it: pulumi config rm 'belfry:a'\\''b $(c)' --stack dev"],
    ],
  ]);

  accepts([
    ["a retention of what the rules look back", { retention: { time: "1d4h" } }],
    ["a retention just below the volume", { storage: { prometheus: "20Gi" }, retention: { size: "20479MiB" } }],
    ["charts over http on loopback", { chartMirror: "http://127.0.0.1:8080/charts" }],
    ["charts in a registry", { chartMirror: "oci://registry.example.com/charts" }],
    ...["eks", "gke", "gke-autopilot", "aks", "kubeadm", "k3s", "kind"].map(
      (platform) => [`platform ${platform}`, { platform }] as const,
    ),
  ]);
});
