/** What the settings of Falco must agree on, among themselves, with the platform and with the logs. Pure. */
import type { CheckContext } from "./checks.ts";
import { checkFalcoRules } from "./checks-falco-rules.ts";
import { platformFacts } from "./platforms.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord, itemsOf } from "./secrets.ts";
import { platforms } from "./settings.ts";

type Map = Readonly<Record<string, unknown>>;
type Path = readonly PropertyKey[];

export function checkFalco({ settings, ...context }: CheckContext): Problem[] {
  const falco = settings["falco"];
  if (!isRecord(falco)) {
    return [];
  }
  const off = falco["enabled"] === false;
  return [
    ...onPlatform(settings, falco),
    ...driver(falco),
    ...(off ? [] : loki(settings, falco)),
    ...ui(falco, off),
    ...metricsAccess(falco),
    ...(context.isSecret("falco") ? [] : checkFalcoRules(falco["rules"])),
  ];
}

function onPlatform({ platform }: Map, falco: Map): Problem[] {
  const known = platforms.find((one) => one === platform);
  if (known === undefined || platformFacts(known).hostAccess || falco["enabled"] !== true) {
    return [];
  }
  return [
    problem(
      ["enabled"],
      `is true, but ${platformFacts(known).title} lets no pod load a driver into the kernel of its nodes.`,
      "Write it like this: enabled: false. Google's own Security Command Center watches those nodes.",
    ),
  ];
}

function driver(falco: Map): Problem[] {
  const kind = falco["driver"] ?? "modern_ebpf";
  return falco["leastPrivileged"] === true && (kind === "kmod" || kind === "auto")
    ? [
        problem(
          ["leastPrivileged"],
          `is true, but driver ${kind} loads a kernel module, which needs all privileges.`,
          "Write it like this: driver: modern_ebpf, or remove leastPrivileged.",
        ),
      ]
    : [];
}

function loki({ logs }: Map, { outputs }: Map): Problem[] {
  const loki = isRecord(outputs) ? outputs["loki"] : undefined;
  if (!isRecord(loki) || loki["url"] !== undefined || (isRecord(logs) && logs["mode"] === "install")) {
    return [];
  }
  return [
    problem(
      ["outputs", "loki", "url"],
      "is missing, and there is no Loki of this stack's own.",
      "Write it like this: url: https://logs.example.com, or install one: belfry:logs: {mode: install}",
    ),
  ];
}

function ui(falco: Map, off: boolean): Problem[] {
  const { ui: page } = { ui: falco["ui"] };
  if (!isRecord(page)) {
    return [];
  }
  const path: Path = ["ui"];
  if (page["enabled"] !== true) {
    return ["storage", "access"]
      .filter((name) => page[name] !== undefined)
      .map((name) =>
        problem(
          [...path, name],
          "is set, but the web page is off.",
          `Add this line to ui: enabled: true, or remove ${name}.`,
        ),
      );
  }
  return [
    ...(off
      ? [problem([...path, "enabled"], "is true, but Falco is off.", "Write it like this: ui: {enabled: false}")]
      : []),
    ...(page["storage"] === undefined
      ? [
          problem(
            [...path, "storage"],
            "is missing: without a volume the page's Redis waits for ever, or forgets everything.",
            "Write it like this: storage: {size: 5Gi}, or on a node's own disk: " +
              "storage: {size: 5Gi, local: {path: /var/lib/redis-data, node: node-1}}",
          ),
        ]
      : storage(page["storage"])),
    ...access(page["access"]),
  ];
}

function storage(value: unknown): Problem[] {
  return isRecord(value) && value["className"] !== undefined && value["local"] !== undefined
    ? [
        problem(
          ["ui", "storage", "className"],
          "is set beside local: a directory on a node has no StorageClass.",
          "Remove className or local.",
        ),
      ]
    : [];
}

/** The keys that a way of access needs, and the ones that it may have beside. */
const accessKeys = {
  loadBalancer: { needs: ["sourceRanges"], may: [] },
  nodePort: { needs: [], may: ["port"] },
  ingress: { needs: ["host", "tlsSecret"], may: ["ingressClass"] },
} as const;

const why: Readonly<Record<string, readonly [problem: string, fix: string]>> = {
  sourceRanges: [
    "is missing: the whole internet could reach the page.",
    "Write it like this: sourceRanges: [192.0.2.0/24], or [0.0.0.0/0] for everybody.",
  ],
  host: ["is missing: an Ingress needs a name.", "Write it like this: host: falco.example.com"],
  tlsSecret: [
    "is missing: the password would cross the network in plain text.",
    "Write it like this: tlsSecret: falco-ui-tls, the name of a Secret with certificate and key in namespace falco.",
  ],
};

function access(value: unknown): Problem[] {
  if (!isRecord(value)) {
    return [];
  }
  const type = (["loadBalancer", "nodePort", "ingress"] as const).find((one) => one === value["type"]);
  if (type === undefined) {
    return [];
  }
  const { needs, may } = accessKeys[type];
  const allowed = new Set<string>(["type", ...needs, ...may]);
  const path = ["ui", "access"];
  const missing = needs
    .filter((name) => value[name] === undefined || (name === "sourceRanges" && isEmpty(value[name])))
    .map((name) => problem([...path, name], ...(why[name] ?? ["is missing.", ""])));
  const foreign = Object.keys(value)
    .filter((name) => !allowed.has(name) && name in { sourceRanges: 0, port: 0, host: 0, tlsSecret: 0, ingressClass: 0 })
    .map((name) =>
      name === "sourceRanges" && type === "nodePort"
        ? problem(
            [...path, name],
            "has no effect with nodePort: Kubernetes limits sources for load balancers only.",
            "Remove it and limit the port by the nodes' firewall, or write: type: loadBalancer",
          )
        : problem([...path, name], `does not belong to type ${type}.`, "Remove it."),
    );
  return [...missing, ...foreign];
}

function metricsAccess(falco: Map): Problem[] {
  const value = falco["metricsAccess"];
  return isRecord(value) && (value["sourceRanges"] === undefined || isEmpty(value["sourceRanges"]))
    ? [
        problem(
          ["metricsAccess", "sourceRanges"],
          "is missing: the metrics tell what runs in the cluster, and their port takes events too.",
          "Write it like this: sourceRanges: [192.0.2.10/32], the addresses of that Prometheus.",
        ),
      ]
    : [];
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && itemsOf(value).length === 0;
}

function problem(path: Path, text: string, fix: string): Problem {
  return { key: settingKey(["falco", ...path]), problem: text, fix };
}
