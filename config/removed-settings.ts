/** Settings that older guides ask for and that cannot exist any more: each is refused with its reason. Pure. */
import { settingKey, type Problem } from "./problems.ts";

interface Reason {
  /** The rest of the sentence that starts with the setting. */
  readonly problem: string;
  readonly fix: string;
}

const exporter: Reason = {
  problem: "asks for falco-exporter, which is gone: it read Falco's gRPC output, and Falco has none since 0.44.",
  fix:
    "Remove it. falcosidekick counts the events by rule, priority and namespace, and is scraped anyway; for a Prometheus " +
    "outside the cluster write: metricsAccess: {type: nodePort, sourceRanges: [192.0.2.0/24]}",
};
const grpc: Reason = {
  problem: "asks for Falco's gRPC server or output, which were removed in Falco 0.44.",
  fix: "Remove it. Events reach falcosidekick by HTTP, which is always on.",
};
const rulesFile: Reason = {
  problem: "is a key of Falco's own old configuration; beside the one of today Falco refuses to start.",
  fix: "Remove it. Rules of your own belong into: rules: {custom: [...], exceptions: [...]}",
};

const ofFalco: Readonly<Record<string, Reason>> = {
  exporter,
  falcoExporter: exporter,
  "falco-exporter": exporter,
  grpc,
  grpcOutput: grpc,
  grpc_output: grpc,
  rulesFile,
  rules_file: rulesFile,
  ebpf: {
    problem: "asks for the legacy eBPF probe, which was removed in Falco 0.44.",
    fix: "Write it like this: driver: modern_ebpf",
  },
};

/** What is to be told of an unknown key that was a setting of Falco or its charts once. */
export function removedSetting(path: readonly PropertyKey[]): Problem | undefined {
  const [first, name, ...below] = path;
  const reason = first === "falco" && below.length === 0 && Object.hasOwn(ofFalco, String(name)) ? ofFalco[String(name)] : undefined;
  return reason === undefined ? undefined : { key: settingKey(path), ...reason };
}
