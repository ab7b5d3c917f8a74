/** Writes the generated documentation: `npm run docs`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { alertsReference } from "../automation/alerts/command.ts";
import { alertsFile } from "../automation/alerts/table.ts";
import { diffSchema, diffSchemaFile } from "../automation/diff/json-schema.ts";
import { resultReference, resultReferenceFile } from "../automation/pipeline/result-reference.ts";
import { configurationReference, referenceFile } from "../config/reference.ts";

const checkout = join(import.meta.dirname, "..");
await writeFile(join(checkout, referenceFile), configurationReference());
await writeFile(join(checkout, alertsFile), await alertsReference(checkout));
await writeFile(join(checkout, diffSchemaFile), diffSchema());
await writeFile(join(checkout, resultReferenceFile), resultReference());
