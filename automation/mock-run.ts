/** Runs a Pulumi program without an engine: every resource that it makes is recorded, nothing is done. */
import * as pulumi from "@pulumi/pulumi";

import { secretMark } from "./mask.ts";

/** A resource as the engine would have been asked for it. */
export interface RecordedResource {
  /** Type token, for example `kubernetes:core/v1:Secret`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Its inputs as the engine gets them: secrets are wrapped (`isWrappedSecret`). */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** False for components. */
  readonly custom: boolean;
  /** Reference of the explicit provider, where there is one. */
  readonly provider?: string;
}

export interface MockRun {
  /** In the order in which they were registered; neither the stack itself nor what was only read. */
  readonly resources: readonly RecordedResource[];
  /** What the program gave back, with all outputs resolved. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface MockRunOptions {
  readonly stack: string;
  /** Makes the resources; what it returns is the stack's outputs. */
  readonly program: () => Promise<Record<string, unknown>>;
  /** Outputs of a resource beside its inputs. */
  readonly stateOf?: (resource: RecordedResource) => Readonly<Record<string, unknown>>;
  /** Called with the monitor before the program runs: a way to see what mocks are not told. */
  readonly onMonitor?: (monitor: object) => void;
}

/** The runtime has one set of mocks per process, so only one run at a time. */
let last: Promise<unknown> = Promise.resolve();

/** Runs after the runs that were started before it. */
export async function runUnderMocks(options: MockRunOptions): Promise<MockRun> {
  const run = last.then(() => withShortTraces(() => runNow(options)));
  last = run.catch(() => undefined);
  return run;
}

/**
 * The SDK writes a stack trace for each of its thousands of promises, which takes half of a run's time: traces are short in the
 * meantime, and no line of them is looked up in source maps before somebody reads it.
 */
async function withShortTraces<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  const { sourceMapsEnabled } = process;
  Error.stackTraceLimit = 3;
  process.setSourceMapsEnabled(false);
  try {
    return await run();
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function runNow(options: MockRunOptions): Promise<MockRun> {
  const resources: RecordedResource[] = [];
  await pulumi.runtime.setMocks(
    {
      call: (args) => args.inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs, custom, provider, id }) => {
        const resource: RecordedResource = {
          type,
          name,
          inputs: inputs as Record<string, unknown>,
          custom: custom ?? false,
          ...(provider === undefined || provider === "" ? {} : { provider }),
        };
        if (type !== "pulumi:pulumi:Stack" && (id === undefined || id === "")) {
          resources.push(resource);
        }
        return { id: custom === true ? (id ?? `${name}-id`) : undefined, state: stateOf(resource, options) };
      },
    },
    "belfry",
    options.stack,
  );
  const monitor = pulumi.runtime.getMonitor();
  if (monitor !== undefined) {
    options.onMonitor?.(monitor);
  }
  let failure: { readonly error: unknown } | undefined;
  const outputs: unknown = await pulumi.runtime.runInPulumiStack(async () => {
    try {
      return await options.program();
    } catch (error) {
      // Thrown in here it would reject a promise of the stack, too, which nobody awaits.
      failure = { error };
      return {};
    }
  });
  const resolved = await valueOf(pulumi.output(outputs));
  // Waits for everything that the program started and did not wait for.
  await pulumi.runtime.disconnect();
  if (failure !== undefined) {
    throw failure.error;
  }
  return { resources, outputs: (resolved ?? {}) as Record<string, unknown> };
}

function stateOf(resource: RecordedResource, options: MockRunOptions): Record<string, unknown> {
  const generated = generatedBy[resource.type] ?? {};
  return { ...resource.inputs, ...generated, ...options.stateOf?.(resource) };
}

/** What only the engine's run would make up. */
const generatedBy: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "random:index/randomPassword:RandomPassword": { result: pulumi.secret(secretMark("generated password")) },
  "random:index/randomString:RandomString": { result: "<generated text>" },
};

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => void output.apply(resolve));
}
