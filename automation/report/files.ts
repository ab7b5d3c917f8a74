/** Writes a report where only its owner can read it. */
import { basename, dirname, join, resolve } from "node:path";
import { privateDirectory, writePrivateFile } from "../../sandbox/files.ts";
import type { SandboxState } from "../../sandbox/layout.ts";
import { readPageAssets } from "../../sandbox/sinks/page/assets.ts";
import type { DrillResult } from "../drill/scenario.ts";
import type { VerifyResult } from "../verify/result.ts";
import { drillReport, verifyReport } from "./content.ts";
import { reportPage } from "./page.ts";

/**
 * @param file where the user wants it; `.belfry/drill.html` of the checkout when undefined
 * @returns its path
 */
export async function writeDrillReport(
  result: DrillResult,
  state: SandboxState,
  checkout: string,
  file: string | undefined,
): Promise<string> {
  const { style } = await readPageAssets();
  const hidden = [new URL(state.slackWebhookUrl).pathname, new URL(state.heartbeatUrl).pathname, state.inboxToken];
  return write(reportPage(style, drillReport(result, hidden)), file ?? join(checkout, ".belfry", "drill.html"));
}

/** @param file where it is written. @returns its path */
export async function writeVerifyReport(result: VerifyResult, cluster: string, file: string): Promise<string> {
  const { style } = await readPageAssets();
  return write(reportPage(style, verifyReport(result, cluster)), file);
}

async function write(page: string, file: string): Promise<string> {
  const path = resolve(file);
  if (basename(dirname(path)) === ".belfry") await privateDirectory(dirname(path));
  await writePrivateFile(path, page);
  return path;
}
