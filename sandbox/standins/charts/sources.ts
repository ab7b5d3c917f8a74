/**
 * The files of the stand-in charts, put together from the templates in this directory and what is known of the
 * real charts.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { appVersions, chartValueKeys, subchartPins, type ValueKey } from "../../../config/upstream/value-keys.ts";
import { charts, stackPrograms, type ChartPin } from "../../../config/versions.ts";
import { crdTemplate } from "./crds.ts";
import { defaultValues, mergeValues, valuesSchema } from "./schema.ts";
import { reportDefinition, reportKinds } from "./trivy-crds.ts";

/** A chart that is not packed yet: its files by their paths inside it. */
export interface ChartSource {
  readonly name: string;
  readonly version: string;
  readonly files: ReadonlyMap<string, string>;
}

const here = import.meta.dirname;

function chartYaml(chart: Pick<ChartPin, "name" | "version">, more: Readonly<Record<string, unknown>>): string {
  return stringify({
    apiVersion: "v2",
    name: chart.name,
    version: chart.version,
    type: "application",
    annotations: { "belfry.dev/stand-in": "true" },
    ...more,
  });
}

const describe = (name: string) => `Stand-in for the chart ${name} in Belfry's sandbox`;

async function filesOf(chart: string, directory: string): Promise<[string, string][]> {
  const paths = (await readdir(join(here, chart, directory))).sort().map((name) => join(directory, name));
  const texts = await Promise.all(paths.map((path) => readFile(join(here, chart, path), "utf8")));
  return paths.map((path, index) => [path, texts[index] ?? ""]);
}

/** The keys of a parent chart whose subchart is a real one: Helm adds `global` to the values of those. */
function withGlobal(keys: ValueKey, subchart: string): ValueKey {
  const below = keys.children.get(subchart);
  if (below === undefined) throw new Error(`the list of keys has none for the subchart ${subchart}`);
  const children = new Map(below.children).set("global", { below: "open", children: new Map() });
  return { ...keys, children: new Map(keys.children).set(subchart, { ...below, children }) };
}

/** @param operatorModule directory of the source of the prometheus-operator's Go module */
async function crdsChart(operatorModule: string): Promise<ChartSource> {
  const chart = charts.prometheusOperatorCrds;
  const directory = join(operatorModule, "example", "prometheus-operator-crd");
  const definitions = (await readdir(directory)).filter((name) => name.endsWith(".yaml")).sort();
  const keys = await chartValueKeys(chart);
  const files = new Map<string, string>([
    [
      "Chart.yaml",
      chartYaml(chart, {
        description: describe(chart.name),
        appVersion: stackPrograms.prometheusOperator,
        dependencies: [{ name: "crds", version: "0.0.0" }],
      }),
    ],
    ["values.yaml", stringify(defaultValues(keys))],
    ["values.schema.json", JSON.stringify(valuesSchema(withGlobal(keys, "crds")))],
    ["charts/crds/Chart.yaml", chartYaml({ name: "crds", version: "0.0.0" }, {})],
    ...(await filesOf(chart.name, "templates")),
  ]);
  for (const name of definitions) {
    const template = crdTemplate(await readFile(join(directory, name), "utf8"));
    files.set(`charts/crds/templates/${template.file}`, template.text);
  }
  return { name: chart.name, version: chart.version, files };
}

/**
 * A chart that is put together from its directory here: `templates/`, `defaults.yaml` and `unsupported.txt`.
 *
 * @param more further files by their paths in the chart
 */
async function ownChart(
  chart: ChartPin,
  o: { readonly appVersion: string; readonly kubeVersion?: string; readonly more?: readonly [string, string][] },
): Promise<ChartSource> {
  const keys = await chartValueKeys(chart);
  const text = (name: string) => readFile(join(here, chart.name, name), "utf8");
  const values = mergeValues(defaultValues(keys), parse(await text("defaults.yaml")));
  const about = { description: describe(chart.name), appVersion: o.appVersion };
  return {
    name: chart.name,
    version: chart.version,
    files: new Map<string, string>([
      ["Chart.yaml", chartYaml(chart, o.kubeVersion === undefined ? about : { ...about, kubeVersion: o.kubeVersion })],
      ["values.yaml", stringify(values)],
      ["values.schema.json", JSON.stringify(valuesSchema(keys))],
      ["unsupported.txt", await text("unsupported.txt")],
      ...(o.more ?? []),
      ...(await filesOf(chart.name, "templates")),
    ]),
  };
}

/** The versions of a chart's subcharts, for its templates. */
async function subchartsFile(chart: string): Promise<string> {
  const pins = await subchartPins(chart);
  return stringify(Object.fromEntries(pins.map(({ name, version, appVersion }) => [name, { version, appVersion }])));
}

/** Every stand-in chart. @param operatorModule as for {@link crdsChart} */
export async function standinCharts(operatorModule: string): Promise<ChartSource[]> {
  const plain = [charts.blackboxExporter, charts.loki, charts.alloy, charts.falco];
  const versions = await appVersions();
  return [
    await crdsChart(operatorModule),
    await stackChart(),
    await trivyChart(versions.get(charts.trivyOperator.name) ?? ""),
    ...(await Promise.all(
      plain.map(async (chart) =>
        ownChart(chart, {
          appVersion: versions.get(chart.name) ?? "",
          more: [["subcharts.yaml", await subchartsFile(chart.name)]],
        }),
      ),
    )),
  ];
}

/** One chart without subcharts: the keys of the real one's subcharts stand below their names all the same. */
export async function stackChart(): Promise<ChartSource> {
  const chart = charts.kubePrometheusStack;
  return ownChart(chart, {
    appVersion: stackPrograms.prometheusOperator,
    kubeVersion: ">=1.25.0-0",
    more: [
      ["rules.yaml", await readFile(join(here, chart.name, "rules.yaml"), "utf8")],
      ["subcharts.yaml", await subchartsFile(chart.name)],
    ],
  });
}

/** With its definitions in `crds/`, where the real chart has them. */
function trivyChart(appVersion: string): Promise<ChartSource> {
  const more = reportKinds.map((kind): [string, string] => [...reportDefinition(kind)]);
  return ownChart(charts.trivyOperator, { appVersion, more });
}
