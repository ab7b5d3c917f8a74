/** Values of Falco's chart. Pure; the only secrets in them are names of Secrets. */
import type { InstalledFalco } from "../../config/settings-falco.ts";
import { artifacts, type ArtifactPin } from "../../config/versions.ts";
import { lokiUrl } from "../logs/values.ts";
import { falcoNames } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import { secretStamp } from "../shared/secret-stamp.ts";
import { alertmanagerOutput, namespaceField, type PushSettings } from "./push.ts";
import { rulesFile, rulesText } from "./rules.ts";
import { falcosidekickRelabelings } from "./scrape.ts";
import { falcoSizing, type FalcoSizing } from "./sizing.ts";
import { uiValues } from "./ui.ts";

/** Annotation of pods that get secrets as variables: they are replaced when one has changed. */
export const stampAnnotation = "belfry/secrets";

export function falcoValues(falco: InstalledFalco, settings: PushSettings): Values {
  const size = falcoSizing(settings.profile);
  return {
    driver: {
      kind: falco.driver,
      ...(falco.driver === "modern_ebpf" ? { modernEbpf: { leastPrivileged: falco.leastPrivileged } } : {}),
    },
    resources: size.falco,
    // An unwatched node is the one to break into, whatever its taints keep away.
    tolerations: [{ operator: "Exists" }],
    affinity: { nodeAffinity: onMachines },
    falcoctl: {
      artifact: {
        install: { enabled: true },
        // It would bring rules that nobody has seen, in the middle of a week.
        follow: { enabled: false },
      },
      config: { artifact: { install: { refs: [artifactReference(artifacts.falcoRules)] } } },
    },
    falco: {
      priority: falco.minimumPriority,
      // Nothing in the pod reads it.
      syslog_output: { enabled: false },
    },
    metrics: {
      enabled: true,
      // Series for each program in the kernel; the kernel only counts them when it is told to.
      libbpfStatsEnabled: false,
    },
    serviceMonitor: { create: true, interval: "30s" },
    customRules: { [rulesFile]: rulesText(falco.rules, settings.namespace) },
    falcosidekick: falcosidekickValues(falco, settings, size),
  };
}

/** Nodes without a kernel of their own cannot have Falco, but tolerations would place it there. */
const onMachines = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      {
        matchExpressions: [
          { key: "type", operator: "NotIn", values: ["virtual-kubelet"] },
          { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] },
        ],
      },
    ],
  },
};

/** `<registry>/<repository>:<version>`, or with the digest in the place of the version. */
export function artifactReference({ reference, version, digest }: ArtifactPin): string {
  return digest === undefined ? `${reference}:${version}` : `${reference}@${digest}`;
}

function falcosidekickValues(falco: InstalledFalco, settings: PushSettings, size: FalcoSizing): Values {
  const { slack, loki, ui } = falco;
  return {
    enabled: true,
    replicaCount: size.replicas.falcosidekick,
    resources: size.falcosidekick,
    ...(slack === undefined ? {} : { podAnnotations: { [stampAnnotation]: secretStamp([slack.webhookUrl]) } }),
    config: {
      templatedfields: namespaceField(),
      alertmanager: alertmanagerOutput(falco, settings),
      ...(slack === undefined
        ? {}
        : { existingSecret: falcoNames.outputsSecret, slack: { minimumpriority: slack.minimumPriority } }),
      ...(loki === undefined
        ? {}
        : {
            loki: {
              hostport: loki.url ?? lokiUrl,
              minimumpriority: loki.minimumPriority,
              // Dashboards come as code with this stack.
              grafanaDashboard: { enabled: false },
              ...(loki.tenant === undefined ? {} : { tenant: loki.tenant }),
            },
          }),
    },
    serviceMonitor: {
      enabled: true,
      // Its counters are the safety net of what is pushed.
      interval: "15s",
      additionalProperties: { metricRelabelings: falcosidekickRelabelings },
    },
    ...(ui === undefined ? {} : { webui: uiValues(ui, size) }),
  };
}
