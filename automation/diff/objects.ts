/** Which objects come, go and change. Pure. */
import { isRecord } from "../../config/secrets.ts";
import { immutableFields } from "../../sandbox/standins/providers/immutable.ts";
import type { ObjectChange, ValueChange } from "./model.ts";
import { changedPaths, same } from "./paths.ts";
import { type Body, identityOf, type Release, type Rendered, type StackObject } from "./rendered.ts";

/** Objects first, each with its releases' ones, then the releases. What does not differ is left out. */
export function objectChanges(before: Rendered, after: Rendered): ObjectChange[] {
  const objects = paired(before.objects, after.objects, identityOf).flatMap(([old, now]) => objectChange(old, now));
  const releases = paired(before.releases, after.releases, ({ name }) => name).flatMap(([old, now]) => releaseChange(old, now));
  return [...releases, ...objects];
}

function paired<T>(before: readonly T[], after: readonly T[], identity: (one: T) => string): [T | undefined, T | undefined][] {
  const [old, now] = [new Map(before.map((one) => [identity(one), one])), new Map(after.map((one) => [identity(one), one]))];
  return [...new Set([...old.keys(), ...now.keys()])].sort().map((key) => [old.get(key), now.get(key)]);
}

const named = ({ kind, namespace, name, release }: StackObject) => ({
  kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
  ...(release === undefined ? {} : { release }),
});

function objectChange(old: StackObject | undefined, now: StackObject | undefined): ObjectChange[] {
  if (old === undefined) return now === undefined ? [] : [{ ...named(now), change: "added", paths: [] }];
  if (now === undefined) return [{ ...named(old), change: "removed", ...keptBecause(old), paths: [] }];
  const paths = old.text === undefined && now.text === undefined ? changedPaths(old.body, now.body) : definitionPaths(old.text ?? "", now.text ?? "");
  if (paths.length === 0) return [];
  const sealed = sealedFields(old, now);
  return [
    {
      ...named(now),
      change: sealed.length > 0 && now.release === undefined ? "replaced" : "changed",
      ...(sealed.length === 0 ? {} : { because: sealedBecause(sealed, now) }),
      ...(paths.every(({ path }) => versionLabel.test(path)) ? { onlyVersionLabels: true as const } : {}),
      paths,
    },
  ];
}

/** Labels that every upgrade of a chart changes on every object. */
const versionLabel = /(?:^|\.)(?:labels\["(?:helm\.sh\/chart|app\.kubernetes\.io\/version)"\]|labels\.(?:chart|version))$/;

function keptBecause({ body }: StackObject): { readonly because?: string } {
  const { metadata } = body;
  const annotations = isRecord(metadata) ? metadata["annotations"] : undefined;
  return isRecord(annotations) && annotations["helm.sh/resource-policy"] === "keep" ? { because: "the cluster keeps it: helm.sh/resource-policy" } : {};
}

/** Fields that Kubernetes lets nobody change, and that differ. */
function sealedFields(old: StackObject, now: StackObject): string[] {
  const { apiVersion, kind } = now;
  // The program's provider changes contents in place (components/cluster).
  const fields = immutableFields({ apiVersion, kind, immutable: now.body["immutable"] === true }, { secrets: true, configMaps: true });
  return fields.filter((field) => field !== "apiVersion" && !same(at(old.body, field), at(now.body, field)));
}

function at(body: Body, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), body);
}

function sealedBecause(fields: readonly string[], { release }: StackObject): string {
  const what = `${fields.join(" and ")} cannot be changed in place`;
  return release === undefined ? what : `${what}: Helm's upgrade fails until the object is deleted`;
}

function releaseChange(old: Release | undefined, now: Release | undefined): ObjectChange[] {
  const of = ({ name, namespace }: Release) => ({ kind: "Release", ...(namespace === "" ? {} : { namespace }), name });
  if (old === undefined) return now === undefined ? [] : [{ ...of(now), change: "added", paths: [] }];
  if (now === undefined) return [{ ...of(old), change: "removed", paths: [] }];
  const paths = changedPaths(old.body, now.body);
  if (paths.length === 0) return [];
  const moved = old.namespace !== now.namespace;
  return [{ ...of(now), change: moved ? "replaced" : "changed", ...(moved ? { because: "a release cannot move to another namespace" } : {}), paths }];
}

/** What matters of a definition of a kind: its versions, and how much of its schema changes. */
export function definitionPaths(before: string, after: string): ValueChange[] {
  if (before === after) return [];
  const versions = changedPaths(definitionVersions(before), definitionVersions(after), "spec.versions");
  const [a, b] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  const lines = (these: Set<string>, those: Set<string>) => [...these].filter((line) => !those.has(line)).length;
  return [...versions, { path: "spec", before: `${String(lines(a, b))} other lines`, after: `${String(lines(b, a))} new lines` }];
}

/** Of each version whether it is served, and whether objects are stored in it; read from the text line by line. */
export function definitionVersions(text: string): Record<string, string> {
  const lines = text.split("\n");
  const start = lines.indexOf("  versions:") + 1;
  if (start === 0) return {};
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => /^ {0,2}[^\s-]/.test(line));
  const list = end < 0 ? rest : rest.slice(0, end);
  // Items of a list stand at the depth of their key, or two further in.
  const depth = /^ */.exec(list[0] ?? "")?.[0].length ?? 0;
  const items: string[][] = [];
  for (const line of list) {
    if (line.startsWith(`${" ".repeat(depth)}- `)) items.push([]);
    items.at(-1)?.push(line.replace(`${" ".repeat(depth)}- `, " ".repeat(depth + 2)));
  }
  return Object.fromEntries(
    items.flatMap((item) => {
      const field = (key: string) => item.find((line) => line.startsWith(`${" ".repeat(depth + 2)}${key}: `))?.trim().slice(key.length + 2);
      const name = field("name");
      return name === undefined ? [] : [[name, `served: ${field("served") ?? "?"}, storage: ${field("storage") ?? "?"}`]];
    }),
  );
}
