/** The function `kubernetes:helm:template`: a chart rendered by the real Helm, as objects. */
import { parseAllDocuments } from "yaml";
import { programs } from "../../../config/versions.ts";
import { type Helm, helmMessage } from "./helm.ts";
import { isObject, textAt, type WireObject } from "./wire.ts";

export const helmTemplateToken = "kubernetes:helm:template";

/** What the stand-in understands of the options; others are refused, so that none is lost in silence. */
const knownOptions = ["chart", "version", "release_name", "namespace", "fetch_opts"];
/** A chart repository that does not answer must not keep a preview waiting for ever. */
const timeoutMs = 120_000;

/**
 * @param args `jsonOpts`: chart, version and repository as JSON text, in the words of the real provider
 * @returns `result`: the objects, those of the chart's directory `crds/` among them
 * @throws Error with Helm's words when the chart cannot be had or rendered
 */
export async function helmTemplate(helm: Helm, args: WireObject): Promise<WireObject> {
  const result = await helm.run(templateArguments(textAt(args, "jsonOpts") ?? ""), AbortSignal.timeout(timeoutMs));
  if (result.code !== 0) {
    throw new Error(`failed to generate YAML for specified Helm chart: ${helmMessage(result)}`);
  }
  const objects = parseAllDocuments(result.stdout).map((document) => document.toJS() as WireObject | null);
  return { result: objects.filter((object) => object !== null) };
}

/** The command's arguments. Pure. @throws Error when the options are no JSON map, or hold more than is known here */
export function templateArguments(jsonOpts: string): string[] {
  const options = JSON.parse(jsonOpts) as unknown;
  if (!isObject(options as WireObject)) throw new Error("jsonOpts is not a map");
  const given = options as WireObject;
  const other = Object.keys(given).find((key) => !knownOptions.includes(key));
  if (other !== undefined) throw new Error(`the stand-in cannot use ${other} of a chart`);
  const [version, repo, namespace] = [textAt(given, "version"), textAt(given, "fetch_opts", "repo"), textAt(given, "namespace")];
  return [
    "template",
    textAt(given, "release_name") ?? "release",
    textAt(given, "chart") ?? "",
    ...(version === undefined ? [] : ["--version", version]),
    ...(repo === undefined ? [] : ["--repo", repo]),
    ...(namespace === undefined ? [] : ["--namespace", namespace]),
    "--include-crds",
    "--kube-version",
    programs.kubernetes,
  ];
}
