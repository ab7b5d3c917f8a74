/** One side of a comparison: a rendered stack, read into objects and releases with its secrets out of reach. Pure. */
import { parse } from "yaml";
import { isRecord } from "../../config/secrets.ts";
import { UserError } from "../../config/user-error.ts";
import { hideSecrets } from "./secret.ts";
import { oneLine } from "./text.ts";

export type Body = Readonly<Record<string, unknown>>;

/** An object that is in the cluster when the stack is. */
export interface StackObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Undefined: it belongs to the cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The Helm release that it belongs to; undefined for the program's own. */
  readonly release?: string;
  readonly body: Body;
  /** Definitions of kinds are long and not read: their text. */
  readonly text?: string;
}

/** A Helm release as `belfry render` writes it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  readonly repository: string | undefined;
  readonly values: Body;
  readonly body: Body;
}

export interface Rendered {
  readonly objects: readonly StackObject[];
  readonly releases: readonly Release[];
  /** Releases whose objects are among {@link objects}. */
  readonly charted: ReadonlySet<string>;
}

export const nothingRendered: Rendered = { objects: [], releases: [], charted: new Set() };

/** Reads YAML; the same text twice costs once. */
export type ReadYaml = (text: string) => unknown;

export function yamlReader(): ReadYaml {
  const known = new Map<string, unknown>();
  return (text) => {
    if (!known.has(text)) known.set(text, parse(text, { logLevel: "error" }));
    return known.get(text);
  };
}

/**
 * @param files content by path, as `renderStack` gives them and `belfry render` writes them
 * @throws UserError naming the file that is not a rendered one
 */
export function readRendered(files: ReadonlyMap<string, string>, read: ReadYaml = yamlReader()): Rendered {
  const objects: StackObject[] = [];
  const releases: Release[] = [];
  for (const [path, text] of files) {
    const body = readFile(path, text, read);
    if (path.startsWith("releases/")) releases.push(release(path, body));
    else objects.push(objectOf(path, body, undefined, undefined));
  }
  return { objects, releases, charted: new Set() };
}

function readFile(path: string, text: string, read: ReadYaml): Body {
  let value: unknown;
  try {
    value = read(text);
  } catch {
    // The reader's own words quote the file.
    value = undefined;
  }
  if (!isRecord(value)) throw notRendered(path);
  return hideSecrets(value);
}

function notRendered(path: string): UserError {
  return new UserError(
    `${oneLine(path)} is not a file that belfry render writes.`,
    "Render the stack anew into an empty directory: npm run belfry -- render --stack STACK --out DIRECTORY",
  );
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function release(path: string, body: Body): Release {
  const { name, namespace, chart, version, repository, values } = body;
  if (typeof name !== "string" || typeof chart !== "string") throw notRendered(path);
  return {
    name,
    namespace: textOf(namespace),
    chart,
    version: textOf(version),
    repository: typeof repository === "string" ? repository : undefined,
    values: isRecord(values) ? values : {},
    body,
  };
}

/** Kinds that belong to no namespace, of those that the charts and the program know. */
const clusterKinds = new Set([
  "APIService", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "IngressClass",
  "MutatingWebhookConfiguration", "Namespace", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass",
  "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "ClusterPolicy",
  "ClusterComplianceReport",
]);

/** @param namespace where an object goes that names none */
function objectOf(where: string, body: Body, of: string | undefined, namespace: string | undefined): StackObject {
  const { apiVersion, kind, metadata } = body;
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  if (typeof kind !== "string" || typeof name !== "string") throw notRendered(where);
  const named = isRecord(metadata) && typeof metadata["namespace"] === "string" ? metadata["namespace"] : namespace;
  return {
    apiVersion: textOf(apiVersion),
    kind,
    namespace: clusterKinds.has(kind) ? undefined : named,
    name,
    ...(of === undefined ? {} : { release: of }),
    body,
  };
}

/** Adds the objects that a chart renders to with the values of a release: what `helm template` printed. */
export function withChart(rendered: Rendered, release: Release, output: string, read: ReadYaml = yamlReader()): Rendered {
  const objects = output.split(/^---.*$/m).flatMap((document): StackObject[] => {
    // A definition of a kind has up to a megabyte: only its head is read, the rest is compared as text.
    if (/^kind: CustomResourceDefinition\s*$/m.test(document)) return [definition(document, release.name)];
    const value = read(document);
    return isRecord(value) ? [objectOf(`chart ${release.chart}`, hideSecrets(value), release.name, release.namespace)] : [];
  });
  return { ...rendered, objects: [...rendered.objects, ...objects], charted: new Set([...rendered.charted, release.name]) };
}

/** Characters in which the metadata of a definition stand. */
const definitionHead = 10_000;

function definition(text: string, release: string): StackObject {
  const name = /^metadata:\n(?: .*\n)*? {2}name: "?([^\s"]+)"?$/m.exec(text.slice(0, definitionHead))?.[1] ?? "unnamed";
  const kept = /^ {4}"?helm\.sh\/resource-policy"?: "?keep"?$/m.test(text.slice(0, definitionHead));
  const metadata = { name, ...(kept ? { annotations: { "helm.sh/resource-policy": "keep" } } : {}) };
  const body = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata };
  return { ...objectOf("definition", body, release, undefined), text: text.trim() };
}

/** `Secret shop/belfry-email`, `Namespace shop`. */
export function titleOf({ kind, namespace, name }: Pick<StackObject, "kind" | "name"> & { readonly namespace?: string | undefined }): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** What makes two objects the same one: kind and group, not the version of the group. */
export function identityOf({ apiVersion, kind, namespace, name }: StackObject): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.lastIndexOf("/")) : "";
  return JSON.stringify([group, kind, namespace ?? null, name]);
}
