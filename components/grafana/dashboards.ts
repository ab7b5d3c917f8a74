/** The dashboards of `alerts/dashboards` as the ConfigMaps in which Grafana's sidecar finds them. Pure. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** By this label the sidecar of the chart knows ConfigMaps with dashboards. */
export const dashboardLabels = { grafana_dashboard: "1" } as const;

/** Names the folder in which Grafana shows the dashboards of a ConfigMap. */
export const folderAnnotation = "grafana_folder";

/** Folders in Grafana: one for what this stack is about, one for what the chart brings. */
export const dashboardFolder = { own: "Belfry", chart: "Kubernetes" } as const;

const directory = join(import.meta.dirname, "../../alerts/dashboards");

/** Text of each dashboard by the name of its file. */
export function dashboards(): Readonly<Record<string, string>> {
  const files = readdirSync(directory).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(directory, file), "utf8")]));
}
