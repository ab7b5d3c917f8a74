/**
 * Every version that Belfry pins, in this one place. Each pin stands below a marker that `renovate.json` reads.
 *
 * The Go programs of the sandbox are pinned a second time where Go needs it, in `sandbox/tools/go/<module>/go.mod`; a test
 * holds the two together. npm packages are pinned by `package.json` and its lock file.
 */

/** A Helm chart: its name, the repository that publishes it and the exact version. */
export interface ChartPin {
  readonly name: string;
  /** An `https://` chart repository. */
  readonly repository: string;
  readonly version: string;
}

export const charts = {
  prometheusOperatorCrds: {
    name: "prometheus-operator-crds",
    repository: "https://prometheus-community.github.io/helm-charts",
    // renovate: datasource=helm depName=prometheus-operator-crds registryUrl=https://prometheus-community.github.io/helm-charts
    version: "31.0.1",
  },
  kubePrometheusStack: {
    name: "kube-prometheus-stack",
    repository: "https://prometheus-community.github.io/helm-charts",
    // renovate: datasource=helm depName=kube-prometheus-stack registryUrl=https://prometheus-community.github.io/helm-charts
    version: "88.5.3",
  },
  trivyOperator: {
    name: "trivy-operator",
    repository: "https://aquasecurity.github.io/helm-charts",
    // renovate: datasource=helm depName=trivy-operator registryUrl=https://aquasecurity.github.io/helm-charts
    version: "0.34.0",
  },
  falco: {
    name: "falco",
    repository: "https://falcosecurity.github.io/charts",
    // renovate: datasource=helm depName=falco registryUrl=https://falcosecurity.github.io/charts
    version: "9.1.0",
  },
  blackboxExporter: {
    name: "prometheus-blackbox-exporter",
    repository: "https://prometheus-community.github.io/helm-charts",
    // renovate: datasource=helm depName=prometheus-blackbox-exporter registryUrl=https://prometheus-community.github.io/helm-charts
    version: "11.17.2",
  },
  loki: {
    name: "loki",
    repository: "https://grafana-community.github.io/helm-charts",
    // renovate: datasource=helm depName=loki registryUrl=https://grafana-community.github.io/helm-charts
    version: "18.11.0",
  },
  alloy: {
    name: "alloy",
    repository: "https://grafana.github.io/helm-charts",
    // renovate: datasource=helm depName=alloy registryUrl=https://grafana.github.io/helm-charts
    version: "1.11.1",
  },
} as const satisfies Record<string, ChartPin>;

/** The vulnerable application of the demo. It is old on purpose: it must never be moved to a newer version. */
export const demoImage = "docker.io/anaisurlichs/react-example-app:9.0.0";

/** Something that is neither chart nor program, fetched from a registry of containers. */
export interface ArtifactPin {
  /** Registry and repository. */
  readonly reference: string;
  readonly version: string;
  /** `sha256:` and 64 digits; with it, what the registry gives must be exactly that. */
  readonly digest?: string;
}

/** What programs of the charts fetch when they start. */
export const artifacts: { readonly falcoRules: ArtifactPin } = {
  falcoRules: {
    reference: "ghcr.io/falcosecurity/rules/falco-rules",
    // With it moves config/falco-rules.ts, the names of its rules.
    // renovate: datasource=docker depName=ghcr.io/falcosecurity/rules/falco-rules
    version: "5.1.0",
  },
};

/** Versions of the programs that the pinned charts run in the cluster; sandbox and tests run the same. */
export const stackPrograms = {
  // renovate: datasource=github-releases depName=prometheus-operator/prometheus-operator
  prometheusOperator: "v0.93.1",
  // renovate: datasource=github-releases depName=prometheus/prometheus
  prometheus: "v3.14.0",
  // renovate: datasource=github-releases depName=prometheus/alertmanager
  alertmanager: "v0.34.0",
  // renovate: datasource=github-releases depName=prometheus/blackbox_exporter
  blackboxExporter: "v0.28.0",
} as const;

/** Programs that the sandbox and the command run. Helm is the version that the Kubernetes provider embeds. */
export const programs = {
  // renovate: datasource=github-releases depName=kubernetes/kubernetes
  kubernetes: "v1.36.3",
  // renovate: datasource=github-releases depName=etcd-io/etcd
  etcd: "v3.6.15",
  // renovate: datasource=github-releases depName=kubernetes-sigs/kwok
  kwok: "v0.8.0",
  // renovate: datasource=github-releases depName=helm/helm
  helm: "v3.20.2",
  // renovate: datasource=github-releases depName=pulumi/pulumi
  pulumi: "v3.259.0",
  // The newest that exists as a Go module; it only starts the program, whose SDK is pinned in package.json.
  pulumiLanguageNodejs: "v3.60.0",
} as const;

/** Pulumi providers: the versions that the npm packages in package.json ask the engine for. */
export const providers = {
  // renovate: datasource=npm depName=@pulumi/kubernetes
  kubernetes: "4.34.2",
  // renovate: datasource=npm depName=@pulumi/random
  random: "4.21.2",
} as const;

/** The oldest Node.js and Go that `npm start` accepts. */
export const prerequisites = { node: "20.19.0", go: "1.26" } as const;
