/** Changing file paths in a configuration without touching anything else of it. */
import {
  type CollectionTag,
  type Document,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ScalarTag,
  type Tags,
} from "yaml";

/** Maps a path of the container to one of this machine; `undefined` leaves it as it is. */
export type PathMap = (path: string) => string | undefined;

/** Their keys and values are the user's own words, whatever they look like. */
const foreignMaps = new Set(["external_labels", "labels", "params", "headers", "http_headers", "details", "fields"]);

/** @throws Error when the text is no YAML mapping */
export function parseConfiguration(text: string): Document {
  const document = parseDocument(text, { customTags: (tags) => tags.map(asWritten) });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`the configuration cannot be parsed: ${error.code}`);
  if (!isMap(document.contents)) throw new Error("the configuration is not a mapping");
  return document;
}

/** Numbers are printed as they stood there: `0777` and `1.10` mean something else to a reader of strings. */
function asWritten(tag: Tags[number]): Tags[number] {
  if (typeof tag === "string" || !isScalarTag(tag) || !/:(int|float)$/.test(tag.tag)) return tag;
  return { ...tag, stringify: ({ source, value }) => source ?? String(value) };
}

function isScalarTag(tag: CollectionTag | ScalarTag): tag is ScalarTag {
  return tag.collection === undefined;
}

export function printConfiguration(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

/**
 * Maps the values of every key that names a file: `*_file`, and the lists under the keys in `lists`.
 *
 * @param lists keys whose value is a list of paths, for example `rule_files`
 */
export function mapFilePaths(document: Document, lists: readonly string[], map: PathMap): void {
  visit(document.contents);

  function visit(node: unknown): void {
    if (isSeq(node)) node.items.forEach(visit);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (foreignMaps.has(name)) continue;
      if (isScalar(value) && name.endsWith("_file")) mapScalar(value);
      else if (isSeq(value) && lists.includes(name)) value.items.filter(isScalar).forEach(mapScalar);
      else visit(value);
    }
  }

  function mapScalar(scalar: { value: unknown }): void {
    if (typeof scalar.value === "string") scalar.value = map(scalar.value) ?? scalar.value;
  }
}
