/** The configuration that the operator generated for Alertmanager; only the paths of files change. */
import { mapFilePaths, parseConfiguration, type PathMap, printConfiguration } from "./yaml-paths.ts";

/** @param text `alertmanager.yaml`, environment variables already replaced. @throws Error when it is no YAML mapping */
export function sandboxAlertmanagerConfig(text: string, mapPath: PathMap): string {
  const document = parseConfiguration(text);
  mapFilePaths(document, ["templates"], mapPath);
  return printConfiguration(document);
}
