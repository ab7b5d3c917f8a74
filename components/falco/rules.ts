/** The file of rules that Falco loads after its own: exceptions, and what users add or change. Pure. */
import { stringify } from "yaml";

import type { FalcoRules, RuleException } from "../../config/settings-falco.ts";
import { namespaceNames } from "../shared/names.ts";

/** Name of the file in Falco's directory of rules. */
export const rulesFile = "belfry-rules.yaml";

/**
 * Noise of this stack's own pods: what reads the API server by profession. The images are known by the ends of their names,
 * which a copy in another registry keeps. Falco's own rules except Prometheus, its operator and Grafana's sidecar already.
 *
 * @param monitoring the monitoring namespace
 */
export function ownExceptions(monitoring: string): RuleException[] {
  return [
    {
      rule: "Contact K8S API Server From Container",
      name: "belfry_own_pods",
      fields: ["k8s.ns.name", "container.image.repository"],
      comps: ["=", "endswith"],
      values: [
        [monitoring, "/kube-state-metrics"],
        [monitoring, "/prometheus-operator"],
        [monitoring, "/prometheus"],
        [monitoring, "/k8s-sidecar"],
        [namespaceNames.trivy, "/trivy-operator"],
        [namespaceNames.trivy, "/node-collector"],
        [namespaceNames.logs, "/alloy"],
        [namespaceNames.falco, "/falcosidekick"],
      ],
    },
  ];
}

/**
 * @returns the text of the file. New things come before what refers to them, and all exceptions of one rule in one item.
 */
export function rulesText(rules: FalcoRules, monitoring: string): string {
  const { custom, macros, lists, disabled } = rules;
  const exceptions = [...ownExceptions(monitoring), ...rules.exceptions];
  const excepted = [...new Set(exceptions.map(({ rule }) => rule))];
  return stringify(
    [
      ...lists.map(({ list, items, override }) => ({ list, items, ...overriding("items", override) })),
      ...macros.map(({ macro, condition, override }) => ({ macro, condition, ...overriding("condition", override) })),
      ...custom.map(({ rule, description, condition, output, priority, source, tags }) => ({
        rule,
        desc: description,
        condition,
        output,
        priority: priority.toUpperCase(),
        source,
        tags,
      })),
      ...excepted.map((rule) => ({
        rule,
        exceptions: exceptions
          .filter((exception) => exception.rule === rule)
          .map(({ name, fields, comps, values }) => ({ name, fields, comps, values })),
        ...overriding("exceptions", "append"),
      })),
      ...disabled.map((rule) => ({ rule, enabled: false, ...overriding("enabled", "replace") })),
    ],
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function overriding(key: string, override: "append" | "replace" | undefined) {
  return override === undefined ? {} : { override: { [key]: override } };
}
