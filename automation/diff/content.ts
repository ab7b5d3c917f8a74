/** What a reviewer reads, in its order, before it is Markdown or text for a terminal. Pure. */
import { changesAnything, type AlertChange, type Amounts, type DiffReport, type Finding, type ObjectChange, type StackDiff, type ValueChange } from "./model.ts";
import { anyOther } from "./receivers.ts";
import { titleOf } from "./rendered.ts";
import { counted } from "./text.ts";

/** Words of Belfry's own as they are; `foreign` ones are escaped and cut; `strong` ones (own words) stand out. */
export type Part = string | { readonly foreign: string; readonly max?: number } | { readonly strong: string };
export type Line = readonly Part[];

export interface Row {
  /** One for each column; one where the section has none. */
  readonly cells: readonly Line[];
  /** Below it, further in. */
  readonly below?: readonly Line[];
}

export interface Section {
  readonly title: string;
  /** The smaller, the later it is cut when there is no room for all. */
  readonly priority: number;
  /** Undefined: a list. */
  readonly columns?: readonly string[];
  readonly rows: readonly Row[];
  /** Shown only when asked for, where that is possible. */
  readonly folded?: true;
}

export interface StackContent {
  readonly stack: string;
  readonly headline: Line;
  /** Belfry's own sentences; what stands behind the first colon may be foreign. */
  readonly notes: readonly string[];
  /** Sides that could not be rendered. */
  readonly failures: readonly { readonly of: string; readonly reason: string }[];
  readonly sections: readonly Section[];
}

/** Changed paths shown of one object; JSON has all. */
const mostPaths = 12;
/** Alerts named of one change of receivers. */
const mostNames = 12;

const foreign = (text: string, max?: number): Part => (max === undefined ? { foreign: text } : { foreign: text, max });
const row = (...parts: Line): Row => ({ cells: [parts] });

export function stackContent(diff: StackDiff, report: Pick<DiffReport, "before" | "after">): StackContent {
  const { stack, notes, failures } = diff;
  const sections = [
    findingSection(diff.findings),
    receiverSection(diff),
    alertSection(diff.alerts),
    requestSection(diff),
    secretSection(diff),
    objectSection(diff.objects),
  ].filter(({ rows }) => rows.length > 0);
  return {
    stack,
    headline: headline(diff),
    notes,
    failures: failures.map(({ side, reason }) => ({ of: report[side], reason })),
    sections,
  };
}

function headline(diff: StackDiff): Line {
  if (diff.failures.length > 0) return [{ strong: "Not compared." }];
  if (!changesAnything(diff)) return ["Nothing changes."];
  const { findings, receivers, alerts, objects, secrets } = diff;
  const found = (kind: Finding["kind"], change: Finding["change"]) => findings.filter((one) => one.kind === kind && one.change === change).length;
  const strong = [
    [found("deleted", "gone"), "object deleted", "objects deleted"],
    [found("replaced", "changed"), "object replaced or refused", "objects replaced or refused"],
    [found("privilege", "new"), "new privilege", "new privileges"],
    [found("network", "new"), "network opening", "network openings"],
    [findings.filter(({ kind }) => kind === "crd").length, "definition of a kind changed", "definitions of kinds changed"],
    [new Set(receivers.flatMap(({ alerts: all }) => all.filter((name) => !name.startsWith(anyOther)))).size, "alert reaches other people", "alerts reach other people"],
    [alerts.filter(({ change }) => change === "removed").length, "alert removed", "alerts removed"],
  ] as const;
  const plain = [
    [alerts.filter(({ change }) => change !== "removed").length, "alert added or changed", "alerts added or changed"],
    [secrets.length, "secret changed", "secrets changed"],
    [objects.filter(({ change }) => change === "added").length, "object added", "objects added"],
    [objects.filter(({ change }) => change === "changed").length, "object changed", "objects changed"],
  ] as const;
  const parts: Part[] = [
    ...strong.filter(([count]) => count > 0).map(([count, one, many]) => ({ strong: counted(count, one, many) })),
    ...plain.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many)),
  ];
  return [...parts.flatMap((part, index) => (index === 0 ? [part] : [", ", part])), "."];
}

/** How a finding is called; those that are bold ask for a reviewer's eye. */
const findingTitles: Readonly<Record<Finding["kind"], Readonly<Record<Finding["change"], Part>>>> = {
  deleted: { new: "", changed: "", gone: { strong: "deleted" } },
  replaced: { new: "", changed: { strong: "replaced" }, gone: "" },
  privilege: { new: { strong: "new privilege" }, changed: { strong: "privilege" }, gone: "privilege given up" },
  network: { new: { strong: "network opening" }, changed: { strong: "network" }, gone: "closed" },
  crd: { new: { strong: "new definition" }, changed: { strong: "definition changed" }, gone: { strong: "definition deleted" } },
  chart: { new: "new chart", changed: { strong: "chart" }, gone: "" },
  image: { new: { strong: "new image" }, changed: "image", gone: "image no longer used" },
};

function findingSection(findings: readonly Finding[]): Section {
  const weighty = findings.filter(({ change, kind }) => change !== "gone" || kind === "deleted" || kind === "crd");
  const others = findings.filter((one) => !weighty.includes(one));
  return {
    title: "To look at",
    priority: 1,
    rows: [...weighty, ...others].map(({ kind, change, object, text }) =>
      row(findingTitles[kind][change], ": ", foreign(object), ...(text === "" ? [] : [": ", foreign(text, 240)])),
    ),
  };
}

/** `a`, `b` and 3 more. */
function names(all: readonly string[], most: number): Part[] {
  const shown = all.slice(0, most).flatMap((name, index) => (index === 0 ? [foreign(name)] : [", ", foreign(name)]));
  return all.length === 0 ? ["nobody"] : [...shown, ...(all.length > most ? [` and ${String(all.length - most)} more`] : [])];
}

function receiverSection({ receivers }: StackDiff): Section {
  return {
    title: "Who is told",
    priority: 2,
    columns: ["alerts", "told no more", "told from now on"],
    rows: receivers.map(({ alerts, lost, gained }) => ({
      cells: [
        [{ strong: counted(alerts.length, "alert") }, ": ", ...names(alerts, mostNames)],
        lost.length === 0 ? ["–"] : names(lost, mostNames),
        gained.length === 0 ? ["–"] : names(gained, mostNames),
      ],
    })),
  };
}

function alertSection(alerts: readonly AlertChange[]): Section {
  return {
    title: "Alerts",
    priority: 3,
    columns: ["alert", "severity", "what changes", "told to"],
    rows: alerts.map(({ alert, group, change, severity, because, fields, toldTo }) => ({
      cells: [
        [change === "removed" ? { strong: change } : change, " ", foreign(alert), " (", foreign(group), ")"],
        [foreign(severity === "" ? "none set" : severity)],
        fields.length === 0
          ? [because === undefined ? "–" : foreign(because)]
          : fields.flatMap(({ field, before, after }, index): Part[] => [
              ...(index === 0 ? [] : ["; "]),
              field === "severity" ? { strong: field } : field,
              ": ",
              foreign(before, 400),
              " → ",
              foreign(after, 400),
            ]),
        names(toldTo, mostNames),
      ],
    })),
  };
}

const rounded = (value: number) => String(Math.round(value * 1000) / 1000);
/** `1.5 CPU`, `384 MiB`, `200 GiB of storage`. */
export function amountText(what: keyof Amounts, value: number): string {
  if (what === "cpu") return `${rounded(value)} CPU`;
  const size = value < 2 ** 30 ? `${rounded(value / 2 ** 20)} MiB` : `${rounded(value / 2 ** 30)} GiB`;
  return what === "storage" ? `${size} of storage` : size;
}

function difference(what: keyof Amounts, before: number, after: number): string {
  return `${after > before ? "+" : "−"}${amountText(what, Math.abs(after - before))}`;
}

const amountKeys = ["cpu", "memory", "storage"] as const;
const zero: Amounts = { cpu: 0, memory: 0, storage: 0 };

function requestSection({ requests }: StackDiff): Section {
  const columns = ["requested by", "before", "after", "difference"];
  if (requests === null) return { title: "Requests", priority: 4, columns, rows: [] };
  const { before, after, perNode, workloads } = requests;
  const amounts = (of: Line, a: Amounts, b: Amounts, shown: readonly (keyof Amounts)[]): Row => {
    const changed = amountKeys.filter((what) => a[what] !== b[what]);
    return {
      cells: [
        of,
        [shown.map((what) => amountText(what, a[what])).join(", ")],
        [shown.map((what) => amountText(what, b[what])).join(", ")],
        [changed.length === 0 ? "–" : { strong: changed.map((what) => difference(what, a[what], b[what])).join(", ") }],
      ],
    };
  };
  const ofWorkload = workloads.map(({ workload, perNode: everywhere, before: a = zero, after: b = zero }) =>
    amounts([foreign(workload), ...(everywhere ? [", on every node"] : [])], a, b, amountKeys.filter((what) => a[what] !== b[what])),
  );
  const everywhere = amountKeys.some((what) => perNode.before[what] !== perNode.after[what]);
  return {
    title: "Requests",
    priority: 4,
    columns,
    rows: [
      amounts(["all together"], before, after, amountKeys),
      ...(everywhere ? [amounts(["on every node"], perNode.before, perNode.after, ["cpu", "memory"])] : []),
      ...ofWorkload,
    ],
  };
}

function secretSection({ secrets }: StackDiff): Section {
  return {
    title: "Secrets",
    priority: 5,
    rows: secrets.map(({ key, change, note }) => row({ strong: change }, ": ", foreign(key), ...(note === undefined ? [] : [`: ${note}`]))),
  };
}

const objectOrder: readonly ObjectChange["change"][] = ["replaced", "removed", "changed", "added"];

function objectSection(objects: readonly ObjectChange[]): Section {
  const telling = objects.filter(({ onlyVersionLabels }) => onlyVersionLabels !== true);
  const labels = objects.length - telling.length;
  const sorted = [...telling].sort((a, b) => objectOrder.indexOf(a.change) - objectOrder.indexOf(b.change));
  return {
    title: "All objects",
    priority: 6,
    folded: true,
    rows: [
      ...sorted.map(objectRow),
      ...(labels === 0 ? [] : [row(`${counted(labels, "object changes", "objects change")} only in labels that name the version of a chart`)]),
    ],
  };
}

function objectRow(change: ObjectChange): Row {
  const { change: what, release, because, paths } = change;
  const word: Part = what === "removed" || what === "replaced" ? { strong: what } : what;
  const more = paths.length - mostPaths;
  return {
    cells: [[word, " ", foreign(titleOf(change)), ...(release === undefined ? [] : [" of release ", foreign(release)]), ...(because === undefined ? [] : [": ", foreign(because)])]],
    below: [...paths.slice(0, mostPaths).map(pathLine), ...(more > 0 ? [[`${String(more)} more`]] : [])],
  };
}

function pathLine({ path, before, after, secret }: ValueChange): Line {
  const where = foreign(path);
  if (secret === true) return [where, ": ", { strong: before === undefined ? "secret added" : after === undefined ? "secret removed" : "secret changed" }, ", not shown"];
  if (before === undefined) return [where, " added: ", foreign(after ?? "", 120)];
  if (after === undefined) return [where, " removed: ", foreign(before, 120)];
  return [where, ": ", foreign(before, 120), " → ", foreign(after, 120)];
}
