/** docs/pipeline-result.schema.json, from the schema that the command itself keeps to. */
import { z } from "zod";
import { pipelineResultSchema } from "./result.ts";

/** Path of the generated file, relative to the checkout. */
export const resultReferenceFile = "docs/pipeline-result.schema.json";

/** The JSON Schema of what `--json` prints. It takes members that it does not know: a newer command may have more. */
export function resultReference(): string {
  return `${JSON.stringify(z.toJSONSchema(pipelineResultSchema, { io: "input" }), undefined, 2)}\n`;
}
