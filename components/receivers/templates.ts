/** The message templates, as files that Alertmanager loads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const files = ["mark.tmpl", "slack.tmpl", "email.tmpl"] as const;

/** Content of every file in `alerts/templates/` that the receivers use, by the name of the file. */
export function messageTemplates(): Readonly<Record<string, string>> {
  const directory = join(import.meta.dirname, "..", "..", "alerts", "templates");
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file), "utf8")]));
}
