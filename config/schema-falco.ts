/** Settings of Falco and falcosidekick: driver, push, outputs; the web page and the rules have files of their own. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { falcoRules } from "./schema-falco-rules.ts";
import { falcoUi, sourceRanges } from "./schema-falco-ui.ts";
import { about, text } from "./schema-kit.ts";
import { falcoDrivers, falcoPriorities } from "./settings-falco.ts";

/** Drivers that existed once, or go by another name: why not, as the end of a sentence. */
const noDriver: Readonly<Record<string, string>> = {
  ebpf: "was removed in Falco 0.44: the legacy eBPF probe is replaced by modern_ebpf",
  gvisor: "was removed in Falco 0.44: Falco cannot watch gVisor any more, modern_ebpf watches ordinary containers",
  "modern-bpf": "is an old name of modern_ebpf",
  modern_bpf: "is an old name of modern_ebpf",
  module: "is an old name of kmod",
};

const priority = (description: string, example: string) =>
  z.enum(falcoPriorities).register(about, {
    description,
    form: `one of ${falcoPriorities.join(", ")}`,
    example,
  });

const driver = text({
  accepts: (value) => falcoDrivers.some((one) => one === value),
  problem: (value) => (Object.hasOwn(noDriver, value) ? noDriver[value] : undefined),
}).register(about, {
  description:
    "How Falco sees the kernel's events. `modern_ebpf` needs a kernel with BTF and nothing else; `kmod` builds or " +
    "downloads a kernel module on every node; `auto` chooses, with a privileged container that does so.",
  form: "modern_ebpf, kmod or auto",
  example: "modern_ebpf",
});

const slack = z
  .strictObject({
    minimumPriority: priority("From which priority on.", "warning").default("critical"),
  })
  .register(about, {
    description: "Events straight to Slack, past Alertmanager and its silences. Needs `belfry:falcoSlackWebhookUrl`.",
    form: "a map with minimumPriority",
    example: "{minimumPriority: warning}",
  });

const loki = z
  .strictObject({
    url: text({
      accepts: (value) => /^https?:\/\/[^/\s]+(\/\S*)?$/.test(value) && URL.canParse(value),
      problem: (value) =>
        URL.canParse(value) && (new URL(value).username !== "" || new URL(value).password !== "")
          ? "holds a user or password, which must be taken for exposed: replace it"
          : undefined,
    })
      .register(about, {
        description: "Address of Loki, as falcosidekick's pod reaches it.",
        form: "an https:// or http:// address",
        example: "https://logs.example.com",
        defaultText: "this stack's own Loki (`belfry:logs` with mode install)",
      })
      .optional(),
    tenant: text({ accepts: (value) => /^[A-Za-z0-9!_.*'()-]{1,150}$/.test(value) })
      .register(about, {
        description: "The tenant that gets the events.",
        form: "a tenant of Loki (letters, digits and !-_.*'())",
        example: "security",
        defaultText: "none: a Loki without tenants",
      })
      .optional(),
    minimumPriority: priority("From which priority on.", "notice").default("notice"),
  })
  .register(about, {
    description: "Events to Loki, to be searched in Grafana.",
    form: "a map with url, tenant and minimumPriority",
    example: "{url: https://logs.example.com, minimumPriority: notice}",
  });

const outputs = z
  .strictObject({ slack: slack.optional(), loki: loki.optional() })
  .register(about, {
    description: "Where events go beside Alertmanager.",
    form: "a map with slack and loki",
    example: "{loki: {minimumPriority: notice}}",
    defaultText: "none",
  })
  .default({});

const metricsAccess = z
  .strictObject({
    type: z.enum(["nodePort", "loadBalancer"]).register(about, {
      description:
        "`nodePort`: Falco's own metrics on each node, and falcosidekick's. `loadBalancer`: falcosidekick's only, for " +
        "Falco's would be those of another node each time.",
      form: "nodePort or loadBalancer",
      example: "nodePort",
    }),
    sourceRanges: sourceRanges.optional(),
  })
  .register(about, {
    description: "Lets a Prometheus outside the cluster read the metrics of Falco and falcosidekick.",
    form: "a map with type and sourceRanges",
    example: "{type: nodePort, sourceRanges: [192.0.2.0/24]}",
    defaultText: "none: the Prometheus of this stack reads them",
  });

const expiry = (value: string) => {
  const seconds = formats.parseDuration(value) ?? -1;
  return seconds >= 2_700 && seconds <= 10_800;
};

export const falco = z
  .strictObject({
    enabled: z
      .boolean()
      .register(about, {
        description: "Whether Falco watches the nodes.",
        form: "true or false",
        example: "true",
        defaultText: "`true`; `false` on gke-autopilot, which cannot",
      })
      .optional(),
    driver: driver.default("modern_ebpf"),
    leastPrivileged: z
      .boolean()
      .register(about, {
        description:
          "Whether Falco's pods have the capabilities that modern_ebpf needs instead of all privileges. Needs a kernel " +
          "of at least 5.8.",
        form: "true or false",
        example: "true",
      })
      .default(false),
    minimumPriority: priority("Rules of lower priority are not loaded.", "notice").default("notice"),
    pushExpiresAfter: text({ accepts: expiry })
      .register(about, {
        description:
          "How long an event's alert fires. Longer than the alert of the metric, which would be told after it otherwise.",
        form: "a duration from 45m to 3h",
        example: "1h",
      })
      .default("1h"),
    outputs,
    ui: falcoUi,
    metricsAccess: metricsAccess.optional(),
    rules: falcoRules,
  })
  .register(about, {
    description:
      "Falco watches what processes do on every node. Events of priority critical and above reach Alertmanager within " +
      "seconds.",
    form: "a map with enabled, driver, leastPrivileged, minimumPriority, pushExpiresAfter, outputs, ui, metricsAccess and rules",
    example: "{driver: modern_ebpf, leastPrivileged: true}",
  })
  .prefault({});
