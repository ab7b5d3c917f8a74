/** What Alloy does: follows the logs of the containers on its node and hands them to Loki. Pure. */

export interface PipelineInput {
  /** Where Loki takes log lines. */
  readonly pushUrl: string;
  /** Labels of every line, the same that alerts have. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels of a line by where they come from. Each combination is a stream of its own, so there are few. */
const labelSources = {
  namespace: "__meta_kubernetes_namespace",
  pod: "__meta_kubernetes_pod_name",
  container: "__meta_kubernetes_pod_container_name",
  node: "__meta_kubernetes_pod_node_name",
} as const;

/**
 * Alloy's configuration. The logs come through the API server, so Alloy needs no file of the node, no root and no
 * privilege. Each Alloy asks for the pods of its own node only: otherwise every one would hold the pods of the whole
 * cluster, and every line would arrive as often as there are nodes.
 */
export function alloyPipeline({ pushUrl, labels }: PipelineInput): string {
  const rules = Object.entries(labelSources).map(([label, source]) =>
    block("rule", [`source_labels = [${quoted(source)}]`, `target_label  = ${quoted(label)}`]),
  );
  const fixed = Object.entries(labels).map(([name, value]) => `${name} = ${quoted(value)},`);
  return [
    block("logging", [`level  = "warn"`, `format = "logfmt"`]),
    block('discovery.kubernetes "pods"', [
      `role = "pod"`,
      block("selectors", [`role  = "pod"`, `field = "spec.nodeName=" + sys.env("K8S_NODE_NAME")`]),
    ]),
    block('discovery.relabel "pods"', ["targets = discovery.kubernetes.pods.targets", ...rules]),
    block('loki.source.kubernetes "pods"', [
      "targets    = discovery.relabel.pods.output",
      "forward_to = [loki.write.loki.receiver]",
    ]),
    block('loki.write "loki"', [
      block("endpoint", [`url = ${quoted(pushUrl)}`]),
      ["external_labels = {", ...fixed.map((line) => `  ${line}`), "}"].join("\n"),
    ]),
  ]
    .map((text) => `${text}\n`)
    .join("\n");
}

function block(head: string, lines: readonly string[]): string {
  const inner = lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`);
  return [`${head} {`, ...inner, "}"].join("\n");
}

/** Alloy's texts are written as Go and JSON write theirs. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Text that Helm's `tpl` gives out as it is: it would take `{{` for the beginning of a template. */
export function untemplated(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
