/**
 * Every setting of a stack as it is written in `Pulumi.<stack>.yaml` (below `belfry:`): its type, what is accepted, its
 * default and an example. `load.ts` reads settings with it, `reference.ts` writes docs/configuration.md from it.
 * Secrets are flat keys of their own (`secrets.ts`); what several settings must agree on is in `checks.ts`.
 */
import { z } from "zod";

import { profileDefaults, type ProfileDefaults, rulesLookBackHours } from "./defaults.ts";
import * as formats from "./formats.ts";
import { alertmanager, prometheus } from "./schema-exposure.ts";
import { grafana } from "./schema-grafana.ts";
import { about, addressProblem, dnsLabel, labelValue, quantityForm, reservedNamespaces, text, volumeSize } from "./schema-kit.ts";
import { alerts } from "./schema-alerts.ts";
import { falco } from "./schema-falco.ts";
import { logs } from "./schema-logs.ts";
import { probes } from "./schema-probes.ts";
import { receivers, smtp, teams } from "./schema-receivers.ts";
import { scrapeTargets } from "./schema-scrape-targets.ts";
import { demo, trivy } from "./schema-trivy.ts";
import { platforms, profiles } from "./settings.ts";

/** A default that the profile gives, in the order of the profiles. */
function byProfile(member: keyof ProfileDefaults): string {
  return `by profile: ${profiles.map((profile) => profileDefaults[profile][member]).join(", ")}`;
}

const cluster = z
  .strictObject({
    context: text({ accepts: (value) => /^\S(.{0,251}\S)?$/.test(value) })
      .register(about, {
        description: "Context in the kubeconfig.",
        form: "the name of a kubeconfig context",
        example: "dev-admin",
        defaultText: "the kubeconfig's current context",
      })
      .optional(),
    kubeSystemUid: text({ accepts: formats.isUuid })
      .register(about, {
        description: "UID of the namespace kube-system: the cluster's identity.",
        form: "the UID of a namespace (lower case, such as 0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55)",
        example: "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55",
        defaultText: "recorded in the stack's state at the first `up`",
        hint: "Read it with: kubectl get namespace kube-system -o jsonpath={.metadata.uid}",
      })
      .optional(),
  })
  .register(about, {
    description: "The one cluster that the stack belongs to. Another one is refused.",
    form: "a map with context and kubeSystemUid",
    example: "{context: dev-admin}",
  })
  .default({});

const storage = z
  .strictObject({
    className: text({ accepts: formats.isDnsName })
      .register(about, {
        description: "StorageClass of all volumes, also of Grafana's.",
        form: "the name of a StorageClass (lower case)",
        example: "standard",
        defaultText: "the cluster's default class",
      })
      .optional(),
    prometheus: volumeSize()
      .register(about, {
        description: "Size of each Prometheus's volume.",
        form: quantityForm,
        example: "20Gi",
        defaultText: byProfile("prometheusVolume"),
      })
      .optional(),
    alertmanager: volumeSize()
      .register(about, {
        description: "Size of each Alertmanager's volume (silences, what was told already).",
        form: quantityForm,
        example: "2Gi",
        defaultText: byProfile("alertmanagerVolume"),
      })
      .optional(),
    retain: z
      .boolean()
      .register(about, {
        description:
          "Whether `destroy` keeps the volumes of Prometheus, Alertmanager, Grafana, Loki and Falco's page. Their claims live in " +
          "namespaces of this stack, so these stay too, with the claims and nothing else in them; the next `up` takes " +
          "both over. It must have been deployed (`up`) before the `destroy`.",
        form: "true or false",
        example: "true",
      })
      .default(false),
  })
  .register(about, {
    description: "Volumes of Prometheus and Alertmanager.",
    form: "a map with className, prometheus, alertmanager and retain",
    example: "{className: standard, prometheus: 20Gi}",
  })
  .prefault({});

const retention = z
  .strictObject({
    time: text({
      accepts: (value) => (formats.parseDuration(value) ?? Infinity) <= 10 * 365 * 86_400,
      problem: (value) =>
        (formats.parseDuration(value) ?? Infinity) < rulesLookBackHours * 3_600
          ? `is less than the ${rulesLookBackHours}h that the alerts look back: they would forget what they know`
          : undefined,
    })
      .register(about, {
        description: "How long Prometheus keeps what it measured.",
        form: `a Prometheus duration from ${rulesLookBackHours}h to 10y (such as 10d, 4w, 1d12h)`,
        example: "10d",
        defaultText: byProfile("retentionTime"),
      })
      .optional(),
    size: text({ accepts: (value) => (formats.parseSize(value) ?? 0) >= 50 * 1024 ** 2 })
      .register(about, {
        description: "How much it keeps at most; smaller than its volume, because the write-ahead log comes on top.",
        form: "a Prometheus size of at least 50MiB (such as 16GiB)",
        example: "16GiB",
        defaultText: "80 % of the Prometheus volume",
      })
      .optional(),
  })
  .register(about, {
    description: "How long metrics are kept; what is reached first counts.",
    form: "a map with time and size",
    example: "{time: 10d, size: 16GiB}",
  })
  .default({});

/** Schema of all settings that are no secrets, keyed without `belfry:`, in the order of the reference. */
export const settingsSchema = z.strictObject({
  platform: z.enum(platforms).register(about, {
    description: "Where the cluster runs. It decides what can be watched there.",
    form: `one of ${platforms.filter((platform) => platform !== "sandbox").join(", ")}`,
    example: "eks",
  }),
  profile: z
    .enum(profiles)
    .register(about, {
      description: "How large the watch is: replicas, requests, limits, volumes and retention.",
      form: `one of ${profiles.join(", ")}`,
      example: "small",
    })
    .default("standard"),
  environment: text({ accepts: formats.isLabelValue })
    .register(about, {
      description: "Label `environment` on every alert.",
      form: labelValue,
      example: "production",
      defaultText: "the stack's name",
    })
    .optional(),
  clusterName: text({ accepts: formats.isLabelValue })
    .register(about, {
      description: "Label `cluster` on every alert.",
      form: labelValue,
      example: "prod-eu-1",
      defaultText: "the stack's name",
    })
    .optional(),
  cluster,
  namespace: text({
    accepts: formats.isDnsLabel,
    problem: (value) => (reservedNamespaces.includes(value) ? "is a namespace of Kubernetes itself" : undefined),
  })
    .register(about, {
      description:
        "Namespace of the monitoring stack. The stack creates it, so it is none of Kubernetes' own.",
      form: dnsLabel,
      example: "monitoring",
    })
    .default("monitoring"),
  receivers,
  smtp: smtp.optional(),
  teams,
  alerts,
  probes: probes.optional(),
  scrapeTargets,
  grafana,
  logs,
  prometheus,
  alertmanager,
  falco,
  storage,
  retention,
  trivy: trivy.optional(),
  demo,
  chartMirror: text({
    accepts: (value) => /^(https?|oci):\/\/[^/\s]+(\/\S*)?$/.test(value) && URL.canParse(value),
    problem: (value) => addressProblem(value, "who listens on the way could change the charts"),
  })
    .register(about, {
      description: "Chart repository that is used instead of every chart's own one. `http://` only on loopback.",
      form: "an https:// or oci:// address of a chart repository",
      example: "https://charts.example.com",
      defaultText: "none: each chart's own repository",
    })
    .optional(),
  purgeCrds: z
    .boolean()
    .register(about, {
      description:
        "Whether `destroy` removes the CRDs of prometheus-operator and of Trivy too, and with them every object of their " +
        "kinds, also other people's.",
      form: "true or false",
      example: "false",
    })
    .default(false),
  protected: z
    .boolean()
    .register(about, {
      description:
        "Whether `belfry up` asks for the plan of a reviewed preview (`--plan`) before it changes this stack, and its " +
        "state must not be kept on a CI runner. For `belfry`'s commands only: plain `pulumi` does not look at it.",
      form: "true or false",
      example: "true",
    })
    .default(false),
});

/** The settings as the schema gives them: checked one by one, defaults of fixed value filled in. */
export type ParsedSettings = z.output<typeof settingsSchema>;
