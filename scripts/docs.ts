/** Writes the generated documentation: `npm run docs`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { configurationReference, referenceFile } from "../config/reference.ts";

await writeFile(join(import.meta.dirname, "..", referenceFile), configurationReference());
