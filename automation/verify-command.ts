/** `belfry verify`. */
import { sandboxLayout } from "../sandbox/layout.ts";
import { readState } from "../sandbox/sandbox.ts";
import { InboxClient } from "../sandbox/sinks/client.ts";
import { UserError } from "../config/user-error.ts";
import { formatVerify } from "./verify/format.ts";
import type { VerifyResult } from "./verify/result.ts";
import { verify } from "./verify/verify.ts";

export interface VerifyCommandOptions {
  readonly checkout: string;
  readonly namespace: string;
  /** A context of the user's kubeconfig; the sandbox when absent. */
  readonly context: string | undefined;
  /** Where a page about it is written; none when undefined. */
  readonly reportFile: string | undefined;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/** @returns whether every receiver was proved */
export async function verifyCommand(o: VerifyCommandOptions): Promise<boolean> {
  const report = (line: string) => {
    o.write(`${line}\n`);
  };
  const common = { namespace: o.namespace, report, signal: o.signal };
  const tell = async (result: VerifyResult, cluster: string): Promise<boolean> => {
    o.write(formatVerify(result));
    if (o.reportFile !== undefined) {
      const { writeVerifyReport } = await import("./report/files.ts");
      o.write(`Report: ${await writeVerifyReport(result, cluster, o.reportFile)}\n`);
    }
    return result.passed;
  };
  if (o.context !== undefined) {
    return tell(await verify({ ...common, context: o.context }), `cluster of context ${o.context}`);
  }
  const state = await readState(o.checkout);
  if (state === undefined) {
    throw new UserError("there is no sandbox in this checkout.", "Make one with npm start, or name a cluster of yours: npm run belfry -- verify --kube-context NAME");
  }
  const inbox = new InboxClient(state);
  return tell(await verify({ ...common, kubeconfig: sandboxLayout(o.checkout).kubeconfig, inbox }), "the sandbox");
}
