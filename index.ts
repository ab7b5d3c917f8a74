/** The program: settings in, components wired, outputs. `pulumi` and the Automation API run this same function. */
import { readFile } from "node:fs/promises";

import * as pulumi from "@pulumi/pulumi";

import { stackCluster } from "./components/cluster/index.ts";
import { programOutputs } from "./components/outputs.ts";
import { Platform } from "./components/platform.ts";
import { trivyCrds } from "./components/trivy/crds.ts";
import { programError } from "./components/program-error.ts";
import { loadConfig, type RawConfig } from "./config/load.ts";
import { UserError } from "./config/user-error.ts";

/**
 * @returns the stack's outputs, none of them secret
 * @throws pulumi.RunError with what to do, for what the user can mend; it is shown without a stack trace
 */
export default async function program(): Promise<Record<string, unknown>> {
  try {
    const settings = loadConfig(await rawConfig());
    const provider = await stackCluster(settings);
    const crds = settings.trivy === undefined ? {} : { trivyCrds: await trivyCrds(provider, settings.chartMirror) };
    const platform = new Platform("belfry", { settings, ...crds }, { providers: { kubernetes: provider } });
    return programOutputs(platform, settings);
  } catch (error) {
    throw programError(error);
  }
}

async function rawConfig(): Promise<RawConfig> {
  const values = pulumi.runtime.allConfig();
  // Exported by the SDK, but left out of its types.
  const { isConfigSecret } = pulumi.runtime as typeof pulumi.runtime & { isConfigSecret: (key: string) => boolean };
  return {
    stack: pulumi.getStack(),
    values,
    secretKeys: new Set(Object.keys(values).filter(isConfigSecret)),
    sandbox: await isSandbox(values["belfry:cluster"]),
  };
}

/**
 * True only when BELFRY_SANDBOX names the record of an embedded cluster and the settings name that very cluster;
 * whether the cluster that answers is that one is checked like for any other stack.
 *
 * @param cluster the setting as it was written
 */
async function isSandbox(cluster: string | undefined): Promise<boolean> {
  const stateFile = process.env["BELFRY_SANDBOX"];
  if (stateFile === undefined || stateFile === "" || cluster === undefined) {
    return false;
  }
  const { parseState } = await import("./sandbox/state.ts");
  const record = await readFile(stateFile, "utf8").catch(() => {
    const what = `BELFRY_SANDBOX names ${stateFile}, which cannot be read.`;
    throw new UserError(what, "Unset it, or make the sandbox: npm start");
  });
  const { kubeSystemUid } = parseState(record, stateFile);
  try {
    const named = JSON.parse(cluster) as { readonly kubeSystemUid?: unknown } | null;
    return named?.kubeSystemUid === kubeSystemUid;
  } catch {
    // What is wrong with it is told with all other problems of the settings.
    return false;
  }
}
