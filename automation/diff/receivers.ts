/** Whose receivers change: every alert that is there before and after, routed through both trees. Pure. */
import { falcoAlerts, releaseNames } from "../../components/shared/names.ts";
import type { StackAlert, ToldBy } from "./alerts.ts";
import type { ReceiverChange } from "./model.ts";
import type { Rendered } from "./rendered.ts";

/** Stands for the alerts of others. */
export const anyOther = "any other alert";

/** Rules that others bring, by severity: the tree decides about them as well. */
const others: readonly StackAlert[] = ["critical", "warning", "info", "none", ""].map((severity) => ({
  alert: anyOther,
  group: "",
  origin: "own",
  severity,
  for: "0s",
  expression: undefined,
  labels: severity === "" ? {} : { severity },
}));

/** What falcosidekick pushes to Alertmanager without a rule. */
const pushed: StackAlert = {
  alert: falcoAlerts.pushed,
  group: "",
  origin: "own",
  severity: "critical",
  for: "0s",
  expression: undefined,
  labels: { severity: "critical" },
};

/** Alerts that come without a rule of the stack, as far as both sides have them. */
export function alertsWithoutRule(before: Rendered, after: Rendered): (readonly [StackAlert, StackAlert])[] {
  const falco = [before, after].every(({ releases }) => releases.some(({ name }) => name === releaseNames.falco));
  const stack = [before, after].every(({ releases }) => releases.some(({ name }) => name === releaseNames.stack));
  return stack ? [...(falco ? [pushed] : []), ...others].map((one) => [one, one] as const) : [];
}

/** Alerts with the same change of receivers stand together; those with a critical one first, then those of most alerts. */
export function receiverChanges(
  pairs: readonly (readonly [StackAlert | undefined, StackAlert | undefined])[],
  told: { readonly before: ToldBy; readonly after: ToldBy },
): ReceiverChange[] {
  const groups = new Map<string, { alerts: Set<string>; lost: readonly string[]; gained: readonly string[] }>();
  for (const [old, now] of pairs) {
    if (old === undefined || now === undefined) continue;
    const [before, after] = [told.before(old), told.after(now)];
    const lost = before.filter((name) => !after.includes(name));
    const gained = after.filter((name) => !before.includes(name));
    if (lost.length + gained.length === 0) continue;
    const key = JSON.stringify([lost, gained]);
    const group = groups.get(key) ?? { alerts: new Set<string>(), lost, gained };
    group.alerts.add(`${now.alert} (${now.severity === "" ? "no severity" : now.severity})`);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ alerts, lost, gained }) => ({ alerts: [...alerts], lost, gained }))
    .sort((a, b) => critical(b.alerts) - critical(a.alerts) || b.alerts.length - a.alerts.length);
}

const critical = (alerts: readonly string[]) => Number(alerts.some((name) => name.endsWith(" (critical)")));
