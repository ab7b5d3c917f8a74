/** One operation on one stack, in the process that was made for it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import { sandboxLayout } from "../../sandbox/layout.ts";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import { readState } from "../../sandbox/sandbox.ts";
import { type OperationOptions, openStack, operate, stackOutputs } from "../engine.ts";
import type { PlannedChange } from "../events.ts";
import { locksOf } from "../recovery.ts";
import { verify } from "../verify/verify.ts";
import type { Job, Outcome } from "./job.ts";
import type { ReceiverOutcome, StackStatus } from "./result.ts";
import { shortName } from "./selection.ts";

type Hooks = Required<Pick<OperationOptions, "report" | "underWay" | "signal">>;

/** @throws UserError when it fails; the signal's reason when it was ended */
export async function runJob(job: Job, hooks: Hooks): Promise<Outcome> {
  const { default: program } = await import("../../index.ts");
  const stack = await openStack(
    {
      stack: job.stack,
      workDir: job.workDir,
      environment: {},
      program,
      ...(job.secretsProvider === undefined ? {} : { secretsProvider: job.secretsProvider }),
    },
    job.operation === "init",
  );
  switch (job.operation) {
    case "init":
      return { result: "done" };
    case "status":
      return { result: "done", status: await status(stack, job) };
    case "verify":
      return verifyStack(stack, job, hooks);
    case "preview":
    case "up":
    case "refresh":
    case "destroy": {
      let planned: readonly PlannedChange[] = [];
      const changes = await operate(stack, job.operation, {
        ...hooks,
        planned: (found) => (planned = found),
        ...(job.planFile === undefined ? {} : { planFile: job.planFile }),
      });
      return { result: "done", changes, planned: planned.map((change) => ({ ...change, properties: [...change.properties] })) };
    }
  }
}

async function verifyStack(stack: Stack, job: Job, { report, signal }: Hooks): Promise<Outcome> {
  const { namespace, receivers, alertLabels } = await stackOutputs(stack);
  const { context, kubeSystemUid } = await clusterSetting(job);
  const sandbox = await readState(job.checkout);
  const inSandbox = sandbox !== undefined && sandbox.kubeSystemUid === kubeSystemUid;
  const result = await verify({
    ...(inSandbox ? { kubeconfig: sandboxLayout(job.checkout).kubeconfig, inbox: new InboxClient(sandbox) } : { context }),
    namespace,
    expectedReceivers: receivers,
    labels: alertLabels,
    report,
    signal,
  });
  const outcomes = result.receivers.flatMap(({ receiver, integrations }): ReceiverOutcome[] =>
    integrations.map(({ integration, outcome, expected, happened, seconds }) => ({
      receiver, integration, outcome, expected, happened, ...(seconds === undefined ? {} : { seconds }),
    })),
  );
  if (result.passed) return { result: "done", receivers: outcomes };
  const unproved = outcomes.filter(({ outcome }) => outcome === "failed" || outcome === "unproved");
  return {
    result: "failed",
    receivers: outcomes,
    error: {
      what: `Not every receiver of stack ${job.stack} is proved:\n${unproved.map(({ receiver, happened }) => `  ${receiver}: ${happened}`).join("\n")}`,
      fix: `Where to look: npm run belfry -- verify${context === undefined ? "" : ` --kube-context ${context}`}`,
    },
  };
}

/** `belfry:cluster` of the stack's file. */
async function clusterSetting(job: Job): Promise<{ readonly context?: string; readonly kubeSystemUid?: string }> {
  const file = process.env["PULUMI_OPTION_CONFIG_FILE"] ?? join(job.workDir, `Pulumi.${shortName(job.stack)}.yaml`);
  const content = parse(await readFile(file, "utf8")) as { readonly config?: Readonly<Record<string, unknown>> | null } | null;
  const { context, kubeSystemUid } = (content?.config?.["belfry:cluster"] ?? {}) as { readonly context?: unknown; readonly kubeSystemUid?: unknown };
  return {
    ...(typeof context === "string" ? { context } : {}),
    ...(typeof kubeSystemUid === "string" ? { kubeSystemUid } : {}),
  };
}

async function status(stack: Stack, job: Job): Promise<StackStatus> {
  // Without the last argument the history comes with all secrets in plain text.
  const [last] = await stack.history(1, 1, false);
  const row = (await stack.workspace.listStacks()).find(({ name }) => name === job.stack);
  const [locked] = job.backendDirectory === undefined ? [] : await locksOf(job.backendDirectory, shortName(job.stack));
  const busy = row?.updateInProgress === true ? {} : undefined;
  const lock = locked === undefined ? busy : { by: `${locked.username}@${locked.hostname} (pid ${locked.pid})`, since: locked.timestamp };
  const outputs = await stackOutputs(stack).catch(() => undefined);
  const commit = last === undefined ? undefined : (last as { readonly environment?: Readonly<Record<string, string>> }).environment?.["git.head"];
  return {
    backend: job.backend,
    ...(row?.resourceCount === undefined ? {} : { resources: row.resourceCount }),
    ...(lock === undefined ? {} : { lock }),
    ...(last === undefined
      ? {}
      : {
          last: {
            operation: last.kind,
            result: last.result,
            startedAt: last.startTime.toISOString(),
            seconds: Math.max(0, (last.endTime.getTime() - last.startTime.getTime()) / 1000),
            ...(commit === undefined ? {} : { commit }),
          },
        }),
    ...(outputs === undefined ? {} : { namespace: outputs.namespace }),
    releases: [...(outputs?.releases ?? [])],
    receivers: [...(outputs?.receivers ?? [])],
  };
}
