/** `belfry alerts`, and the same for the docs. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { renderStack } from "../render.ts";
import type { AlertEntry } from "./entry.ts";
import { type CountedScenario, listAlerts } from "./list.ts";
import { alertLines, alertsDocument } from "./table.ts";

/** @throws UserError when there is no such stack; ConfigError with everything that is wrong in its settings */
export async function stackAlerts(checkout: string, stack: string): Promise<AlertEntry[]> {
  const [rendered, scenarios] = [await renderStack({ checkout, stack }), await ruleTests(checkout)];
  return listAlerts({ rendered, scenarios });
}

/** What `belfry alerts` prints. */
export async function alertsOutput(checkout: string, stack: string, json: boolean): Promise<string> {
  const entries = await stackAlerts(checkout, stack);
  return json ? `${JSON.stringify({ stack, alerts: entries }, undefined, 2)}\n` : `${alertLines(entries).join("\n")}\n`;
}

/** docs/alerts.md for every stack that has a file. */
export async function alertsReference(checkout: string): Promise<string> {
  const files = (await readdir(checkout)).flatMap((name) => /^Pulumi\.([^.]+)\.yaml$/.exec(name)?.[1] ?? []);
  const known = ["dev", "staging", "prod"];
  const stacks = [...known.filter((name) => files.includes(name))];
  const lists = new Map<string, AlertEntry[]>();
  for (const stack of stacks) lists.set(stack, await stackAlerts(checkout, stack));
  return alertsDocument(lists);
}

/** The scenarios of the tests are data; they are read, not run. */
async function ruleTests(checkout: string): Promise<readonly CountedScenario[]> {
  const file = pathToFileURL(join(checkout, "tests", "rules", "alerts", "all.ts")).href;
  const module = (await import(file).catch(() => ({ scenarios: [] }))) as { readonly scenarios: readonly CountedScenario[] };
  return module.scenarios;
}
