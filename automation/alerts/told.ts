/** Who gets an alert, by the routing tree and the teams' routes that a stack would apply. Pure. */
import { stringify } from "yaml";
import { z } from "zod";

import { type Labels, makeMatcher, matchesAll } from "../verify/matchers.ts";
import { type Integration, readConfig, routeAlert } from "../verify/tree.ts";

const valuesSchema = z.looseObject({ alertmanager: z.looseObject({ config: z.record(z.string(), z.unknown()) }) });
const teamSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({
    route: z.object({
      receiver: z.string(),
      matchers: z.array(z.object({ name: z.string(), value: z.string(), matchType: z.enum(["=", "!=", "=~", "!~"]).default("=") })).default([]),
    }),
    receivers: z
      .array(
        z.looseObject({
          name: z.string(),
          emailConfigs: z.array(z.looseObject({ to: z.string() })).default([]),
          slackConfigs: z.array(z.looseObject({ channel: z.string().default("") })).default([]),
        }),
      )
      .default([]),
  }),
});

/** A receiver that gets an alert. */
export interface Told {
  readonly name: string;
  /** A team's receiver: it gets the alerts of this namespace only. */
  readonly namespace?: string;
  /** What it sends by, and where to as far as that is no secret. */
  readonly integrations: readonly Pick<Integration, "kind" | "target">[];
}

export interface RoutedTo {
  /** In the tree's order; receivers that send nothing are left out. */
  readonly receivers: readonly Told[];
  /** A matcher that cannot be judged here and on which the answer hangs. */
  readonly unclear?: string;
}

/** Sends an alert, by the labels that its rule sets, through the tree. */
export type Router = (labels: Labels) => RoutedTo;

/**
 * Receivers of teams get an alert only when it is about their namespace, which is known at run time: an alert whose rule sets none
 * reaches each of them.
 *
 * @param values of the release kube-prometheus-stack
 * @param teams the AlertmanagerConfig objects
 * @throws ZodError, ConfigUnreadable when one of them is not of Belfry's form
 */
export function router(values: unknown, teams: readonly unknown[]): Router {
  const config = readConfig(stringify(valuesSchema.parse(values).alertmanager.config));
  const delivers = new Map(config.receivers.filter(({ integrations }) => integrations.length > 0).map((receiver) => [receiver.name, receiver]));
  const teamRoutes = teams.map((team) => {
    const { metadata, spec } = teamSchema.parse(team);
    const matchers = spec.route.matchers.map(({ name, value, matchType }) => makeMatcher(name, matchType, value));
    const receiver = spec.receivers.find(({ name }) => name === spec.route.receiver);
    const integrations = [
      ...(receiver?.emailConfigs ?? []).map(({ to }) => ({ kind: "email", target: to })),
      ...(receiver?.slackConfigs ?? []).map(({ channel }) => ({ kind: "slack", target: channel })),
    ];
    return { matchers, told: { name: metadata.name, namespace: metadata.namespace, integrations } };
  });
  return (labels) => {
    const routing = routeAlert(config.root, labels);
    const names = [...new Set(routing?.routes.map(({ receiver }) => receiver))];
    const base = names.flatMap((name): Told[] => {
      const receiver = delivers.get(name);
      return receiver === undefined ? [] : [receiver];
    });
    const ofTeams = teamRoutes.filter(({ matchers, told }) => {
      const namespace = labels["namespace"] ?? told.namespace;
      return namespace === told.namespace && matchesAll(matchers, { ...labels, namespace }) === true;
    });
    const receivers = [...base, ...ofTeams.map(({ told }) => told)];
    return routing?.unclear === undefined ? { receivers } : { receivers, unclear: routing.unclear };
  };
}

/** As `belfry alerts` names it. */
export function receiverText({ name, namespace }: Told): string {
  return namespace === undefined ? name : `${namespace}/${name} (namespace ${namespace})`;
}
