/** A Helm release in the words of Pulumi's Release resource. Pure. */
import { at, containsAsset, isObject, plain, textAt, type Wire, type WireObject } from "./wire.ts";

/** Inputs that the stand-in understands; others are refused, so that none is lost in silence. */
const knownInputs = [
  "allowNullValues",
  "atomic",
  "chart",
  "cleanupOnFail",
  "compat",
  "createNamespace",
  "dependencyUpdate",
]
  .concat([
    "description",
    "disableOpenapiValidation",
    "disableWebhooks",
    "forceUpdate",
    "maxHistory",
    "name",
    "namespace",
  ])
  .concat(["repositoryOpts", "resourceNames", "skipAwait", "skipCrds", "timeout", "values", "version", "waitForJobs"]);

/** Only told to the provider, not kept. */
const droppedInputs = ["compat", "resourceNames"];

const defaultTimeoutSeconds = 300;

/** What the stand-in cannot do, in words; undefined where it can do all. */
export function unsupportedInput(inputs: WireObject): string | undefined {
  const isSet = (value: Wire) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  const other = Object.keys(inputs).find((key) => !knownInputs.includes(key) && isSet(inputs[key] ?? null));
  if (other !== undefined) return `the stand-in cannot use ${other} of a release`;
  const options = isObject(inputs["repositoryOpts"]) ? Object.keys(inputs["repositoryOpts"]) : [];
  const option = options.find((key) => key !== "repo");
  if (option !== undefined) return `the stand-in cannot use repositoryOpts.${option} of a release`;
  return containsAsset(inputs) ? "the stand-in cannot use files in the values of a release" : undefined;
}

/** Inputs with the defaults of the real provider. */
export function releaseDefaults(inputs: WireObject, namespace: string): WireObject {
  const kept = Object.fromEntries(Object.entries(inputs).filter(([key]) => !droppedInputs.includes(key)));
  return {
    ...kept,
    namespace: kept["namespace"] === undefined || kept["namespace"] === "" ? namespace : kept["namespace"],
    ...(kept["timeout"] === undefined && kept["skipAwait"] !== true ? { timeout: defaultTimeoutSeconds } : {}),
  };
}

/** Which chart, as arguments; `oci://` charts and paths have no repository. */
export function chartArguments(inputs: WireObject): string[] {
  const chart = textAt(inputs, "chart") ?? "";
  const repository = chart.startsWith("oci://") ? undefined : textAt(inputs, "repositoryOpts", "repo");
  return [
    chart,
    ...(repository === undefined ? [] : ["--repo", repository]),
    ...option(inputs, "version", "--version"),
    ...(at(inputs, "dependencyUpdate") === true ? ["--dependency-update"] : []),
  ];
}

/** How `helm install` and `helm upgrade` work, as arguments. */
export function writeArguments(inputs: WireObject, verb: "install" | "upgrade"): string[] {
  const flag = (key: string, name: string) => (inputs[key] === true ? [name] : []);
  const waits = inputs["skipAwait"] !== true;
  return [
    ...(waits ? ["--wait"] : []),
    ...(waits ? flag("waitForJobs", "--wait-for-jobs") : []),
    "--timeout",
    `${releaseTimeout(inputs)}s`,
    ...flag("atomic", "--atomic"),
    ...flag("createNamespace", "--create-namespace"),
    ...flag("skipCrds", "--skip-crds"),
    ...flag("disableOpenapiValidation", "--disable-openapi-validation"),
    ...flag("disableWebhooks", "--no-hooks"),
    ...option(inputs, "description", "--description"),
    ...(verb === "install"
      ? []
      : ["--install", ...flag("cleanupOnFail", "--cleanup-on-fail"), ...flag("forceUpdate", "--force")]),
    ...(verb === "install" ? [] : ["--history-max", String(numberAt(inputs, "maxHistory") ?? 0)]),
  ];
}

/** Seconds. */
export function releaseTimeout(inputs: WireObject): number {
  const timeout = numberAt(inputs, "timeout") ?? 0;
  return timeout > 0 ? timeout : defaultTimeoutSeconds;
}

/**
 * The computed part of a release's state.
 *
 * @param release as `helm status` prints it, with what `helm get metadata` prints
 */
export function releaseOutputs(release: WireObject): WireObject {
  const metadata = at(release, "metadata");
  return {
    status: {
      name: at(release, "name") ?? null,
      namespace: at(release, "namespace") ?? null,
      revision: at(release, "version") ?? null,
      status: at(release, "info", "status") ?? null,
      chart: at(metadata, "chart") ?? null,
      version: at(metadata, "version") ?? null,
      appVersion: at(metadata, "appVersion") ?? null,
    },
    resourceNames: resourceNames(textAt(release, "manifest") ?? ""),
  };
}

/** The values that a release was given. */
export function releaseValues(release: WireObject): WireObject {
  const config = release["config"];
  return isObject(config) ? config : {};
}

/** Inputs that tell what the release is now. @param given those of the last operation, with marks of secrets */
export function releaseDrift(given: WireObject, release: WireObject): WireObject {
  const values = releaseValues(release);
  const version = textAt(release, "metadata", "version");
  const same = JSON.stringify(sorted(plain(given["values"] ?? {}))) === JSON.stringify(sorted(values));
  return {
    ...given,
    ...(same ? {} : { values }),
    ...(version === undefined || given["version"] === undefined ? {} : { version }),
  };
}

/** The objects of a manifest: `kind.group/apiVersion` to names, with the namespace where the manifest has it. */
export function resourceNames(manifest: string): WireObject {
  const names = new Map<string, Set<string>>();
  for (const document of manifest.split(/^---.*$/m)) {
    const apiVersion = unquoted(/^apiVersion:[ \t]*(\S+)/m.exec(document)?.[1]);
    const kind = unquoted(/^kind:[ \t]*(\S+)/m.exec(document)?.[1]);
    // The block of lines below `metadata:`; its first line tells how far it is indented.
    const block = /^metadata:[ \t]*\n((?:[ \t]+.*\n?|[ \t]*\n)+)/m.exec(document)?.[1] ?? "";
    const indent = /^[ \t]+/.exec(block)?.[0] ?? "  ";
    const field = (name: string) => unquoted(new RegExp(`^${indent}${name}:[ \\t]*(\\S+)`, "m").exec(block)?.[1]);
    const name = field("name");
    if (apiVersion === undefined || kind === undefined || name === undefined) continue;
    const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0] ?? ""}` : "";
    const namespace = field("namespace");
    const key = `${kind}${group}/${apiVersion}`;
    names.set(key, (names.get(key) ?? new Set()).add(namespace === undefined ? name : `${namespace}/${name}`));
  }
  return Object.fromEntries([...names].sort().map(([key, found]): [string, Wire] => [key, [...found].sort()]));
}

function numberAt(inputs: WireObject, key: string): number | undefined {
  const value = inputs[key];
  return typeof value === "number" ? value : undefined;
}

function unquoted(text: string | undefined): string | undefined {
  return text?.replace(/^(["'])(.*)\1$/, "$2");
}

function option(inputs: WireObject, key: string, name: string): string[] {
  const value = textAt(inputs, key);
  return value === undefined ? [] : [name, value];
}

function sorted(value: Wire): Wire {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key): [string, Wire] => [key, sorted(value[key] ?? null)]),
  );
}
