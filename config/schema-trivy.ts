/** Settings of Trivy Operator, and of the demo that gives it something to find. */
import { z } from "zod";

import { trivyDefaults } from "./defaults.ts";
import * as formats from "./formats.ts";
import { about, dnsLabel, dnsLabelText, quantityForm, someOf, text, volumeSize } from "./schema-kit.ts";
import { profiles } from "./settings.ts";
import { findingSeverities } from "./settings-trivy.ts";

const truth = "true or false";

/** A switch with a fixed default. */
function choice(description: string, preset: boolean): z.ZodDefault<z.ZodBoolean> {
  return z
    .boolean()
    .register(about, { description, form: truth, example: String(!preset) })
    .default(preset);
}

const severities = someOf(
  z.enum(findingSeverities).register(about, {
    description: "One severity of findings.",
    form: `one of ${findingSeverities.join(", ")}`,
    example: "critical",
  }),
)
  .check((context) => {
    if (context.value.length > 0 && !context.value.includes("critical")) {
      const problem = "leaves out critical, which the alerts are about";
      context.issues.push({ code: "custom", input: context.value, params: { problem } });
    }
  })
  .register(about, {
    description: "Which findings are reported. Each further severity makes the reports in etcd larger.",
    form: `a list of ${findingSeverities.slice(0, -1).join(", ")} and unknown, with critical in it`,
    example: "[critical, high]",
    defaultText: "critical, high, medium",
  })
  .default(["critical", "high", "medium"]);

const namespaces = z
  .array(dnsLabelText().register(about, { description: "One namespace.", form: dnsLabel, example: "shop" }))
  .register(about, {
    description: "The only namespaces whose workloads are scanned. Not together with `excludeNamespaces`.",
    form: "a list of namespaces",
    example: "[shop, payments]",
    defaultText: "all namespaces",
  })
  .default([]);

const excludeNamespaces = z
  .array(
    text({ accepts: (value) => /^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?$/.test(value) && value !== "*" }).register(about, {
      description: "One namespace, or a pattern with `*`.",
      form: "a namespace, or a pattern of them with '*' (not '*' alone)",
      example: "ci-*",
    }),
  )
  .register(about, {
    description: "Namespaces whose workloads are not scanned. Not together with `namespaces`.",
    form: "a list of namespaces and patterns",
    example: '[kube-system, "ci-*"]',
    defaultText: "none",
  })
  .default([]);

const reportLifetime = text({
  accepts: (value) => {
    const seconds = formats.parseDuration(value) ?? 0;
    return seconds >= 6 * 3_600 && seconds <= 7 * 86_400 && seconds % 60 === 0;
  },
})
  .register(about, {
    description: "After this time a report is deleted and its workload is scanned anew, with the database of that day.",
    form: "a duration from 6h to 7d in whole minutes (such as 24h, 2d)",
    example: "24h",
  })
  .default("24h");

/** Host, optional port, then a path: what stands before `/trivy-db` in the reference of the database. */
const registryPath = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;

const databaseMirrors = z
  .array(
    text({
      accepts: (value) => registryPath.test(value),
      problem: (value) => (value.includes("://") ? "has a scheme; a registry is named without one" : undefined),
    }).register(about, {
      description: "One registry with a path below which `trivy-db`, `trivy-java-db` and `trivy-checks` are copies.",
      form: "a registry and a path in it, such as registry.example.com/aquasec",
      example: "registry.example.com/aquasec",
    }),
  )
  .register(about, {
    description:
      "Registries to take Trivy's databases from, tried in this order. Public registries limit how often they are asked.",
    form: "a list of registries with a path",
    example: "[registry.example.com/aquasec, mirror.gcr.io/aquasec]",
    defaultText: "the chart's own: mirror.gcr.io/aquasec",
  })
  .default([]);

const registryLogins = z
  .array(
    z
      .strictObject({
        namespace: dnsLabelText().register(about, {
          description: "Namespace of the Secret, and of the images it is for.",
          form: dnsLabel,
          example: "shop",
        }),
        name: text({ accepts: formats.isDnsName }).register(about, {
          description: "Name of the Secret.",
          form: "the name of a Secret (lower case)",
          example: "registry-login",
        }),
      })
      .register(about, {
        description: "A pull Secret in a namespace.",
        form: "a map with namespace and name",
        example: "{namespace: shop, name: registry-login}",
      }),
  )
  .register(about, {
    description: "Pull Secrets that no pod names, with which images of private registries are scanned.",
    form: "a list of maps with namespace and name",
    example: "[{namespace: shop, name: registry-login}]",
    defaultText: "none: the pull Secrets of the pods and their service accounts",
  })
  .default([]);

/** Switches Trivy Operator on. */
export const trivy = z
  .strictObject({
    enabled: choice("Whether Trivy Operator is installed; a quick way to switch it off without losing the rest.", true),
    ignoreUnfixed: choice("Whether findings that nobody has fixed yet are left out.", true),
    severities,
    namespaces,
    excludeNamespaces,
    server: z
      .boolean()
      .register(about, {
        description:
          "Whether one server in the cluster holds the vulnerability database. Without it every scan loads it anew.",
        form: truth,
        example: "true",
        defaultText: `by profile: ${profiles.map((profile) => String(trivyDefaults[profile].server)).join(", ")}`,
      })
      .optional(),
    serverVolume: volumeSize()
      .register(about, { description: "Size of the server's volume.", form: quantityForm, example: "10Gi" })
      .default("5Gi"),
    reportLifetime,
    databaseMirrors,
    configAudit: choice("Whether the configuration of workloads and RBAC is checked too: one more report for each object.", false),
    sbom: choice("Whether the bill of materials of every image is kept in the cluster: the largest of all reports.", false),
    nodeCollector: choice(
      "Whether a pod per node reads the configuration of the kubelet and the control plane. Makes Trivy's namespace privileged.",
      false,
    ),
    privateImages: choice(
      "Whether the operator may read Secrets of all namespaces; without that, images of private registries are not scanned.",
      true,
    ),
    registryLogins,
  })
  .register(about, {
    description: "Trivy Operator: scans the images of the cluster for known vulnerabilities.",
    form: "a map of Trivy's settings, {} for the defaults",
    example: "{ignoreUnfixed: true, excludeNamespaces: [kube-system]}",
    defaultText: "none: Trivy Operator is not installed",
  });

export const demo = z
  .boolean()
  .register(about, {
    description:
      "Whether a vulnerable web application runs in the namespace `test`, cut off from all traffic, so that Trivy has " +
      "something to find. Refused where the stack or its environment is called prod or production.",
    form: truth,
    example: "true",
  })
  .default(false);
