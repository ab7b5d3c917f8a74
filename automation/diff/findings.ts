/** What a reviewer must not miss: deletions, replacements, new images and privileges, openings, definitions of kinds. Pure. */
import { isRecord } from "../../config/secrets.ts";
import { type Fact, factsOf } from "./facts.ts";
import type { Finding, ObjectChange } from "./model.ts";
import { same } from "./paths.ts";
import { identityOf, type Release, type Rendered, type StackObject, titleOf } from "./rendered.ts";

/** In the order of their weight: what is lost, what is granted, what is opened, what runs. */
const weight: readonly Finding["kind"][] = ["replaced", "deleted", "privilege", "network", "crd", "chart", "image"];
const changeWeight: readonly Finding["change"][] = ["new", "changed", "gone"];

/** @param objects what {@link objectChanges} gives for the same two sides */
export function findings(before: Rendered, after: Rendered, objects: readonly ObjectChange[]): Finding[] {
  const all = [...objects.flatMap(lostObject), ...changedFacts(before, after), ...policyFindings(before, after), ...chartFindings(before, after)];
  const order = ({ kind, change }: Finding) => weight.indexOf(kind) * 10 + changeWeight.indexOf(change);
  return all.sort((a, b) => order(a) - order(b));
}

function lostObject(change: ObjectChange): Finding[] {
  const object = titleOf(change);
  const of = change.release === undefined ? "" : ` (release ${change.release})`;
  if (change.kind === "CustomResourceDefinition") return definitionFinding(change, object);
  // With its chart not rendered, a release stands for all of its objects.
  if (change.change === "removed") {
    const everything = change.kind === "Release" ? "with everything that it installed" : "";
    return [{ kind: "deleted", change: "gone", object, text: `${[everything, change.because ?? ""].filter((part) => part !== "").join(", ")}${of}`.trim() }];
  }
  if (change.because === undefined) return [];
  return [{ kind: "replaced", change: "changed", object, text: `${change.because}${of}` }];
}

function definitionFinding({ change, because, paths }: ObjectChange, object: string): Finding[] {
  switch (change) {
    case "added":
      return [{ kind: "crd", change: "new", object, text: "a new kind of object" }];
    case "removed":
      return [{ kind: "crd", change: "gone", object, text: because ?? "every object of this kind goes with it, also those of others" }];
    default: {
      const versions = paths.filter(({ path }) => path.startsWith("spec.versions"));
      const said = versions.map(({ path, before, after }) => `${path.slice("spec.versions.".length)}: ${before ?? "not there"} → ${after ?? "gone"}`);
      return [{ kind: "crd", change: "changed", object, text: said.length === 0 ? "its schema changes" : said.join("; ") }];
    }
  }
}

function changedFacts(before: Rendered, after: Rendered): Finding[] {
  const [old, now] = [factsOf(before), factsOf(after)];
  const key = (fact: Fact) => JSON.stringify(fact);
  const [had, has] = [new Set(old.map(key)), new Set(now.map(key))];
  // An image that only comes to another object as well is no new one.
  const images = new Set(old.filter(({ kind }) => kind === "image").map(({ text }) => text));
  const left = new Set(now.filter(({ kind }) => kind === "image").map(({ text }) => text));
  const come = now.filter((fact) => !had.has(key(fact)) && !(fact.kind === "image" && images.has(fact.text)));
  const gone = old.filter((fact) => !has.has(key(fact)) && !(fact.kind === "image" && left.has(fact.text)));
  return [...permissionsTogether(come).map((fact) => ({ ...fact, change: "new" as const })), ...permissionsTogether(gone).map((fact) => ({ ...fact, change: "gone" as const }))];
}

/** `may get secrets`, `may list secrets` of one role become `may get, list secrets`. */
function permissionsTogether(facts: readonly Fact[]): Fact[] {
  const verbs = new Map<string, { readonly fact: Fact; readonly verbs: string[]; readonly target: string }>();
  const others: Fact[] = [];
  for (const fact of facts) {
    const [, verb, target] = /^may (\S+) (.+)$/s.exec(fact.kind === "privilege" ? fact.text : "") ?? [];
    if (verb === undefined || target === undefined || !/^(?:Cluster)?Role /.test(fact.object)) {
      others.push(fact);
      continue;
    }
    const key = JSON.stringify([fact.object, target]);
    const group = verbs.get(key) ?? { fact, verbs: [], target };
    group.verbs.push(verb);
    verbs.set(key, group);
  }
  return [...others, ...[...verbs.values()].map(({ fact, verbs: all, target }) => ({ ...fact, text: `may ${all.join(", ")} ${target}` }))];
}

/** A new policy only closes; one that goes, or that lets in more, opens. */
function policyFindings(before: Rendered, after: Rendered): Finding[] {
  const policies = (side: Rendered) => new Map(side.objects.filter(({ kind }) => kind === "NetworkPolicy").map((one) => [identityOf(one), one]));
  const now = policies(after);
  const gone = before.objects.filter(({ kind, name }) => kind === "Namespace" && !after.objects.some((one) => one.kind === kind && one.name === name));
  const spaces = new Set(before.objects.map(({ namespace }) => namespace).filter((name) => gone.every((one) => one.name !== name)));
  return [...policies(before)].flatMap(([key, old]): Finding[] => {
    const found = (change: Finding["change"], text: string): Finding => ({ kind: "network", change, object: titleOf(old), text });
    const one = now.get(key);
    // With its namespace go its pods: nothing is left that could be reached.
    if (one === undefined) return spaces.has(old.namespace ?? "") ? [found("new", "goes, and with it the fence around its pods")] : [];
    const [was, is] = [policyParts(old), policyParts(one)];
    if (same(was, is)) return [];
    const opened = was.fenced.filter((direction) => !is.fenced.includes(direction)).map((direction) => `does not limit ${direction} any more`);
    const allowed = is.allowed.filter((rule) => !was.allowed.includes(rule)).map((rule) => `lets through ${rule}`);
    const closed = was.allowed.filter((rule) => !is.allowed.includes(rule)).map((rule) => `does not let through any more ${rule}`);
    return [
      ...(same(was.pods, is.pods) ? [] : [found("changed", `fences other pods: ${was.pods} → ${is.pods}`)]),
      ...[...opened, ...allowed].map((text) => found("new", text)),
      ...closed.map((text) => found("gone", text)),
    ];
  });
}

function policyParts({ body }: StackObject): { readonly pods: string; readonly fenced: readonly string[]; readonly allowed: readonly string[] } {
  const spec = isRecord(body["spec"]) ? body["spec"] : {};
  const rules = (direction: "ingress" | "egress", peers: "from" | "to"): string[] =>
    (Array.isArray(spec[direction]) ? (spec[direction] as unknown[]) : []).flatMap((rule) => {
      if (!isRecord(rule)) return [];
      const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
      const [who, ports] = [list(rule[peers]), list(rule["ports"])];
      const where = ports.length === 0 ? "every port" : `port ${ports.map((port) => (isRecord(port) ? String(port["port"]) : "")).join(", ")}`;
      return (who.length === 0 ? ["everybody"] : who.map((peer) => JSON.stringify(peer))).map((peer) => `${peers} ${peer}, ${where}`);
    });
  const types: unknown = spec["policyTypes"];
  return {
    pods: JSON.stringify(spec["podSelector"] ?? {}),
    fenced: Array.isArray(types) ? types.map(String) : ["Ingress"],
    allowed: [...rules("ingress", "from"), ...rules("egress", "to")],
  };
}

function chartFindings(before: Rendered, after: Rendered): Finding[] {
  const old = new Map(before.releases.map((release) => [release.name, release]));
  return after.releases.flatMap((now): Finding[] => {
    const was = old.get(now.name);
    const object = `Release ${now.name}`;
    if (was === undefined) return [{ kind: "chart", change: "new", object, text: `${now.chart} ${now.version}` }];
    const moved = was.repository !== now.repository || was.chart !== now.chart;
    return [
      ...(was.version === now.version ? [] : [{ kind: "chart" as const, change: "changed" as const, object, text: versionText(now.chart, was.version, now.version, after.charted.has(now.name)) }]),
      ...(moved
        ? [{ kind: "chart" as const, change: "changed" as const, object, text: `comes from ${placeOf(now)} instead of ${placeOf(was)}` }]
        : []),
    ];
  });
}

const placeOf = ({ repository, chart }: Release) => repository ?? chart;

function versionText(chart: string, was: string, now: string, charted: boolean): string {
  const main = (version: string) => version.split(".")[0];
  const definitions = chart.endsWith("-crds") && !charted ? "; it changes definitions of kinds" : "";
  return `${chart} ${was} → ${now}${main(was) === main(now) ? "" : " (a new main version)"}${definitions}`;
}
