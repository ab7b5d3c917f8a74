/** Namespaces that this stack makes beside the monitoring one: nothing else may be made under their names. Pure. */
import { namespaceNames } from "../components/shared/names.ts";
import type { CheckContext } from "./checks.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord, itemsOf } from "./secrets.ts";

interface OwnNamespace {
  readonly name: string;
  /** Whose it is, to stand after "the namespace of". */
  readonly owner: string;
  /** Whether these settings, not checked yet, make it. */
  made(settings: Readonly<Record<string, unknown>>): boolean;
}

const ownNamespaces: readonly OwnNamespace[] = [
  {
    name: namespaceNames.logs,
    owner: "Loki and Alloy (belfry:logs)",
    made: ({ logs }) => isRecord(logs) && logs["mode"] === "install",
  },
  {
    name: namespaceNames.falco,
    owner: "Falco (belfry:falco)",
    made: ({ falco }) => !isRecord(falco) || falco["enabled"] !== false,
  },
  {
    name: namespaceNames.trivy,
    owner: "Trivy Operator (belfry:trivy)",
    made: ({ trivy }) => isRecord(trivy) && trivy["enabled"] !== false,
  },
  {
    name: namespaceNames.demo,
    owner: "the vulnerable application (belfry:demo)",
    made: ({ demo }) => demo === true,
  },
];

export function checkNamespaces({ settings }: CheckContext): Problem[] {
  return ownNamespaces
    .filter((own) => own.made(settings))
    .flatMap(({ name, owner }) => [
      ...(settings["namespace"] === name
        ? [
            {
              key: settingKey(["namespace"]),
              problem: `is the namespace of ${owner}.`,
              fix: "Name another one: belfry:namespace: monitoring",
            },
          ]
        : []),
      ...itemsOf(settings["teams"]).flatMap((team, index) =>
        isRecord(team) && team["namespace"] === name && team["createNamespace"] === true
          ? [
              {
                key: settingKey(["teams", index, "createNamespace"]),
                problem: `is true, but the namespace is that of ${owner}, which is created anyway.`,
                fix: "Write it like this: createNamespace: false",
              },
            ]
          : [],
      ),
    ]);
}
