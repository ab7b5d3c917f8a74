/** Settings of logs: none, those of a Loki that exists, or a Loki of this stack's own. */
import { z } from "zod";

import { profileDefaults } from "./defaults.ts";
import * as formats from "./formats.ts";
import { about, addressProblem, text } from "./schema-kit.ts";
import { logModes } from "./settings-logs.ts";
import { profiles } from "./settings.ts";

const byProfile = (member: "lokiVolume" | "lokiRetention") =>
  `by profile: ${profiles.map((profile) => profileDefaults[profile][member]).join(", ")}`;

/** Why a text is no address of a Loki, as the end of a sentence. */
function lokiProblem(value: string): string | undefined {
  const problem = addressProblem(value);
  if (problem !== undefined || !URL.canParse(value)) return problem;
  return /\/loki\/api\/|\/api\/prom/.test(new URL(value).pathname) ? "is the address of one request, not of Loki" : undefined;
}

const dayOrMore = (value: string) => {
  const seconds = formats.parseDuration(value) ?? 0;
  return seconds >= 86_400 && seconds <= 10 * 365 * 86_400;
};

export const logs = z
  .strictObject({
    mode: z
      .enum(logModes)
      .register(about, {
        description:
          "`off`: nothing of logs. `existing`: Grafana shows the logs of a Loki that exists. `install`: a Loki (one " +
          "process, one volume) and an Alloy on every node that fills it.",
        form: "off, existing or install",
        example: "install",
      })
      .default("off"),
    retention: text({ accepts: dayOrMore })
      .register(about, {
        description: "With `install`: how long log lines are kept.",
        form: "a duration from 1d to 10y (such as 7d, 4w); Loki deletes nothing that is younger than a day",
        example: "14d",
        defaultText: byProfile("lokiRetention"),
      })
      .optional(),
    storage: text({ accepts: (value) => (formats.parseQuantity(value) ?? 0) >= 1024 ** 3 })
      .register(about, {
        description:
          "With `install`: size of Loki's volume. Loki knows no limit by size: what is kept for `retention` must fit.",
        form: "a Kubernetes quantity of at least 1Gi",
        example: "50Gi",
        defaultText: byProfile("lokiVolume"),
      })
      .optional(),
    url: text({
      accepts: (value) => /^https?:\/\/[^/\s]+(\/\S*)?$/.test(value) && URL.canParse(value),
      problem: lokiProblem,
    })
      .register(about, {
        description: "With `existing`: Loki's address as Grafana's pod reaches it.",
        form: "an https:// or http:// address without user, query and path of a request",
        example: "https://logs.example.com",
        defaultText: "none; needed with `existing`",
      })
      .optional(),
    tenant: text({ accepts: (value) => /^[A-Za-z0-9!_.*'()-]{1,150}(\|[A-Za-z0-9!_.*'()-]{1,150})*$/.test(value) })
      .register(about, {
        description: "With `existing`: the tenant whose logs are read (header X-Scope-OrgID), or several.",
        form: "a tenant of Loki (letters, digits and !-_.*'()), or several with | between them",
        example: "payments",
        defaultText: "none: a Loki without tenants",
      })
      .optional(),
    username: text({ accepts: (value) => /^[^\s:]+$/.test(value) })
      .register(about, {
        description: "With `existing`: the user at Loki. With it `belfry:lokiPassword` is needed.",
        form: "a user name without white space and colons",
        example: "grafana",
        defaultText: "none: no authentication",
      })
      .optional(),
  })
  .register(about, {
    description: "Logs of all containers, to be read in Grafana beside the metrics.",
    form: "a map with mode and what the mode needs",
    example: "{mode: install, retention: 14d, storage: 50Gi}",
  })
  .prefault({});
