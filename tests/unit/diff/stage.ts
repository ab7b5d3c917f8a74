/** Small rendered stacks to compare. */
import { parse, stringify } from "yaml";
import { compareStack, type StackSide } from "../../../automation/diff/compare.ts";
import { markdownReport } from "../../../automation/diff/markdown.ts";
import { type DiffReport, diffVersion, type StackDiff } from "../../../automation/diff/model.ts";

type Body = Readonly<Record<string, unknown>>;

export interface SmallStack {
  /** Objects of the program. */
  readonly objects?: readonly Body[];
  /** Values of kube-prometheus-stack beside Alertmanager's configuration. */
  readonly values?: Body;
  /** Alertmanager's configuration. */
  readonly config?: Body;
  readonly version?: string;
  /** Further releases. */
  readonly releases?: readonly Body[];
}

/** Critical alerts go to Slack and by mail, all others to Slack. */
export const smallConfig = {
  route: { receiver: "slack", routes: [{ receiver: "slack", continue: true }, { receiver: "mail", matchers: ['severity="critical"'], continue: true }] },
  receivers: [
    { name: "slack", slack_configs: [{ channel: "#a" }] },
    { name: "mail", email_configs: [{ to: "oncall@example.com" }] },
  ],
};

export function object(kind: string, name: string, more: Body = {}, namespace: string | null = "monitoring"): Body {
  const { apiVersion = "v1", ...rest } = more;
  return { apiVersion, kind, metadata: { name, ...(namespace === null ? {} : { namespace }) }, ...rest };
}

/** Rules of the program in one group. */
export function rules(name: string, ...alerts: readonly Body[]): Body {
  return object("PrometheusRule", `belfry-${name}`, { apiVersion: "monitoring.coreos.com/v1", spec: { groups: [{ name, rules: alerts }] } });
}

export function alert(name: string, more: Body = {}): Body {
  return { alert: name, expr: "up == 0", for: "5m", labels: { severity: "warning" }, ...more };
}

export function files({ objects = [], values = {}, config = smallConfig, version = "1.0.0", releases = [] }: SmallStack): Map<string, string> {
  const stack = { name: "kube-prometheus-stack", namespace: "monitoring", chart: "kube-prometheus-stack", version, values: { alertmanager: { config }, ...values } };
  return new Map([
    ...objects.map((body): [string, string] => {
      const { kind, metadata } = body as { kind: string; metadata: { name: string; namespace?: string } };
      return [`${metadata.namespace ?? "cluster"}/${kind}-${metadata.name}.yaml`, stringify(body)];
    }),
    ...[stack, ...releases].map((body): [string, string] => [`releases/${String((body as Body)["name"])}.yaml`, stringify(body)]),
  ]);
}

export function side(stack: SmallStack, more: Partial<StackSide> = {}): StackSide {
  return { files: files(stack), shipped: () => [], ...more };
}

export function compared(before: SmallStack, after: SmallStack): StackDiff {
  return compareStack("prod", side(before), side(after));
}

export function report(...stacks: readonly StackDiff[]): DiffReport {
  return { report: "belfry diff", version: diffVersion, before: "main", after: "feature", stacks };
}

/** The section of that title in the Markdown of a comparison, without its title. */
export function section(diff: StackDiff, title: string): string {
  const text = markdownReport(report(diff));
  const parts = text.split(/\n\n(?=\*\*\w[^\n]*\*\*\n\n|<details>)/).slice(1);
  const found = parts.find((part) => part.startsWith(`**${title}**`) || part.startsWith(`<details><summary>${title} `));
  return found === undefined ? "" : found.slice(found.indexOf("\n\n") + 2).replace(/\n\n<\/details>\n*$/, "").trimEnd();
}

/** What `helm template` prints for these objects. */
export function helmOutput(...objects: readonly Body[]): string {
  return objects.map((body) => `---\n# Source: chart/templates/x.yaml\n${stringify(body)}`).join("");
}

export { parse };
