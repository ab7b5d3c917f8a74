/** What Trivy's settings, the demo and the rest must agree on. Pure. */
import type { CheckContext } from "./checks.ts";
import { show } from "./issues.ts";
import { platformFacts } from "./platforms.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord, itemsOf } from "./secrets.ts";
import { platforms } from "./settings.ts";
import { namespaceNames } from "../components/shared/names.ts";

type Path = readonly PropertyKey[];

function problem(path: Path, text: string, fix: string): Problem {
  return { key: settingKey(path), problem: text, fix };
}

export function trivyAndDemo(context: CheckContext): Problem[] {
  const trivy = context.settings["trivy"];
  const written = isRecord(trivy) ? trivy : {};
  return [
    ...scope(written),
    ...repeated(written),
    ...nodeCollector(written, context),
    ...privateImages(written),
    ...demo(written, context),
  ];
}

type Written = Readonly<Record<string, unknown>>;

/** Whether Trivy is to be installed. */
function isOn(trivy: Written, { settings }: Pick<CheckContext, "settings">): boolean {
  return isRecord(settings["trivy"]) && trivy["enabled"] !== false;
}

function scope(trivy: Written): Problem[] {
  return itemsOf(trivy["namespaces"]).length > 0 && itemsOf(trivy["excludeNamespaces"]).length > 0
    ? [
        problem(
          ["trivy", "excludeNamespaces"],
          "stands beside namespaces, and Trivy ignores it then: what is not in that list is not scanned anyway.",
          "Keep one of the two.",
        ),
      ]
    : [];
}

function repeated(trivy: Written): Problem[] {
  return ["severities", "namespaces", "excludeNamespaces", "databaseMirrors"].flatMap((member) => {
    const values = itemsOf(trivy[member]);
    return values.flatMap((value, index) =>
      typeof value === "string" && values.indexOf(value) < index
        ? [
            problem(
              ["trivy", member, index],
              `is the same as ${settingKey(["trivy", member, values.indexOf(value)])}.`,
              "Remove one.",
            ),
          ]
        : [],
    );
  });
}

function nodeCollector(trivy: Written, context: CheckContext): Problem[] {
  const platform = platforms.find((candidate) => candidate === context.settings["platform"]);
  const facts = platform === undefined ? undefined : platformFacts(platform);
  return trivy["nodeCollector"] === true && isOn(trivy, context) && facts?.nodeCollectorProblem !== undefined
    ? [
        problem(
          ["trivy", "nodeCollector"],
          `is true, but on ${facts.title} ${facts.nodeCollectorProblem}.`,
          "Write it like this: nodeCollector: false",
        ),
      ]
    : [];
}

function privateImages(trivy: Written): Problem[] {
  const entries = itemsOf(trivy["registryLogins"]).map((entry) => (isRecord(entry) ? entry : {}));
  if (trivy["privateImages"] === false && entries.length > 0) {
    const text = "is false, so the operator could not read the Secrets in registryLogins.";
    return [problem(["trivy", "privateImages"], text, "Write privateImages: true, or remove registryLogins.")];
  }
  const same = (a: Written, b: Written) => a["namespace"] === b["namespace"] && a["name"] === b["name"];
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex((other) => same(other, entry));
    return first < index && typeof entry["name"] === "string"
      ? [
          problem(
            ["trivy", "registryLogins", index],
            `is the same as ${settingKey(["trivy", "registryLogins", first])}.`,
            "Remove one.",
          ),
        ]
      : [];
  });
}

function demo(trivy: Written, context: CheckContext): Problem[] {
  const { settings, stack, unreadable } = context;
  if (settings["demo"] !== true) {
    return [];
  }
  const off = "Write it like this: belfry:demo: false";
  const production = [
    ["the stack", stack],
    ["belfry:environment", settings["environment"]],
    ["belfry:clusterName", settings["clusterName"]],
  ].find(([, name]) => typeof name === "string" && isProduction(name));
  if (production !== undefined) {
    const [what = "", name] = production;
    const text = `is true, but ${String(what)} is called ${show(name, context.isSecret("environment"))}: a vulnerable application has no place in production.`;
    return [problem(["demo"], text, off)];
  }
  if (unreadable.has("trivy")) {
    return [];
  }
  if (!isOn(trivy, context)) {
    const text = "is true, but nothing would scan the application: belfry:trivy is not switched on.";
    return [problem(["demo"], text, "Write belfry:trivy: {}, or belfry:demo: false")];
  }
  const { demo: namespace } = namespaceNames;
  const only = itemsOf(trivy["namespaces"]);
  if (only.length > 0 && !only.includes(namespace)) {
    const text = `is true, but its namespace ${namespace} is not among the namespaces that Trivy scans.`;
    return [problem(["demo"], text, `Add ${namespace} to belfry:trivy.namespaces, or write belfry:demo: false`)];
  }
  const patterns = itemsOf(trivy["excludeNamespaces"]).filter((pattern) => typeof pattern === "string");
  const index = patterns.findIndex((pattern) => matches(pattern, namespace));
  if (index >= 0) {
    const text = `is true, but belfry:trivy.excludeNamespaces[${index}] leaves its namespace ${namespace} out.`;
    return [problem(["demo"], text, "Remove that entry, or write belfry:demo: false")];
  }
  return [];
}

/** Whether a name says production: `prod` or `production` as one of its words. */
function isProduction(name: string): boolean {
  return name
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => word === "prod" || word === "production" || word === "prd" || word === "live");
}

function matches(pattern: string, name: string): boolean {
  return new RegExp(`^${pattern.split("*").map((part) => part.replaceAll(/[^a-z0-9-]/g, "")).join(".*")}$`).test(name);
}
