/** Values of the charts loki and alloy. Pure. */
import type { Settings } from "../../config/settings.ts";
import { namespaceNames } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import type { LogStore } from "../../config/settings-logs.ts";
import { alloyPipeline, untemplated } from "./pipeline.ts";
import { logSizing } from "./sizing.ts";

export type LogSurroundings = Pick<Settings, "profile" | "environment" | "clusterName" | "storage">;

/** Loki's address inside the cluster. */
export const lokiUrl = `http://loki.${namespaceNames.logs}.svc:3100`;

/** How often both are scraped. */
const scrapeInterval = "30s";

/**
 * Loki as one process on one volume. Everything that the chart would install around it is off: the gateway and the
 * caches are for many replicas, the canary writes logs of its own, and the sidecar reads all Secrets and ConfigMaps.
 */
export function lokiValues(store: LogStore, settings: LogSurroundings): Values {
  const { className } = settings.storage;
  return {
    deploymentMode: "Monolithic",
    loki: {
      // There is one tenant; who may come at all is a matter of the network policy.
      auth_enabled: false,
      analytics: { reporting_enabled: false },
      commonConfig: { replication_factor: 1 },
      storage: { type: "filesystem" },
      schemaConfig: {
        configs: [
          // Says from when on the index has this form. Never edited: a later form is one more entry.
          {
            from: "2024-04-01",
            store: "tsdb",
            object_store: "filesystem",
            schema: "v13",
            index: { prefix: "loki_index_", period: "24h" },
          },
        ],
      },
      limits_config: { retention_period: store.retention },
      // Without it nothing is ever deleted, whatever the retention is.
      compactor: { retention_enabled: true, delete_request_store: "filesystem" },
    },
    singleBinary: {
      replicas: 1,
      resources: logSizing(settings.profile).loki,
      persistence: {
        enabled: true,
        size: store.storage,
        ...(className === undefined ? {} : { storageClass: className }),
      },
    },
    // The chart refuses to mix one process with the parts of a distributed Loki.
    read: { replicas: 0 },
    write: { replicas: 0 },
    backend: { replicas: 0 },
    gateway: { enabled: false },
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    lokiCanary: { enabled: false },
    // Needs the canary.
    test: { enabled: false },
    sidecar: { rules: { enabled: false } },
    rbac: { namespaced: true },
    // Loki asks the API server nothing.
    serviceAccount: { automountServiceAccountToken: false },
    defaults: { automountServiceAccountToken: false },
    // Loki finds itself by this Service before it is ready.
    memberlist: { service: { publishNotReadyAddresses: true } },
    // Without the prefix the label `job` is the name of the Service, as it is for everything else.
    monitoring: { serviceMonitor: { enabled: true, interval: scrapeInterval, jobPrefix: "" } },
  };
}

/** Alloy on every node, as a user without rights on it. */
export function alloyValues(settings: LogSurroundings): Values {
  const size = logSizing(settings.profile);
  const labels = { cluster: settings.clusterName, environment: settings.environment };
  const content = alloyPipeline({ pushUrl: `${lokiUrl}/loki/api/v1/push`, labels });
  return {
    // PodLogs objects, which the pipeline does not read.
    crds: { create: false },
    alloy: {
      configMap: { content: untemplated(content) },
      enableReporting: false,
      storagePath: positionsPath,
      mounts: { extra: [{ name: "positions", mountPath: positionsPath }] },
      resources: size.alloy,
      securityContext: {
        // The user alloy of the image.
        runAsUser: 473,
        runAsGroup: 473,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
    },
    configReloader: { resources: size.configReloader },
    controller: {
      // Logs of nodes that are reserved for something (control planes, gateways) count too.
      tolerations: [{ effect: "NoSchedule", operator: "Exists" }],
      // How far each log was read survives a crash of the container. A new pod reads again what is there; Loki drops
      // lines that it has.
      volumes: { extra: [{ name: "positions", emptyDir: {} }] },
    },
    rbac: {
      // Both lists replace the chart's, which let Alloy read every Secret and ConfigMap of the cluster. The chart
      // breaks when one of the two is empty.
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
      clusterRules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get", "list", "watch"] }],
    },
    serviceMonitor: { enabled: true, interval: scrapeInterval },
  };
}

const positionsPath = "/var/lib/alloy";
