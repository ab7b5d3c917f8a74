/** Every alert of a stack, from what the stack would apply: its rule objects, its chart's values and its routing tree. Pure. */
import { parse } from "yaml";
import { z } from "zod";

import { releaseNames } from "../../components/shared/names.ts";
import type { Labels } from "../verify/matchers.ts";
import type { AlertEntry } from "./entry.ts";
import { editedTo, removedBecause, type RuleValues, ruleValues, shippedAlerts, shippedRunbook } from "./shipped.ts";
import { receiverText, router } from "./told.ts";

const releaseSchema = z.object({ values: z.unknown() });
const texts = z.record(z.string(), z.string()).default({});
const ruleSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    groups: z.array(
      z.object({
        rules: z.array(z.object({ alert: z.string().optional(), for: z.string().optional(), labels: texts, annotations: texts })),
      }),
    ),
  }),
});

/** What `tests/rules/alerts` says of a scenario, as far as it is counted here. */
export interface CountedScenario {
  readonly rules: readonly string[];
  readonly rings: readonly { readonly alert: string }[];
}

export interface ListInput {
  /** What {@link renderStack} gives. */
  readonly rendered: ReadonlyMap<string, string>;
  readonly scenarios: readonly CountedScenario[];
}

/** Own ones first, then the chart's in its order. */
export function listAlerts({ rendered, scenarios }: ListInput): AlertEntry[] {
  const release = releaseSchema.parse(parse(rendered.get(`releases/${releaseNames.stack}.yaml`) ?? ""));
  const route = router(release.values, objects(rendered, "AlertmanagerConfig", z.unknown()));
  const told = (labels: Labels) => route(labels).receivers.map(receiverText);
  return unique([...ownAlerts(rendered, scenarios, told), ...chartAlerts(ruleValues(release.values), told)]);
}

/** A rule that is there once for each target is one alert to people. */
function unique(entries: readonly AlertEntry[]): AlertEntry[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}

function objects<T>(rendered: ReadonlyMap<string, string>, kind: string, schema: z.ZodType<T>): T[] {
  return [...rendered].filter(([path]) => path.split("/").at(-1)?.startsWith(`${kind}-`) === true).map(([, text]) => schema.parse(parse(text)));
}

type Told = (labels: Labels) => string[];

function ownAlerts(rendered: ReadonlyMap<string, string>, scenarios: readonly CountedScenario[], told: Told): AlertEntry[] {
  return objects(rendered, "PrometheusRule", ruleSchema).flatMap(({ metadata, spec }) => {
    const file = metadata.name.replace(/^belfry-/, "");
    return spec.groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert, for: lasts, labels, annotations }): AlertEntry[] => {
        if (alert === undefined) return [];
        const runbook = annotations["runbook_url"];
        return [
          {
            alert,
            severity: labels["severity"] ?? "",
            origin: "own",
            group: file,
            ...(lasts === undefined ? {} : { for: lasts }),
            toldTo: told({ ...plainLabels(labels), alertname: alert }),
            ...(runbook === undefined ? {} : { runbook }),
            tests: testsOf(alert, file, scenarios),
          },
        ];
      }),
    );
  });
}

/** A label that is a template has its value at run time only. */
export function plainLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => !value.includes("{{")));
}

/** In how many scenarios it must ring, and in how many it must not, although its rule runs. */
function testsOf(alert: string, file: string, scenarios: readonly CountedScenario[]): { rings: number; silent: number } {
  const running = scenarios.filter(({ rules }) => rules.includes(file));
  const rings = running.filter((scenario) => scenario.rings.some((ring) => ring.alert === alert)).length;
  return { rings, silent: running.length - rings };
}

function chartAlerts(values: RuleValues, told: Told): AlertEntry[] {
  return shippedAlerts().map((shipped): AlertEntry => {
    const { alert, group } = shipped;
    const common = { alert, group, runbook: shippedRunbook(shipped) };
    const removed = removedBecause(shipped, values);
    const lasts = shipped.for == null ? {} : { for: shipped.for };
    if (removed !== undefined) return { ...common, ...lasts, severity: shipped.severity, origin: "removed", because: removed, toldTo: [] };
    const edited = editedTo(shipped, values);
    const severity = edited?.severity ?? shipped.severity;
    const toldTo = told({ alertname: alert, severity });
    return edited === undefined ? { ...common, ...lasts, severity, origin: "shipped", toldTo } : { ...common, ...edited, origin: "edited", toldTo };
  });
}
