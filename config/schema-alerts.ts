/** Settings of this stack's own alerts: what is watched, from where on it is told, and how much is too much. */
import { z } from "zod";

import { profileDefaults, type ProfileDefaults } from "./defaults.ts";
import * as formats from "./formats.ts";
import { about, dnsLabel, dnsLabelText, someOf, text } from "./schema-kit.ts";
import { profiles } from "./settings.ts";

/** A default that the profile gives, in the order of the profiles. */
function byProfile(member: keyof ProfileDefaults): string {
  return `by profile: ${profiles.map((profile) => profileDefaults[profile][member]).join(", ")}`;
}

/** A whole number of something that is counted. */
const count = (description: string, example: number) =>
  z
    .number()
    .refine((value) => Number.isInteger(value) && value >= 1 && value <= 1_000_000_000)
    .register(about, {
      description,
      form: "a whole number from 1 to 1000000000",
      example: String(example),
    });

const between = (from: number, to: number) => (value: string) => {
  const seconds = formats.parseDuration(value) ?? -1;
  return seconds >= from && seconds <= to;
};

const watchedNamespaces = z
  .union([
    z.literal("all"),
    someOf(
      dnsLabelText().register(about, { description: "One namespace.", form: dnsLabel, example: "shop" }),
    ),
  ])
  .register(about, {
    description: "Namespaces whose images' critical vulnerabilities are told.",
    form: '"all" or a list of namespaces',
    example: "[shop, payments]",
    defaultText: "`all`",
  });

const budgets = z
  .strictObject({
    messagesPerDay: count("Messages to one Slack or e-mail receiver within a day.", 100).optional(),
    falcoEventsPerDay: count("Matches of one Falco rule within a day.", 1_000).optional(),
    reports: count("Trivy's reports in the cluster's database.", 5_000).optional(),
    etcdSize: text({ accepts: (value) => (formats.parseSize(value) ?? 0) >= 50 * 1024 ** 2 })
      .register(about, {
        description: "Size of the cluster's database; its own quota is 2GiB unless it was set.",
        form: "a size of at least 50MiB (such as 4GiB)",
        example: "4GiB",
        defaultText: "1536MiB",
      })
      .optional(),
    seriesPerJob: count("Series that one scrape job brings.", 100_000).optional(),
  })
  .register(about, {
    description: "From where on the watch itself is noise or load; each is told when it is exceeded.",
    form: "a map with messagesPerDay, falcoEventsPerDay, reports, etcdSize and seriesPerJob",
    example: "{messagesPerDay: 50, reports: 5000}",
    defaultText:
      `messagesPerDay 100, falcoEventsPerDay 1000, etcdSize 1536MiB; reports ${byProfile("reports")}; ` +
      `seriesPerJob ${byProfile("seriesPerJob")}`,
  })
  .default({});

export const alerts = z
  .strictObject({
    watchedNamespaces: watchedNamespaces.optional(),
    runbooks: text({
      accepts: (value) => /^https?:\/\/[^/\s"'{}]+(\/[^\s"'{}?#]*)?$/.test(value) && URL.canParse(value),
    })
      .register(about, {
        description:
          "Where `alerts/runbooks/` of your copy of this repository can be read: the link to an alert's runbook is this " +
          "address with `/<Alert>.md`.",
        form: "an https:// or http:// address without query and fragment",
        example: "https://git.example.com/platform/belfry/src/main/alerts/runbooks",
      })
      .default("https://belfry.example.com/alerts/runbooks"),
    certificateExpiry: text({ accepts: between(86_400, 365 * 86_400) })
      .register(about, {
        description: "How long before its end a certificate is told.",
        form: "a duration from 1d to 1y (such as 14d, 3w)",
        example: "21d",
      })
      .default("14d"),
    probeSlow: text({ accepts: between(1, 120) })
      .register(about, {
        description: "From which time on a probe that succeeds is slow.",
        form: "a duration from 1s to 2m (such as 3s)",
        example: "5s",
      })
      .default("3s"),
    falcoDropPercent: z
      .number()
      .refine((value) => value >= 0.01 && value <= 50)
      .register(about, {
        description: "Share of the kernel's events that Falco may lose on a node.",
        form: "a number of per cent from 0.01 to 50",
        example: "0.5",
      })
      .default(1),
    budgets,
  })
  .register(about, {
    description: "What this stack's own alerts watch, and from where on they tell.",
    form: "a map with watchedNamespaces, runbooks, certificateExpiry, probeSlow, falcoDropPercent and budgets",
    example: "{watchedNamespaces: [shop, payments], certificateExpiry: 21d}",
    defaultText: "all namespaces, 14 days, 3 seconds, 1 %",
  })
  .prefault({});
