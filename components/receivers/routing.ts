/**
 * The routing tree: who is told of which alert. A pure function of the settings, by these rules.
 *
 *  1. The AlertmanagerConfig objects of teams come first; prometheus-operator puts them there. Each of their top routes
 *     matches its own namespace only and goes on to the next route, so they add receivers and never take an alert away.
 *  2. `Watchdog`, exactly, goes to every heartbeat receiver and to no person; without one it is dropped.
 *  3. `InfoInhibitor`, and severity `info` or `none`, exactly, are dropped.
 *  4. Everything else goes past the receivers for people in the order of the settings. Each takes the severities that
 *     it was given, exactly as they are written (`all`: whatever comes this far), and hands on to the next.
 *  5. No alert is lost. An unknown or missing severity, or `Critical`, goes to everybody who has `all`; where no Slack
 *     receiver has it (without Slack: no e-mail receiver), to the first one. A known severity that nobody takes ends
 *     there too.
 *  6. A critical alert mutes the warning of the same alert, where both are about the very same thing. See
 *     `inhibitRules`.
 *  7. Critical alerts are told again every four hours, others every twelve. They come in messages of their own, so that
 *     a warning that becomes critical opens a group, and is told at once.
 *  8. The alert that falcosidekick pushes for a critical event mutes the one that is counted from the same event (same
 *     rule, same namespace), so that it is told once. When the push failed, the counted one is told.
 */
import type { EmailReceiver, HeartbeatReceiver, Receiver, Settings, SlackReceiver } from "../../config/settings.ts";
import { severities } from "../../config/settings.ts";
import { UserError } from "../../config/user-error.ts";
import { falcoAlerts } from "../shared/names.ts";
import type { AlertmanagerConfiguration, InhibitRule, Route } from "./alertmanager-config.ts";
import { baseReceiver, nullReceiver } from "./integrations.ts";
import { groupBy, groupInterval, groupWait, repeatInterval } from "./timing.ts";

/** A receiver that tells a person. */
export type PeopleReceiver = SlackReceiver | EmailReceiver;

/** `alertmanager.yaml` as an object, without any secret. */
export function routingTree(settings: Pick<Settings, "receivers" | "smtp">): AlertmanagerConfiguration {
  const { receivers } = settings;
  return {
    global: { resolve_timeout: "5m" },
    route: {
      receiver: lastResort(receivers).name,
      group_by: groupBy,
      group_wait: groupWait,
      group_interval: groupInterval,
      repeat_interval: repeatInterval.other,
      routes: [
        ...watchdogRoutes(receivers),
        { receiver: nullReceiver, matchers: ['alertname="InfoInhibitor"'] },
        { receiver: nullReceiver, matchers: ['severity=~"info|none"'] },
        ...receivers.filter(isForPeople).map(peopleRoute),
        ...unknownSeverityRoutes(receivers),
      ],
    },
    inhibit_rules: inhibitRules,
    receivers: [{ name: nullReceiver }, ...receivers.map((receiver) => baseReceiver(receiver, settings))],
    templates: ["/etc/alertmanager/config/*.tmpl"],
  };
}

function isForPeople(receiver: Receiver): receiver is PeopleReceiver {
  return receiver.type !== "heartbeat";
}

/** Who gets what nobody else takes: the first Slack receiver, without one the first e-mail receiver. */
export function lastResort(receivers: readonly Receiver[]): PeopleReceiver {
  const people = receivers.filter(isForPeople);
  const found = people.find((receiver) => receiver.type === "slack") ?? people[0];
  if (found === undefined) {
    throw new UserError(
      "belfry:receivers has no receiver for people: alerts would reach nobody.",
      'Add one, for example: {name: slack, type: slack, channel: "#alerts"}',
    );
  }
  return found;
}

const watchdog = ['alertname="Watchdog"'];

function watchdogRoutes(receivers: readonly Receiver[]): readonly Route[] {
  const heartbeats = receivers.filter((receiver): receiver is HeartbeatReceiver => receiver.type === "heartbeat");
  if (heartbeats.length === 0) {
    return [{ receiver: nullReceiver, matchers: watchdog }];
  }
  return heartbeats.map((heartbeat, index) => ({
    receiver: heartbeat.name,
    matchers: watchdog,
    ...(index < heartbeats.length - 1 ? { continue: true } : {}),
    group_by: ["alertname"],
    group_wait: "0s",
    // Alertmanager looks at a group once every group_interval, and tells an unchanged one again only when more than
    // repeat_interval has passed since. Equal to it, or above, every second beat would be skipped.
    group_interval: `${heartbeat.intervalSeconds}s`,
    repeat_interval: `${Math.floor(heartbeat.intervalSeconds / 2)}s`,
  }));
}

function peopleRoute(receiver: PeopleReceiver): Route {
  const { name, severities: wanted } = receiver;
  const critical = 'severity="critical"';
  if (wanted !== "all" && wanted.length === 1 && wanted[0] === "critical") {
    return { receiver: name, matchers: [critical], continue: true, repeat_interval: repeatInterval.critical };
  }
  const both = wanted === "all" || wanted.includes("critical");
  return {
    receiver: name,
    ...(wanted === "all" ? {} : { matchers: [severityMatcher(wanted)] }),
    continue: true,
    ...(both
      ? { routes: [{ receiver: name, matchers: [critical], repeat_interval: repeatInterval.critical }] }
      : {}),
  };
}

/** One matcher for any of these severities. Alertmanager anchors regular expressions at both ends. */
export function severityMatcher(wanted: readonly string[]): string {
  return wanted.length === 1 ? `severity="${wanted.join("")}"` : `severity=~"${wanted.join("|")}"`;
}

/** Rule 5: only where the routes for people would leave an unknown severity to e-mail alone, or to nobody. */
function unknownSeverityRoutes(receivers: readonly Receiver[]): readonly Route[] {
  const last = lastResort(receivers);
  const taken = receivers.some((receiver) => receiver.type === last.type && receiver.severities === "all");
  return taken ? [] : [{ receiver: last.name, matchers: [`severity!~"${severities.join("|")}"`] }];
}

/**
 * Labels by which two alerts are about the same thing. Two missing labels count as equal, so the list must hold every
 * label that could tell two things apart: one that is missing from it would let a critical alert of one disk mute the
 * warning of another.
 */
const identityLabels = [
  "alertname",
  "cluster",
  "namespace",
  "instance",
  "job",
  "service",
  "ingress",
  "endpoint",
  "node",
  "pod",
  "container",
  "deployment",
  "statefulset",
  "daemonset",
  "replicaset",
  "job_name",
  "cronjob",
  "horizontalpodautoscaler",
  "poddisruptionbudget",
  "persistentvolume",
  "persistentvolumeclaim",
  "resourcequota",
  "resource",
  "device",
  "mountpoint",
  "fstype",
  "interface",
  "integration",
  "receiver_name",
  "prometheus",
  "alertmanager",
  "controller",
  "rule_group",
  "image_registry",
  "image_repository",
  "image_tag",
  "resource_kind",
  "resource_name",
  "container_name",
  "rule",
  "target",
  "destination",
  "status",
  "priority_raw",
  "hostname",
] as const;

/**
 * Rule 6. The source must have a namespace: an alert without one is about the cluster, and has too few labels to say
 * what it concerns, so it mutes nothing. Nothing else is muted here: `info` and `none` reach nobody anyway.
 */
const inhibitRules: readonly InhibitRule[] = [
  {
    source_matchers: ['severity="critical"', 'namespace=~".+"'],
    target_matchers: ['severity="warning"'],
    equal: identityLabels,
  },
  // Rule 8. Both labels must be there: two that are missing would count as equal.
  {
    source_matchers: [`alertname="${falcoAlerts.pushed}"`, 'namespace=~".+"', 'rule=~".+"'],
    target_matchers: [`alertname="${falcoAlerts.counted}"`],
    equal: ["cluster", "namespace", "rule"],
  },
];
