/**
 * The chart of the prometheus-operator's custom resource definitions, made from the files that the operator's Go
 * module ships. As in the real chart they stand in a subchart: Helm stores no subcharts in a release, and they are
 * larger than a release may be.
 */

/** What a template of the subchart is called and holds. */
export interface CrdTemplate {
  /** For example `prometheusrules.yaml`. */
  readonly file: string;
  readonly text: string;
}

/** Makes text harmless for Helm: descriptions in the definitions hold template syntax as examples. */
function escapeTemplate(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}

/**
 * Makes a template that renders one definition, unless `<plural>.enabled` is off, with `annotations` from the values.
 *
 * @param definition a CustomResourceDefinition as YAML, with `metadata.annotations` in block style
 * @throws Error when it is anything else
 */
export function crdTemplate(definition: string): CrdTemplate {
  const name = /^ {2}name: ([a-z]+)\.monitoring\.coreos\.com$/m.exec(definition)?.[1];
  const annotations = /^ {2}annotations:$/m.exec(definition);
  if (name === undefined || annotations === null) {
    throw new Error("a file of the operator's custom resource definitions does not look like one");
  }
  const after = annotations.index + annotations[0].length;
  const text = [
    `{{- if .Values.${name}.enabled }}`,
    escapeTemplate(definition.slice(definition.startsWith("---\n") ? 4 : 0, after)),
    '    belfry.dev/stand-in: "true"',
    "    {{- with .Values.annotations }}",
    "    {{- toYaml . | nindent 4 }}",
    "    {{- end }}",
    escapeTemplate(definition.slice(after + 1)).trimEnd(),
    "{{- end }}",
    "",
  ].join("\n");
  return { file: `${name}.yaml`, text };
}
