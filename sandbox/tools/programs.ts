/** The programs of the sandbox: what each is built from, how its version is told, and what building it costs. */
import { programs as pins, stackPrograms } from "../../config/versions.ts";

export const programNames = [
  "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kwok", "kwokctl",
  "pulumi", "helm", "prometheus-operator", "alertmanager", "prometheus", "pulumi-language-nodejs", "promtool", "amtool",
  "blackbox_exporter",
] as const;
export type ProgramName = (typeof programNames)[number];

/** A Go module below `sandbox/tools/go/` with its own go.mod and go.sum. */
export type ModuleName = "programs" | "alertmanager" | "language-host" | "blackbox-exporter";

export interface Program {
  readonly name: ProgramName;
  readonly module: ModuleName;
  /** Go package of the program's main. */
  readonly package: string;
  /** Go module that is pinned, and at which version: as in go.mod. */
  readonly pin: { readonly module: string; readonly version: string };
  /** The version it tells, without `v`. */
  readonly version: string;
  /** Name that `go build` gives the program. */
  readonly built: string;
  /** Arguments that make it tell its version, and how to find it in what it prints. Absent: it cannot tell. */
  readonly tells?: { readonly args: readonly string[]; readonly pattern: RegExp };
  /** Linker settings that tell the program its version. */
  readonly stamps: readonly string[];
  /** Programs of one group are built by one `go build`. */
  readonly group: string;
  /** Seconds that building it adds on two cores with empty caches, in the order of {@link programNames}. */
  readonly seconds: number;
}

const kubernetes = pins.kubernetes.slice(1);
const [major = "", minor = ""] = kubernetes.split(".");
const kubernetesStamps = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((where) => [
  `${where}.gitVersion=${pins.kubernetes}`,
  `${where}.gitMajor=${major}`,
  `${where}.gitMinor=${minor}`,
]);
const prometheusStamp = (version: string) => [`github.com/prometheus/common/version.Version=${version.slice(1)}`];

/** Prometheus 3.14.0 is version v0.314.0 of its Go module. */
function prometheusModuleVersion(version: string): string {
  const [, main = "", feature = "", fix = ""] = /^v(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  return `v0.${main}${feature.padStart(2, "0")}.${fix}`;
}

const kube = (name: "kube-apiserver" | "kube-controller-manager" | "kube-scheduler", group: string, seconds: number): Program => ({
  name,
  module: "programs",
  package: `k8s.io/kubernetes/cmd/${name}`,
  pin: { module: "k8s.io/kubernetes", version: pins.kubernetes },
  version: kubernetes,
  built: name,
  tells: { args: ["--version"], pattern: /^Kubernetes v(\S+)$/m },
  stamps: kubernetesStamps,
  group,
  seconds,
});

const kwok = (name: "kwok" | "kwokctl"): Program => ({
  name,
  module: "programs",
  package: `sigs.k8s.io/kwok/cmd/${name}`,
  pin: { module: "sigs.k8s.io/kwok", version: pins.kwok },
  version: pins.kwok.slice(1),
  built: name,
  tells: { args: ["--version"], pattern: new RegExp(`^${name} version v(\\S+)`, "m") },
  stamps: kubernetesStamps,
  group: "kwok",
  seconds: 15,
});

const prometheus = (name: "prometheus" | "promtool", seconds: number): Program => ({
  name,
  module: "programs",
  package: `github.com/prometheus/prometheus/cmd/${name}`,
  pin: { module: "github.com/prometheus/prometheus", version: prometheusModuleVersion(stackPrograms.prometheus) },
  version: stackPrograms.prometheus.slice(1),
  built: name,
  tells: { args: ["--version"], pattern: new RegExp(`^${name}, version (\\S+)`, "m") },
  stamps: prometheusStamp(stackPrograms.prometheus),
  group: name,
  seconds,
});

const alertmanager = (name: "alertmanager" | "amtool", seconds: number): Program => ({
  name,
  module: "alertmanager",
  package: `github.com/prometheus/alertmanager/cmd/${name}`,
  pin: { module: "github.com/prometheus/alertmanager", version: stackPrograms.alertmanager },
  version: stackPrograms.alertmanager.slice(1),
  built: name,
  tells: { args: ["--version"], pattern: new RegExp(`^${name}, version (\\S+)`, "m") },
  stamps: prometheusStamp(stackPrograms.alertmanager),
  group: name,
  seconds,
});

const table: readonly Program[] = [
  kube("kube-apiserver", "kube-apiserver", 270),
  kube("kube-controller-manager", "control-plane", 45),
  kube("kube-scheduler", "control-plane", 15),
  {
    name: "etcd",
    module: "programs",
    package: "go.etcd.io/etcd/server/v3",
    pin: { module: "go.etcd.io/etcd/server/v3", version: pins.etcd },
    version: pins.etcd.slice(1),
    built: "server",
    tells: { args: ["--version"], pattern: /^etcd Version: (\S+)$/m },
    stamps: kubernetesStamps,
    group: "control-plane",
    seconds: 25,
  },
  kwok("kwok"),
  kwok("kwokctl"),
  {
    name: "pulumi",
    module: "programs",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    pin: { module: "github.com/pulumi/pulumi/pkg/v3", version: pins.pulumi },
    version: pins.pulumi.slice(1),
    built: "pulumi",
    tells: { args: ["version"], pattern: /^v(\S+)$/m },
    stamps: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pins.pulumi}`],
    group: "pulumi",
    seconds: 200,
  },
  {
    name: "helm",
    module: "programs",
    package: "helm.sh/helm/v3/cmd/helm",
    pin: { module: "helm.sh/helm/v3", version: pins.helm },
    version: pins.helm.slice(1),
    built: "helm",
    tells: { args: ["version", "--template", "{{.Version}}"], pattern: /^v(\S+)$/m },
    stamps: [`helm.sh/helm/v3/internal/version.version=${pins.helm}`, ...kubernetesStamps],
    group: "helm",
    seconds: 16,
  },
  {
    name: "prometheus-operator",
    module: "programs",
    package: "github.com/prometheus-operator/prometheus-operator/cmd/operator",
    pin: { module: "github.com/prometheus-operator/prometheus-operator", version: stackPrograms.prometheusOperator },
    version: stackPrograms.prometheusOperator.slice(1),
    built: "operator",
    tells: { args: ["--version"], pattern: /^prometheus-operator, version (\S+)/m },
    stamps: prometheusStamp(stackPrograms.prometheusOperator),
    group: "prometheus-operator",
    seconds: 60,
  },
  alertmanager("alertmanager", 36),
  prometheus("prometheus", 40),
  {
    name: "pulumi-language-nodejs",
    module: "language-host",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    pin: { module: "github.com/pulumi/pulumi/sdk/v3", version: pins.pulumiLanguageNodejs },
    version: pins.pulumiLanguageNodejs.slice(1),
    built: "pulumi-language-nodejs",
    stamps: [],
    group: "language-host",
    seconds: 20,
  },
  prometheus("promtool", 5),
  alertmanager("amtool", 6),
  {
    name: "blackbox_exporter",
    module: "blackbox-exporter",
    package: "github.com/prometheus/blackbox_exporter",
    pin: { module: "github.com/prometheus/blackbox_exporter", version: stackPrograms.blackboxExporter },
    version: stackPrograms.blackboxExporter.slice(1),
    built: "blackbox_exporter",
    tells: { args: ["--version"], pattern: /^blackbox_exporter, version (\S+)/m },
    stamps: prometheusStamp(stackPrograms.blackboxExporter),
    group: "blackbox_exporter",
    seconds: 15,
  },
];

const byName = new Map(table.map((program) => [program.name, program]));

export function programOf(name: ProgramName): Program {
  const program = byName.get(name);
  if (program === undefined) throw new Error(`no program ${name} in the table`);
  return program;
}

/** `remove_all_sd,enable_kubernetes_sd`: of Prometheus's service discoveries only the one that is used; the clouds' would cost minutes. */
export const buildTags = "remove_all_sd,enable_kubernetes_sd";

/**
 * Clients of clouds, which pulumi links for its backends and keys there. A sandbox runs none of their code, and optimizing it
 * takes longer than compiling all of Prometheus: they are compiled as they stand.
 */
const cloudClients = ["github.com/aws/...", "github.com/Azure/...", "cloud.google.com/...", "google.golang.org/api/..."];

/** Flags of the compiler, the same for all programs, so that what they share is compiled once. No debug information: the linker would drop it. */
export const compilerFlags: readonly string[] = [
  "-gcflags=all=-dwarf=false",
  ...cloudClients.map((pattern) => `-gcflags=${pattern}=-dwarf=false -N -l`),
];

/** Gigabytes that a build with empty caches takes in Go's caches; the programs themselves are below one. */
export const goCacheGigabytes = 5;
