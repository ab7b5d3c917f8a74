/** Two sides of a stack, compared. Pure. */
import { releaseNames } from "../../components/shared/names.ts";
import type { ShippedAlert } from "../alerts/shipped.ts";
import { alertChange, alertsOf, pairAlerts, type StackAlert, type StackAlerts, toldBy, type ToldBy, toldText } from "./alerts.ts";
import { findings } from "./findings.ts";
import type { AlertChange, ObjectChange, ReceiverChange, StackDiff } from "./model.ts";
import { objectChanges } from "./objects.ts";
import { changedPaths } from "./paths.ts";
import { alertsWithoutRule, receiverChanges } from "./receivers.ts";
import { identityOf, nothingRendered, readRendered, type ReadYaml, type Rendered, titleOf, withChart, yamlReader } from "./rendered.ts";
import { requestsChange } from "./requests.ts";
import { secretChanges, type StackSecrets } from "./stack-secrets.ts";
import { withoutSecrets } from "./text.ts";

/** What is known of a stack on one side. */
export interface StackSide {
  /** Content by path, as `renderStack` gives it. */
  readonly files: ReadonlyMap<string, string>;
  /** Undefined: there is no stack file, only what was rendered. */
  readonly secrets?: StackSecrets;
  /** What `helm template` printed, by the name of the release. */
  readonly charts?: ReadonlyMap<string, string>;
  /** The same printed a second time: what differs is made anew by the chart each time. */
  readonly chartsAgain?: ReadonlyMap<string, string>;
  /** The alerts that a version of kube-prometheus-stack ships; undefined: not known. */
  readonly shipped: (version: string) => readonly ShippedAlert[] | undefined;
}

/** A side that could not be had. */
export interface FailedSide {
  readonly failure: string;
}

/** Characters of the reason why a side failed. */
const longestReason = 4_000;

const nothing = { notes: [], findings: [], receivers: [], alerts: [], requests: null, secrets: [], objects: [] };

/**
 * @param before undefined: the stack is new
 * @param after undefined: the stack is gone
 * @throws UserError naming a file that is not a rendered one
 */
export function compareStack(stack: string, before: StackSide | FailedSide | undefined, after: StackSide | FailedSide | undefined): StackDiff {
  const failures = ([["before", before], ["after", after]] as const).flatMap(([side, one]) =>
    one !== undefined && "failure" in one ? [{ side, reason: withoutSecrets(one.failure).slice(0, longestReason) }] : [],
  );
  if (failures.length > 0) return { stack, failures, ...nothing };
  const known = (side: typeof before) => (side === undefined || "failure" in side ? undefined : side);
  return compareSides(stack, known(before), known(after));
}

function compareSides(stack: string, before: StackSide | undefined, after: StackSide | undefined): StackDiff {
  const notes: string[] = [];
  if (before === undefined) notes.push("This stack is new.");
  if (after === undefined) notes.push("This stack is gone; what it installed stays until somebody destroys it with the revision before.");
  const read = yamlReader();
  const [plainOld, plainNow] = [before, after].map((side) => (side === undefined ? nothingRendered : readRendered(side.files, read)));
  const [old, now] = withCharts(plainOld ?? nothingRendered, plainNow ?? nothingRendered, before, after, read, notes);
  const objects = objectChanges(old, now);
  const steady = withoutRandom(objects, old, before, read, notes);
  const { alerts, receivers } = alertsAndReceivers(old, now, before, after, notes);
  return {
    stack,
    failures: [],
    notes,
    findings: findings(old, now, steady),
    receivers,
    alerts,
    requests: requestsChange(old, now),
    secrets: before?.secrets !== undefined && after?.secrets !== undefined ? secretChanges(before.secrets, after.secrets) : [],
    objects: steady,
  };
}

/** A release is compared by its objects when its chart could be rendered wherever the release is. */
function withCharts(
  old: Rendered, now: Rendered, before: StackSide | undefined, after: StackSide | undefined, read: ReadYaml, notes: string[],
): [Rendered, Rendered] {
  let [a, b] = [old, now];
  const left: string[] = [];
  for (const name of new Set([...old.releases, ...now.releases].map((release) => release.name))) {
    const [wasRelease, isRelease] = [old, now].map(({ releases }) => releases.find((release) => release.name === name));
    const [was, is] = [before?.charts?.get(name), after?.charts?.get(name)];
    if ((wasRelease !== undefined && was === undefined) || (isRelease !== undefined && is === undefined)) {
      left.push(name);
      continue;
    }
    if (wasRelease !== undefined && was !== undefined) a = withChart(a, wasRelease, was, read);
    if (isRelease !== undefined && is !== undefined) b = withChart(b, isRelease, is, read);
  }
  if (left.length > 0) {
    notes.push(`Compared by their values only, without the objects that their charts make of them: ${left.join(", ")}.`);
  }
  return [a, b];
}

/** Takes out what a chart makes up anew each time, such as certificates. */
function withoutRandom(objects: readonly ObjectChange[], old: Rendered, before: StackSide | undefined, read: ReadYaml, notes: string[]): ObjectChange[] {
  const again = before?.chartsAgain;
  if (before === undefined || again === undefined) return [...objects];
  let second = { ...nothingRendered };
  for (const release of old.releases) second = withChart(second, release, again.get(release.name) ?? "", read);
  const other = new Map(second.objects.map((object) => [identityOf(object), object]));
  const random = new Map<string, Set<string>>();
  for (const object of old.objects) {
    const twin = object.release === undefined || object.text !== undefined ? undefined : other.get(identityOf(object));
    const paths = twin === undefined ? [] : changedPaths(object.body, twin.body).map(({ path }) => path);
    if (paths.length > 0) random.set(titleOf(object), new Set(paths));
  }
  if (random.size > 0) notes.push(`Made anew by their charts each time, so not compared: parts of ${[...random.keys()].join(", ")}.`);
  return objects.flatMap((change) => {
    const paths = random.get(titleOf(change));
    if (paths === undefined || change.change !== "changed") return [change];
    const left = change.paths.filter(({ path }) => !paths.has(path));
    return left.length === 0 ? [] : [{ ...change, paths: left }];
  });
}

function alertsAndReceivers(
  old: Rendered, now: Rendered, before: StackSide | undefined, after: StackSide | undefined, notes: string[],
): { readonly alerts: AlertChange[]; readonly receivers: ReceiverChange[] } {
  try {
    const [was, is] = bothAlerts(old, now, before, after, notes);
    const unclear = new Set<string>();
    const told = { before: teller(old, unclear), after: teller(now, unclear) };
    const pairs = pairAlerts(was, is);
    const changes = pairs.flatMap(([a, b]) => alertChange(a, b, told, is.removed));
    const receivers = receiverChanges([...pairs, ...alertsWithoutRule(old, now)], told);
    if (unclear.size > 0) notes.push(`Who is told hangs on matchers that cannot be judged here: ${[...unclear].join(", ")}.`);
    return { alerts: order(changes), receivers };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    notes.push(`Alerts and their receivers could not be compared: ${withoutSecrets(reason).slice(0, 300)}`);
    return { alerts: [], receivers: [] };
  }
}

/** Shipped alerts count only where they are known on both sides. */
function bothAlerts(old: Rendered, now: Rendered, before: StackSide | undefined, after: StackSide | undefined, notes: string[]): [StackAlerts, StackAlerts] {
  const list = (side: Rendered, of: StackSide | undefined) => {
    const release = side.releases.find(({ name }) => name === releaseNames.stack);
    return release === undefined ? [] : of?.shipped(release.version);
  };
  const [was, is] = [list(old, before), list(now, after)];
  const [wasCharted, isCharted] = [old, now].map(({ charted }) => charted.has(releaseNames.stack));
  const known = (was !== undefined || wasCharted === true) && (is !== undefined || isCharted === true);
  if (!known) notes.push("The alerts that kube-prometheus-stack ships are not compared, because those of one of the two versions are not known without its chart.");
  else if (!(wasCharted === true || isCharted === true) && versionOf(old) !== versionOf(now)) {
    notes.push("The expressions of the alerts that kube-prometheus-stack ships are not compared, because only its chart has them.");
  }
  return [alertsOf(old, known ? was : undefined), alertsOf(now, known ? is : undefined)];
}

const versionOf = ({ releases }: Rendered) => releases.find(({ name }) => name === releaseNames.stack)?.version;

function teller(side: Rendered, unclear: Set<string>): ToldBy {
  const route = toldBy(side);
  return (alert: StackAlert) => {
    const routed = route(alert);
    if (routed.unclear !== undefined) unclear.add(routed.unclear);
    return routed.receivers.map(toldText);
  };
}

const severities = ["critical", "warning", "info", "none"];
const kinds: readonly AlertChange["change"][] = ["removed", "changed", "added"];

/** What is lost first, the most severe first. */
function order(changes: readonly AlertChange[]): AlertChange[] {
  const rank = ({ change, severity }: AlertChange) => kinds.indexOf(change) * 10 + (severities.indexOf(severity) + 1 || 9);
  return [...changes].sort((a, b) => rank(a) - rank(b));
}
