/**
 * A critical event of Falco as falcosidekick 2.32 pushes it to Alertmanager. Nothing in the sandbox has a kernel to watch, so
 * a drill makes the event up; what follows after falcosidekick is real.
 */
import type { AlertmanagerOutput } from "../components/falco/push.ts";
import { namespaceNames } from "../components/shared/names.ts";
import type { FalcoPriority } from "../config/settings-falco.ts";

/** An event as Falco reports it. */
export interface FalcoEvent {
  readonly rule: string;
  readonly priority: FalcoPriority;
  /** What Falco says of it. */
  readonly output: string;
  readonly time: Date;
  /** The node. */
  readonly hostname: string;
  readonly tags: readonly string[];
  /** Fields of the event (`k8s.ns.name`, `proc.cmdline`); null for one that it does not have. */
  readonly fields: Readonly<Record<string, string | number | null>>;
}

/** An alert in the form that Alertmanager's API takes. */
export interface PushedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
}

/** Marks what never happened. */
const simulated = "[SIMULATED] ";
const timeoutMs = 10_000;

/**
 * What falcosidekick makes of an event with the output that this stack configures. Pure.
 *
 * @param config the values of falcosidekick's `config.alertmanager`
 */
export function pushedAlert(event: FalcoEvent, config: AlertmanagerOutput): PushedAlert {
  const fields: FalcoEvent["fields"] = { ...event.fields, namespace: happenedIn(event.fields["k8s.ns.name"]) };
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && !name.startsWith("n_evts")) labels[safeLabel(name)] = String(value);
  }
  return {
    labels: {
      ...labels,
      source: "falco",
      rule: event.rule,
      eventsource: "syscall",
      hostname: event.hostname,
      tags: [...event.tags].sort().join(","),
      priority: `${event.priority.charAt(0).toUpperCase()}${event.priority.slice(1)}`,
      severity: pairs(config.customseveritymap)[event.priority] ?? "critical",
      ...pairs(config.extralabels),
    },
    annotations: {
      info: event.output,
      description: event.output,
      summary: event.rule,
      ...pairs(config.extraannotations),
    },
    endsAt: new Date(event.time.getTime() + Number(config.expireafter) * 1_000).toISOString(),
  };
}

/**
 * Posts an event to every Alertmanager, marked as simulated in what it says.
 *
 * @param o.addresses base addresses, for example `http://127.0.0.1:9093`
 * @throws Error with the address and the status when one does not take it
 */
export async function pushFalcoEvent(o: {
  readonly event: FalcoEvent;
  readonly config: AlertmanagerOutput;
  readonly addresses: readonly string[];
  readonly signal?: AbortSignal;
}): Promise<void> {
  const event = { ...o.event, output: `${simulated}${o.event.output}` };
  const body = JSON.stringify([pushedAlert(event, o.config)]);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = o.signal === undefined ? timeout : AbortSignal.any([o.signal, timeout]);
  await Promise.all(
    o.addresses.map(async (address) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${address}${o.config.endpoint}`, { method: "POST", headers, body, signal });
      if (!response.ok) throw new Error(`Alertmanager at ${address} answered ${response.status} to a pushed event`);
    }),
  );
}

/** As the template in falcosidekick's configuration says it. */
function happenedIn(namespace: string | number | null | undefined): string {
  return typeof namespace === "string" && namespace !== "" && !namespace.startsWith("<")
    ? namespace
    : namespaceNames.falco;
}

/** Names of fields have dots and brackets, names of labels have not. */
function safeLabel(name: string): string {
  return name
    .replaceAll(/[^a-zA-Z0-9_]/g, "_")
    .replaceAll("__", "_")
    .replaceAll(/^_+|_+$/g, "");
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const colon = pair.indexOf(":");
      return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()] as const;
    }),
  );
}
