/** Everything that a stack would apply, as files: without cluster, plugin, network or passphrase. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { stringify } from "yaml";

import { Platform } from "../components/platform.ts";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { stackFileConfig } from "../config/stack-file.ts";
import { UserError } from "../config/user-error.ts";
import { maskSecrets, maskSettings } from "./mask.ts";
import { type RecordedResource, runUnderMocks } from "./mock-run.ts";

export interface RenderOptions {
  /** Directory that holds `Pulumi.<stack>.yaml`. */
  readonly checkout: string;
  readonly stack: string;
  /** Another file with the stack's settings. */
  readonly configFile?: string;
}

/**
 * Renders a stack from the settings in its file. Secrets stand as marks, whether they are set yet or not.
 *
 * @returns content by relative path, in the order of the paths: one `<namespace|cluster>/<Kind>-<name>.yaml` for each
 *   object, one `releases/<name>.yaml` with chart and values for each Helm release
 * @throws UserError when there is no such file; ConfigError with everything that is wrong in it
 */
export async function renderStack(options: RenderOptions): Promise<Map<string, string>> {
  const file = options.configFile ?? join(options.checkout, `Pulumi.${options.stack}.yaml`);
  const text = await readFile(file, "utf8").catch(() => {
    throw new UserError(
      `${file} cannot be read: there is no stack ${options.stack}.`,
      "Name a stack that has a file: npm run belfry -- render --stack dev --out DIRECTORY",
    );
  });
  return renderSettings(loadConfig(stackFileConfig(text, `Pulumi.${options.stack}.yaml`)));
}

/** Renders what a stack with these settings would apply; see {@link renderStack}. */
export async function renderSettings(settings: Settings): Promise<Map<string, string>> {
  const masked = maskSettings(settings);
  const { resources } = await runUnderMocks({
    stack: settings.stack,
    program: () => Promise.resolve({ platform: new Platform("belfry", { settings: masked }).namespace }),
  });
  const files = resources.flatMap((resource) => renderResource(resource));
  files.sort(([a], [b]) => (a < b ? -1 : 1));
  const rendered = new Map(files);
  if (rendered.size !== files.length) {
    throw new Error("two objects of the stack have the same kind, namespace and name");
  }
  return rendered;
}

/** Types that have no file: components, and passwords, whose Secrets have one. */
function renderResource(resource: RecordedResource): [string, string][] {
  if (!resource.type.startsWith("kubernetes:") || !resource.custom) {
    return [];
  }
  const inputs = maskSecrets(resource.inputs) as Readonly<Record<string, unknown>>;
  return [resource.type === "kubernetes:helm.sh/v3:Release" ? renderRelease(inputs) : renderObject(inputs)];
}

function renderRelease(inputs: Readonly<Record<string, unknown>>): [string, string] {
  const repository = (inputs["repositoryOpts"] as { readonly repo?: string } | undefined)?.repo;
  const release = {
    name: inputs["name"],
    namespace: inputs["namespace"],
    chart: inputs["chart"],
    version: inputs["version"],
    ...(repository === undefined ? {} : { repository }),
    timeoutSeconds: inputs["timeout"],
    values: inputs["values"],
  };
  return [`releases/${String(inputs["name"])}.yaml`, yaml(release)];
}

function renderObject(inputs: Readonly<Record<string, unknown>>): [string, string] {
  const { kind, metadata } = inputs as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  return [`${metadata.namespace ?? "cluster"}/${kind}-${metadata.name}.yaml`, yaml(inputs)];
}

/** Maps sorted by key, lists as they are: the order of receivers and routes has a meaning. */
function yaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}
