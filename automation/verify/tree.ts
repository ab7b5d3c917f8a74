/**
 * The configuration that an Alertmanager runs, read from its own status, and where its routing tree sends an alert.
 */
import { parse } from "yaml";
import { describeMatcher, makeMatcher, matchesAll, parseMatchers } from "./matchers.ts";
import type { Labels, Matcher } from "./matchers.ts";

/** One configured destination of a receiver, for example one entry of `slack_configs`. */
export interface Integration {
  /** As in Alertmanager's metrics: `slack`, `email`, `webhook`, … */
  readonly kind: string;
  /** Where the configuration names it in plain text: Slack's channel or the mail's addresses; never a secret. */
  readonly target?: string;
  /** Files in the Alertmanager container that hold its secrets, with the setting that names each. */
  readonly secretFiles: readonly string[];
}

export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

/** A node of the routing tree, inherited options filled in. */
export interface Route {
  /** Unique in its tree. */
  readonly id: number;
  readonly receiver: string;
  readonly matchers: readonly Matcher[];
  readonly continues: boolean;
  /** Seconds. */
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly Route[];
}

export interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export interface DeployedConfig {
  readonly root: Route;
  readonly receivers: readonly Receiver[];
  readonly inhibitRules: readonly InhibitRule[];
}

/** The configuration cannot be understood: not a problem of the user's, but nothing can be proved. */
export class ConfigUnreadable extends Error {
  override readonly name = "ConfigUnreadable";
}

type Node = Readonly<Record<string, unknown>>;

function asNode(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const unitSeconds: Readonly<Record<string, number>> = {
  y: 31_536_000,
  w: 604_800,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
};

/** Seconds of a Prometheus duration such as `1h30m`. */
export function durationSeconds(text: string): number {
  if (!/^(?:\d+(?:ms|[ywdhms]))+$/.test(text) && text !== "0") {
    throw new ConfigUnreadable(`the duration ${JSON.stringify(text)} cannot be read`);
  }
  let seconds = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    seconds += Number(amount) * (unitSeconds[unit] ?? 0);
  }
  return seconds;
}

function matchersOf(node: Node, prefix: "" | "source_" | "target_"): Matcher[] {
  const found: Matcher[] = [];
  for (const [name, value] of Object.entries(asNode(node[`${prefix}match`]))) {
    found.push(makeMatcher(name, "=", asText(value)));
  }
  for (const [name, value] of Object.entries(asNode(node[`${prefix}match_re`]))) {
    found.push(makeMatcher(name, "=~", asText(value)));
  }
  for (const line of asList(node[`${prefix}matchers`])) {
    const parsed = parseMatchers(asText(line));
    if (parsed === undefined) {
      throw new ConfigUnreadable(`the matcher ${JSON.stringify(line)} cannot be read`);
    }
    found.push(...parsed);
  }
  return found;
}

const defaults: Pick<Route, "receiver" | "groupWait" | "groupInterval" | "repeatInterval"> = {
  receiver: "",
  groupWait: 30,
  groupInterval: 300,
  repeatInterval: 14_400,
};

function readRoute(node: Node, parent: typeof defaults, nextId: () => number): Route {
  const seconds = (key: string, inherited: number) => (key in node ? durationSeconds(asText(node[key])) : inherited);
  const options = {
    receiver: asText(node["receiver"]) || parent.receiver,
    groupWait: seconds("group_wait", parent.groupWait),
    groupInterval: seconds("group_interval", parent.groupInterval),
    repeatInterval: seconds("repeat_interval", parent.repeatInterval),
  };
  return {
    ...options,
    id: nextId(),
    matchers: matchersOf(node, ""),
    continues: asText(node["continue"]) === "true",
    muteTimeIntervals: asList(node["mute_time_intervals"]).map(asText),
    activeTimeIntervals: asList(node["active_time_intervals"]).map(asText),
    routes: asList(node["routes"]).map((child) => readRoute(asNode(child), options, nextId)),
  };
}

function readIntegration(kind: string, node: Node): Integration {
  const target = kind === "email" ? asText(node["to"]) : kind === "slack" ? asText(node["channel"]) : "";
  const secretFiles = Object.entries(node)
    .filter(([key, value]) => key.endsWith("_file") && typeof value === "string" && value !== "")
    .map(([key, value]) => `${key}: ${asText(value)}`);
  // A template says only at run time where it goes.
  return target === "" || target.includes("{{") ? { kind, secretFiles } : { kind, target, secretFiles };
}

function readReceiver(node: Node): Receiver {
  const integrations = Object.entries(node)
    .filter(([key]) => key.endsWith("_configs"))
    .flatMap(([key, list]) =>
      asList(list).map((entry) => readIntegration(key.slice(0, -"_configs".length), asNode(entry))),
    );
  return { name: asText(node["name"]), integrations };
}

/**
 * Reads `config.original` of Alertmanager's `/api/v2/status`, in which secrets are masked.
 *
 * @throws ConfigUnreadable
 */
export function readConfig(yaml: string): DeployedConfig {
  // Every scalar as text: Alertmanager's YAML 1.1 and the YAML 1.2 here differ in what is a number or a boolean.
  const document = asNode(parse(yaml, { schema: "failsafe" }));
  if (!("route" in document)) {
    throw new ConfigUnreadable("the configuration has no route");
  }
  let id = 0;
  return {
    root: readRoute(asNode(document["route"]), defaults, () => id++),
    receivers: asList(document["receivers"]).map((entry) => readReceiver(asNode(entry))),
    inhibitRules: asList(document["inhibit_rules"]).map((entry) => {
      const rule = asNode(entry);
      return {
        source: matchersOf(rule, "source_"),
        target: matchersOf(rule, "target_"),
        equal: asList(rule["equal"]).map(asText),
      };
    }),
  };
}

/** Where an alert goes. `unclear`: the matcher that cannot be judged here and on which the answer hangs. */
export interface Routing {
  readonly routes: readonly Route[];
  readonly unclear?: string;
}

/** Alertmanager's own walk: depth first, children in order, a matching child ends the search unless it continues. */
export function routeAlert(route: Route, labels: Labels): Routing | undefined {
  const own = matchesAll(route.matchers, labels);
  if (own === false) {
    return undefined;
  }
  let unclear = own === undefined ? firstUnclear(route) : undefined;
  const found: Route[] = [];
  for (const child of route.routes) {
    const routing = routeAlert(child, labels);
    if (routing === undefined) {
      continue;
    }
    found.push(...routing.routes);
    unclear ??= routing.unclear;
    if (!child.continues) {
      break;
    }
  }
  const routes = found.length === 0 ? [route] : found;
  return unclear === undefined ? { routes } : { routes, unclear };
}

function firstUnclear(route: Route): string {
  const matcher = route.matchers.find(
    (one) => (one.operator === "=~" || one.operator === "!~") && one.regex === undefined,
  );
  return matcher === undefined ? "" : describeMatcher(matcher);
}

/** All nodes of the tree, each with its ancestors from the root down, itself last. */
export function paths(route: Route, above: readonly Route[] = []): (readonly Route[])[] {
  const path = [...above, route];
  return [path, ...route.routes.flatMap((child) => paths(child, path))];
}

/** Whether a firing alert would mute another one by this rule; undefined when that cannot be judged here. */
export function inhibits(rule: InhibitRule, source: Labels, target: Labels): boolean | undefined {
  const results = [
    matchesAll(rule.source, source),
    matchesAll(rule.target, target),
    rule.equal.every((name) => (source[name] ?? "") === (target[name] ?? "")),
  ];
  // Alertmanager: an alert that matches both sides is not muted by one of which the same is true.
  if (matchesAll(rule.source, target) === true && matchesAll(rule.target, source) === true) {
    return false;
  }
  return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
}
