/**
 * What several settings must agree on. These checks look at the settings as they were written, so that they find their
 * problems beside those of the schema and not only after them; whatever is malformed they leave to the schema. Pure.
 */
import { checkFalco } from "./checks-falco.ts";
import { checkLogs } from "./checks-logs.ts";
import { checkNamespaces } from "./checks-namespaces.ts";
import { checkExposure } from "./checks-exposure.ts";
import { checkGrafana } from "./checks-grafana.ts";
import { profileDefaults, retentionSizeFor } from "./defaults.ts";
import { isLoopbackHost, parseQuantity, parseSize } from "./formats.ts";
import { show, type IssueContext } from "./issues.ts";
import { checkProbes } from "./probe-checks.ts";
import { settingKey, type Problem } from "./problems.ts";
import { checkScrapeTargets } from "./scrape-target-checks.ts";
import { trivyAndDemo } from "./checks-trivy.ts";
import { reservedNamespaces } from "./schema-kit.ts";
import { receiverTypes } from "./schema-receivers.ts";
import { aboutSchema } from "./schema-walk.ts";
import { settingsSchema } from "./schema.ts";
import { isRecord, itemsOf } from "./secrets.ts";
import { profiles } from "./settings.ts";

export interface CheckContext extends IssueContext {
  /** Whether the caller proved that the target is the embedded cluster. */
  readonly sandbox: boolean;
  /** Names of settings whose text could not be decoded; they are missing from `settings`, but were written. */
  readonly unreadable: ReadonlySet<string>;
}

type Path = readonly PropertyKey[];

function problem(path: Path, text: string, fix: string): Problem {
  return { key: settingKey(path), problem: text, fix };
}

/** All checks, each with the settings it concerns. */
export function checkTogether(context: CheckContext): Problem[] {
  return [
    ...platform(context),
    ...receiverNames(context),
    ...someoneIsTold(context),
    ...mailServer(context),
    ...teams(context),
    ...repetitions(context),
    ...retention(context),
    ...checkLogs(context),
    ...checkFalco(context),
    ...checkNamespaces(context),
    ...checkProbes(context),
    ...checkScrapeTargets(context),
    ...checkGrafana(context),
    ...checkExposure(context),
    ...trivyAndDemo(context),
  ];
}

function platform({ settings, sandbox }: CheckContext): Problem[] {
  return settings["platform"] === "sandbox" && !sandbox
    ? [
        problem(
          ["platform"],
          "sandbox is set by the embedded cluster alone: it allows what must never happen to a real cluster.",
          "Write the platform of your cluster (eks, gke, gke-autopilot, aks, kubeadm, k3s or kind), or run: npm start",
        ),
      ]
    : [];
}

function receiverNames({ settings, ...context }: CheckContext): Problem[] {
  const names = itemsOf(settings["receivers"]).map((receiver) => (isRecord(receiver) ? receiver["name"] : undefined));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return typeof name === "string" && first < index
      ? [
          problem(
            ["receivers", index, "name"],
            `${show(name, context.isSecret("receivers"))} is already the name of belfry:receivers[${first}].`,
            "Give every receiver a name of its own.",
          ),
        ]
      : [];
  });
}

function typesOf(receivers: unknown): unknown[] {
  return itemsOf(receivers).map((receiver) => (isRecord(receiver) ? receiver["type"] : undefined));
}

function someoneIsTold({ settings }: CheckContext): Problem[] {
  const types = typesOf(settings["receivers"]);
  const known = new Set<unknown>(receiverTypes);
  if (!Array.isArray(settings["receivers"]) || types.some((type) => !known.has(type) || type !== "heartbeat")) {
    return [];
  }
  return [
    problem(
      ["receivers"],
      types.length === 0 ? "is an empty list: nobody would be told." : "holds only heartbeats: nobody would be told.",
      'Add a receiver for people: - {name: slack, type: slack, channel: "#alerts"}',
    ),
  ];
}

function mailServer({ settings, unreadable }: CheckContext): Problem[] {
  const smtp = settings["smtp"];
  if (smtp === undefined && !unreadable.has("smtp")) {
    const receiver = typesOf(settings["receivers"]).indexOf("email");
    const user =
      receiver >= 0 ? `belfry:receivers[${receiver}]` : itemsOf(settings["teams"]).length > 0 ? "belfry:teams[0]" : "";
    return user === ""
      ? []
      : [
          problem(
            ["smtp"],
            `is missing: ${user} sends e-mail.`,
            `Write it like this: belfry:smtp: ${aboutSchema(settingsSchema.shape.smtp)?.example ?? ""}`,
          ),
        ];
  }
  if (!isRecord(smtp) || smtp["tls"] !== "off" || typeof smtp["username"] !== "string") {
    return [];
  }
  return typeof smtp["host"] === "string" && isLoopbackHost(smtp["host"])
    ? []
    : [
        problem(
          ["smtp", "tls"],
          "is off, so the password would cross the network in plain text; Alertmanager refuses to send it.",
          "Write tls: required, or remove username for a server that wants none.",
        ),
      ];
}

function teams({ settings }: CheckContext): Problem[] {
  const ownNamespace = settings["namespace"] ?? "monitoring";
  const all = itemsOf(settings["teams"]).map((team) => (isRecord(team) ? team : {}));
  return all.flatMap((team, index) => {
    const { namespace, name } = { namespace: team["namespace"], name: team["name"] };
    const creates = team["createNamespace"] === true;
    const sameNamespace = all.findIndex((other) => other["namespace"] === namespace);
    const same = all.findIndex((other) => other["namespace"] === namespace && other["name"] === name);
    const found: Problem[] = [];
    if (typeof namespace !== "string") {
      return found;
    }
    if (typeof name === "string" && same < index) {
      const text = `is already the name of belfry:teams[${same}] in the same namespace.`;
      found.push(problem(["teams", index, "name"], text, "Give every team of a namespace a name of its own."));
    }
    const path = ["teams", index, "createNamespace"];
    if (creates && reservedNamespaces.includes(namespace)) {
      const text = "is true, but the namespace is one of Kubernetes itself: it exists, and must not be deleted.";
      found.push(problem(path, text, "Write it like this: createNamespace: false"));
    } else if (creates && namespace === ownNamespace) {
      const text = "is true, but the namespace is the one of the monitoring stack, which is created anyway.";
      found.push(problem(path, text, "Write it like this: createNamespace: false"));
    }
    if (sameNamespace < index && creates !== (all[sameNamespace]?.["createNamespace"] === true)) {
      const text = `differs from belfry:teams[${sameNamespace}], which is in the same namespace.`;
      found.push(problem(path, text, "Write the same createNamespace for all teams of a namespace."));
    }
    return found;
  });
}

/** An address, severity or namespace that stands in one list twice. */
function repetitions({ settings }: CheckContext): Problem[] {
  const lists = ["receivers", "teams"].flatMap((setting) =>
    itemsOf(settings[setting]).flatMap((item, index) =>
      ["to", "severities"].map((member) => ({
        path: [setting, index, member],
        values: itemsOf(isRecord(item) ? item[member] : undefined),
      })),
    ),
  );
  const { alerts } = settings;
  const watched = itemsOf(isRecord(alerts) ? alerts["watchedNamespaces"] : undefined);
  return [...lists, { path: ["alerts", "watchedNamespaces"], values: watched }].flatMap(({ path, values }) =>
    values.flatMap((value, index) =>
      typeof value === "string" && values.indexOf(value) < index
        ? [problem([...path, index], `is the same as ${settingKey([...path, values.indexOf(value)])}.`, "Remove one.")]
        : [],
    ),
  );
}

function retention({ settings, isSecret }: CheckContext): Problem[] {
  const size = isRecord(settings["retention"]) ? settings["retention"]["size"] : undefined;
  const written = isRecord(settings["storage"]) ? settings["storage"]["prometheus"] : undefined;
  const profile = profiles.find((candidate) => candidate === (settings["profile"] ?? "standard"));
  const volume = written ?? (profile === undefined ? undefined : profileDefaults[profile].prometheusVolume);
  if (typeof size !== "string" || typeof volume !== "string") {
    return [];
  }
  const [sizeBytes, volumeBytes] = [parseSize(size), parseQuantity(volume)];
  if (sizeBytes === undefined || volumeBytes === undefined || sizeBytes < volumeBytes) {
    return [];
  }
  const shown = show(size, isSecret("retention"));
  const shownVolume = isSecret("storage") ? "" : ` of ${volume}`;
  return [
    problem(
      ["retention", "size"],
      `${shown} is not below the Prometheus volume${shownVolume}, which would fill up first.`,
      isSecret("storage")
        ? "Write at most 80 % of the volume, or make belfry:storage.prometheus larger."
        : `Write it like this: size: ${retentionSizeFor(volume)}, or make belfry:storage.prometheus larger.`,
    ),
  ];
}
