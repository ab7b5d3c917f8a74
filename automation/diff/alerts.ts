/** Which alerts come, go and change, and who gets which alert instead of whom. Pure. */
import { z } from "zod";
import { releaseNames } from "../../components/shared/names.ts";
import { plainLabels } from "../alerts/list.ts";
import { editedTo, removedBecause, ruleValues, type ShippedAlert } from "../alerts/shipped.ts";
import { type RoutedTo, router, type Told } from "../alerts/told.ts";
import type { Labels } from "../verify/matchers.ts";
import type { AlertChange } from "./model.ts";
import { same } from "./paths.ts";
import type { Rendered, StackObject } from "./rendered.ts";

const texts = z.record(z.string(), z.unknown()).default({});
const ruleSchema = z.object({
  spec: z.object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z
          .array(z.object({ alert: z.string().optional(), expr: z.union([z.string(), z.number()]).default(""), for: z.string().optional(), labels: texts }))
          .default([]),
      }),
    ),
  }),
});

/** An alert of one side. */
export interface StackAlert {
  readonly alert: string;
  readonly group: string;
  readonly origin: "own" | "chart";
  readonly severity: string;
  readonly for: string;
  /** Undefined: only the chart itself knows it. */
  readonly expression: string | undefined;
  /** As the rule sets them; those with a template in them have their value at run time only. */
  readonly labels: Labels;
}

export interface StackAlerts {
  readonly alerts: readonly StackAlert[];
  /** Why shipped ones are not there, by name and group. */
  readonly removed: ReadonlyMap<string, string>;
}

export const alertKey = ({ alert, group }: Pick<StackAlert, "alert" | "group">) => JSON.stringify([alert, group]);

/**
 * @param shipped the alerts of the stack's version of kube-prometheus-stack; undefined: not known, or not wanted. Where the chart was
 *   rendered, its own rules are taken instead
 */
export function alertsOf(side: Rendered, shipped: readonly ShippedAlert[] | undefined): StackAlerts {
  const ofObjects = side.objects.filter(({ kind }) => kind === "PrometheusRule").flatMap(ruleAlerts);
  const release = side.releases.find(({ name }) => name === releaseNames.stack);
  if (release === undefined || shipped === undefined || side.charted.has(release.name)) return { alerts: ofObjects, removed: new Map() };
  const values = ruleValues(release.values);
  const removed = new Map<string, string>();
  const ofChart = shipped.flatMap((one): StackAlert[] => {
    const because = removedBecause(one, values);
    if (because !== undefined) {
      removed.set(alertKey(one), because);
      return [];
    }
    const edited = editedTo(one, values);
    const severity = edited?.severity ?? one.severity;
    return [
      {
        alert: one.alert,
        group: one.group,
        origin: "chart",
        severity,
        for: edited?.for ?? one.for ?? "0s",
        expression: undefined,
        labels: { severity },
      },
    ];
  });
  return { alerts: [...ofObjects, ...ofChart], removed };
}

function ruleAlerts(object: StackObject): StackAlert[] {
  const parsed = ruleSchema.safeParse(object.body);
  if (!parsed.success) return [];
  return parsed.data.spec.groups.flatMap(({ name, rules }) =>
    rules.flatMap((rule): StackAlert[] => {
      if (rule.alert === undefined) return [];
      const labels = Object.fromEntries(Object.entries(rule.labels).map(([key, value]) => [key, String(value)]));
      const own = object.release === undefined;
      return [
        {
          alert: rule.alert,
          group: own ? object.name.replace(/^belfry-/, "") : name,
          origin: own ? "own" : "chart",
          severity: labels["severity"] ?? "",
          for: rule.for ?? "0s",
          expression: String(rule.expr),
          labels,
        },
      ];
    }),
  );
}

/** Who gets an alert, in words: the name of each receiver with where it sends to. */
export type ToldBy = (alert: StackAlert) => readonly string[];

/** @throws ZodError, ConfigUnreadable when the tree is not of Belfry's form */
export function toldBy(side: Rendered): (alert: Pick<StackAlert, "alert" | "labels">) => RoutedTo {
  const release = side.releases.find(({ name }) => name === releaseNames.stack);
  if (release === undefined) return () => ({ receivers: [] });
  const teams = side.objects.filter(({ kind, release: of }) => kind === "AlertmanagerConfig" && of === undefined);
  const route = router(release.values, teams.map(({ body }) => body));
  return ({ alert, labels }) => route({ ...plainLabels(labels), alertname: alert });
}

/** `oncall (email oncall@example.com)`, `shop/email (email shop@example.com), alerts of namespace shop`. */
export function toldText({ name, namespace, integrations }: Told): string {
  const ways = integrations.map(({ kind, target }) => (target === undefined || target === "" ? kind : `${kind} ${target}`)).join(", ");
  const receiver = namespace === undefined ? name : `${namespace}/${name}`;
  return `${receiver}${ways === "" ? "" : ` (${ways})`}${namespace === undefined ? "" : `, alerts of namespace ${namespace}`}`;
}

/** Alerts of the two sides, those that are the same one beside each other. */
export function pairAlerts(before: StackAlerts, after: StackAlerts): (readonly [StackAlert | undefined, StackAlert | undefined])[] {
  const keys = [...new Set([...after.alerts, ...before.alerts].map(alertKey))];
  const of = (side: StackAlerts, key: string) => side.alerts.filter((one) => alertKey(one) === key);
  return keys.flatMap((key) => pairSameName(of(before, key), of(after, key)));
}

/** One name may stand in a group several times: equal ones first, then those of one severity, then what is left in its order. */
function pairSameName(before: readonly StackAlert[], after: readonly StackAlert[]) {
  const [old, now] = [[...before], [...after]];
  const pairs: (readonly [StackAlert | undefined, StackAlert | undefined])[] = [];
  const alike: readonly ((a: StackAlert, b: StackAlert) => boolean)[] = [same, (a, b) => a.severity === b.severity && a.expression === b.expression, (a, b) => a.severity === b.severity, () => true];
  for (const matches of alike) {
    for (const one of [...now]) {
      const index = old.findIndex((other) => matches(other, one));
      if (index < 0) continue;
      pairs.push([old.splice(index, 1)[0], one]);
      now.splice(now.indexOf(one), 1);
    }
  }
  return [...pairs, ...old.map((one) => [one, undefined] as const), ...now.map((one) => [undefined, one] as const)];
}

/** @param because why shipped alerts are gone, by {@link alertKey} */
export function alertChange(
  old: StackAlert | undefined,
  now: StackAlert | undefined,
  told: { readonly before: ToldBy; readonly after: ToldBy },
  because: ReadonlyMap<string, string>,
): AlertChange[] {
  if (now === undefined) {
    if (old === undefined) return [];
    const reason = because.get(alertKey(old));
    return [{ ...head(old), change: "removed", ...(reason === undefined ? {} : { because: reason }), fields: [], toldTo: told.before(old) }];
  }
  if (old === undefined) return [{ ...head(now), change: "added", fields: [], toldTo: told.after(now) }];
  const labels = ({ labels: all }: StackAlert) => JSON.stringify(Object.entries(all).filter(([key]) => key !== "severity").sort(([a], [b]) => (a < b ? -1 : 1)));
  const fields = [
    { field: "severity" as const, before: old.severity, after: now.severity },
    { field: "for" as const, before: old.for, after: now.for },
    { field: "expression" as const, before: old.expression ?? "", after: now.expression ?? "" },
    { field: "labels" as const, before: labels(old), after: labels(now) },
  ].filter(({ before, after }) => before !== after);
  return fields.length === 0 ? [] : [{ ...head(now), change: "changed", fields, toldTo: told.after(now) }];
}

const head = ({ alert, group, origin, severity }: StackAlert) => ({ alert, group, origin, severity });
