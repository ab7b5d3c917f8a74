/**
 * Finds labels with which the deployed routing tree itself sends a test alert to a receiver.
 *
 * Every matcher speaks of one label, so the values that a path allows are found label by label; what earlier routes
 * would take away is found by trying. Among all that arrive the labels are taken that tell the fewest other people.
 */
import { describeMatcher, matches } from "./matchers.ts";
import type { Labels, Matcher } from "./matchers.ts";
import { sampleStrings } from "./regex.ts";
import { inhibits, paths, routeAlert } from "./tree.ts";
import type { DeployedConfig, InhibitRule, Route } from "./tree.ts";

/** First part of every test alert's name, so that no test can be taken for a real alert. */
export const testAlertPrefix = "BelfryVerify";
/** Label that marks a test alert; its value is the run's id. */
export const testLabel = "belfry_verify";

export type Search =
  /** These labels arrive. `others`: further receivers with integrations that get the alert too. */
  | {
      readonly kind: "found";
      readonly labels: Labels;
      readonly routes: readonly Route[];
      readonly others: readonly string[];
    }
  /**
   * Only alerts with a name of their own arrive (Watchdog at the heartbeat); a test alert must not carry such a name.
   */
  | { readonly kind: "named"; readonly names: readonly string[]; readonly routes: readonly Route[] }
  /** Whether one arrives hangs on something that cannot be judged here. */
  | { readonly kind: "unclear"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

const fresh = "belfry-verify";
const mostTries = 4000;

function treeMatchers(route: Route): Matcher[] {
  return [...route.matchers, ...route.routes.flatMap(treeMatchers)];
}

/** Values worth trying for a label; the empty one stands for its absence. */
function candidates(name: string, matchers: readonly Matcher[]): string[] {
  const values = new Set(["", fresh]);
  for (const matcher of matchers) {
    if (matcher.name !== name) {
      continue;
    }
    if (matcher.operator === "=" || matcher.operator === "!=") {
      values.add(matcher.value);
    } else {
      sampleStrings(matcher.value).forEach((sample) => values.add(sample));
    }
  }
  return [...values];
}

/** Names for the test alert; only such as nobody takes for a real one. */
function nameCandidates(alertname: string, matchers: readonly Matcher[]): string[] {
  const samples = matchers
    .filter((matcher) => matcher.name === "alertname" && matcher.operator === "=~")
    .flatMap((matcher) => sampleStrings(matcher.value, [alertname]))
    .filter((sample) => sample.includes(alertname));
  return [...new Set([alertname, ...samples])];
}

/** Real names that the path's matchers ask for. */
function realNames(matchers: readonly Matcher[]): string[] {
  const asked = matchers.filter((matcher) => matcher.name === "alertname");
  const values = asked.flatMap((one) =>
    one.operator === "=" ? [one.value] : one.operator === "=~" ? sampleStrings(one.value) : [],
  );
  return [...new Set(values)].filter(
    (value) => value !== "" && asked.every((one) => matches(one, { alertname: value }) === true),
  );
}

function allowed(name: string, values: readonly string[], path: readonly Matcher[]): string[] {
  const asked = path.filter((matcher) => matcher.name === name);
  return values.filter((value) => asked.every((matcher) => matches(matcher, { [name]: value }) !== false));
}

/** All combinations, the first label varying fastest; at most `mostTries`. */
function* combinations(choices: readonly (readonly [string, readonly string[]])[]): Generator<Record<string, string>> {
  const total = choices.reduce((product, [, values]) => product * values.length, 1);
  for (let number = 0; number < Math.min(total, mostTries); number += 1) {
    const labels: Record<string, string> = {};
    let rest = number;
    for (const [name, values] of choices) {
      const value = values[rest % values.length] ?? "";
      rest = Math.floor(rest / values.length);
      if (value !== "") {
        labels[name] = value;
      }
    }
    yield labels;
  }
}

/** Rules by which this test alert could mute a real alert, or be muted by one. */
function entanglements(rules: readonly InhibitRule[], labels: Labels): number {
  const apart = (rule: InhibitRule) => rule.equal.includes("alertname") || rule.equal.includes(testLabel);
  return rules.filter((rule) => {
    const alone: InhibitRule = { ...rule, equal: [] };
    const anySource = inhibits({ ...alone, source: [] }, {}, labels) !== false;
    const anyTarget = inhibits({ ...alone, target: [] }, labels, {}) !== false;
    return !apart(rule) && (anySource || anyTarget);
  }).length;
}

interface Found {
  readonly labels: Labels;
  readonly routes: readonly Route[];
  readonly others: readonly string[];
  readonly cost: number;
}

/** What a search asks of every set of labels. */
interface Asked {
  readonly config: DeployedConfig;
  readonly receiver: string;
  /** Names of the receivers that send anything. */
  readonly delivers: ReadonlySet<string>;
}

function judge({ config, receiver, delivers }: Asked, labels: Labels): Found | { unclear: string } | undefined {
  const routing = routeAlert(config.root, labels);
  const routes = routing?.routes ?? [];
  if (!routes.some((route) => route.receiver === receiver)) {
    return routing?.unclear === undefined ? undefined : { unclear: routing.unclear };
  }
  if (routing?.unclear !== undefined) {
    return { unclear: routing.unclear };
  }
  const others = [...new Set(routes.map((route) => route.receiver))].filter(
    (name) => name !== receiver && delivers.has(name),
  );
  const cost = others.length * 10_000 + entanglements(config.inhibitRules, labels) * 100 + Object.keys(labels).length;
  return { labels, routes, others, cost };
}

/** What could take the alert away from this path, or keep it from ending there. */
function hindrances(path: readonly Route[]): Matcher[] {
  return path.flatMap((route, depth) => {
    const parent = path[depth - 1];
    const earlier = parent?.routes.slice(0, parent.routes.indexOf(route)).filter((sibling) => !sibling.continues) ?? [];
    const below = depth === path.length - 1 ? route.routes : [];
    return [...earlier, ...below].flatMap(treeMatchers);
  });
}

/**
 * @param base labels that every test alert has, `alertname` and the mark among them
 */
export function findLabels(config: DeployedConfig, receiver: string, base: Labels): Search {
  const ending = paths(config.root).filter((path) => path.at(-1)?.receiver === receiver);
  if (ending.length === 0) {
    return { kind: "unreachable", reason: "no route names this receiver" };
  }
  const everyMatcher = treeMatchers(config.root);
  const delivers = new Set(config.receivers.filter((one) => one.integrations.length > 0).map((one) => one.name));
  const search: Asked = { config, receiver, delivers };
  /** Nobody else is told and no label is added: it cannot become better. */
  const least = Object.keys(base).length;
  let best: Found | undefined;
  let unclear: string | undefined;
  let contradictory = 0;
  const named: { names: readonly string[]; route: Route }[] = [];
  const take = (labels: Labels) => {
    const judged = judge(search, labels);
    if (judged === undefined) {
      return;
    }
    if ("unclear" in judged) {
      unclear ??= judged.unclear;
    } else if (best === undefined || judged.cost < best.cost) {
      best = judged;
    }
  };
  for (const path of ending) {
    const asked = path.flatMap((route) => route.matchers);
    const names = [...new Set([...asked, ...hindrances(path)].map((matcher) => matcher.name))];
    const alertnames = allowed("alertname", nameCandidates(base["alertname"] ?? "", asked), asked);
    const route = path.at(-1);
    if (alertnames.length === 0 && route !== undefined) {
      const real = realNames(asked);
      if (real.length > 0) {
        named.push({ names: real, route });
      } else {
        contradictory += 1;
      }
      continue;
    }
    const choices = names
      .filter((name) => name !== "alertname" && !Object.hasOwn(base, name))
      .map((name) => [name, allowed(name, candidates(name, everyMatcher), asked)] as const);
    const empty = choices.find(([, values]) => values.length === 0);
    if (empty !== undefined) {
      const matcher = asked.find((one) => one.name === empty[0] && one.operator === "=~");
      unclear ??= matcher === undefined ? undefined : describeMatcher(matcher);
      contradictory += 1;
      continue;
    }
    for (const combination of combinations([["alertname", alertnames], ...choices])) {
      take({ ...base, ...combination });
      if (best?.cost === least) {
        break;
      }
    }
  }
  if (best !== undefined) {
    const { labels, routes, others } = narrow(search, best, everyMatcher);
    return { kind: "found", labels, routes: routes.filter((route) => route.receiver === receiver), others };
  }
  if (named.length > 0) {
    return {
      kind: "named",
      names: [...new Set(named.flatMap((one) => one.names))],
      routes: named.map((one) => one.route),
    };
  }
  if (unclear === undefined && contradictory === ending.length) {
    return { kind: "unreachable", reason: "its route's matchers contradict each other" };
  }
  return unclear === undefined
    ? { kind: "unreachable", reason: "earlier routes take away every alert that its route would match" }
    : { kind: "unclear", reason: `no labels were found that certainly satisfy the matcher ${unclear}` };
}

/** Adds a label where that keeps the test alert away from other receivers. */
function narrow(search: Asked, found: Found, everyMatcher: readonly Matcher[]): Found {
  let best = found;
  const names = [...new Set(everyMatcher.map((matcher) => matcher.name))].filter(
    (name) => !Object.hasOwn(found.labels, name),
  );
  for (const name of found.others.length === 0 ? [] : names) {
    for (const value of candidates(name, everyMatcher).filter((candidate) => candidate !== "")) {
      const judged = judge(search, { ...best.labels, [name]: value });
      if (judged !== undefined && !("unclear" in judged) && judged.cost < best.cost) {
        best = judged;
      }
    }
  }
  return best;
}
