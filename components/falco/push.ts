/**
 * How falcosidekick hands a critical event to Alertmanager. Pure.
 *
 * falcosidekick makes an alert of its own: labels `rule`, `priority` and every field of the event, annotations `summary` (the
 * rule) and `description` (what Falco says). The name of the alert, its namespace and what tells the stack from others
 * are added here.
 */
import type { InstalledFalco } from "../../config/settings-falco.ts";
import type { Settings } from "../../config/settings.ts";
import { falcoAlerts, namespaceNames, releaseNames } from "../shared/names.ts";
import { sizing } from "../stack/sizing.ts";

export type PushSettings = Pick<Settings, "namespace" | "profile" | "environment" | "clusterName" | "alerts">;

const port = 9093;

/** What falcosidekick's `config.alertmanager` gets. */
export interface AlertmanagerOutput {
  readonly hostport: string;
  readonly endpoint: string;
  readonly minimumpriority: string;
  readonly expireafter: string;
  readonly customseveritymap: string;
  readonly extralabels: string;
  readonly extraannotations: string;
}

/**
 * Every Alertmanager. They tell each other what was told and what is silenced, but not what fires: one that had not got the
 * pushed alert would not mute the counted one with it, and one that is lost would take the alert with it.
 */
export function alertmanagerAddresses({ namespace, profile }: Pick<PushSettings, "namespace" | "profile">): string[] {
  const name = `${releaseNames.stack}-alertmanager`;
  const { alertmanager: replicas } = sizing(profile).replicas;
  return replicas === 1
    ? [`http://${name}.${namespace}.svc:${port}`]
    : Array.from(
        { length: replicas },
        (_, index) => `http://alertmanager-${name}-${index}.alertmanager-operated.${namespace}.svc:${port}`,
      );
}

/** Falco's priorities and the severities of this stack. */
const severityOf = {
  emergency: "critical",
  alert: "critical",
  critical: "critical",
  error: "warning",
  warning: "warning",
  notice: "info",
  informational: "info",
  debug: "info",
} as const;

const pairs = (map: Readonly<Record<string, string>>) =>
  Object.entries(map)
    .map(([key, value]) => `${key}:${value}`)
    .join(",");

export function alertmanagerOutput(
  falco: Pick<InstalledFalco, "pushExpiresAfterSeconds">,
  settings: PushSettings,
): AlertmanagerOutput {
  const { environment, clusterName, alerts } = settings;
  return {
    hostport: alertmanagerAddresses(settings).join(","),
    endpoint: "/api/v2/alerts",
    minimumpriority: "critical",
    expireafter: String(falco.pushExpiresAfterSeconds),
    customseveritymap: pairs(severityOf),
    extralabels: pairs({ alertname: falcoAlerts.pushed, cluster: clusterName, environment }),
    extraannotations: pairs({
      // A comma ends an annotation here.
      runbook_url: `${alerts.runbooks.replaceAll(",", "%2C")}/${falcoAlerts.counted}.md`,
    }),
  };
}

/**
 * Where it happened, as the label `namespace` that routes and inhibitions know; events of a node itself happen in Falco's own
 * namespace, as the counted alert has it. A comma or colon would end the template.
 */
export function namespaceField(): string {
  const own = namespaceNames.falco;
  return (
    'namespace:{{ with index . "k8s.ns.name" }}{{ if eq (slice . 0 1) "<" }}' +
    `${own}{{ else }}{{ . }}{{ end }}{{ else }}${own}{{ end }}`
  );
}
