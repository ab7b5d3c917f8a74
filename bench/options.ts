/** The arguments of `npm run bench`. Pure. */
import { parseArgs } from "node:util";
import { UserError } from "../config/user-error.ts";

export interface BenchOptions {
  /** JSON instead of the table. */
  readonly json: boolean;
  /** One sample of everything. */
  readonly quick: boolean;
  readonly help: boolean;
  /** Chart repository to take the charts from. */
  readonly chartMirror: string | undefined;
}

export const usage = `npm run bench -- [--quick] [--json] [--chart-mirror URL]

Measures Belfry in a sandbox of its own, which is removed afterwards, and prints a table.

  --quick               one sample of everything: a few minutes
  --json                print JSON instead of the table
  --chart-mirror <url>  take the charts from this repository
`;

/** @throws UserError for arguments that there are not */
export function benchOptions(args: readonly string[]): BenchOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        "chart-mirror": { type: "string" },
      },
    });
    return { json: values.json, quick: values.quick, help: values.help, chartMirror: values["chart-mirror"] };
  } catch (error) {
    const what = error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? "") : String(error);
    throw new UserError(`${what.replace(/\.$/, "")}.`, "What there is: npm run bench -- --help", { cause: error });
  }
}
