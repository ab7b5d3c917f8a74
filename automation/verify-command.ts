/** `belfry verify`. */
import { sandboxLayout } from "../sandbox/layout.ts";
import { readState } from "../sandbox/sandbox.ts";
import { InboxClient } from "../sandbox/sinks/client.ts";
import { UserError } from "../config/user-error.ts";
import { formatVerify } from "./verify/format.ts";
import { verify } from "./verify/verify.ts";

export interface VerifyCommandOptions {
  readonly checkout: string;
  readonly namespace: string;
  /** A context of the user's kubeconfig; the sandbox when absent. */
  readonly context: string | undefined;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/** @returns whether every receiver was proved */
export async function verifyCommand(o: VerifyCommandOptions): Promise<boolean> {
  const report = (line: string) => {
    o.write(`${line}\n`);
  };
  const common = { namespace: o.namespace, report, signal: o.signal };
  if (o.context !== undefined) {
    const result = await verify({ ...common, context: o.context });
    o.write(formatVerify(result));
    return result.passed;
  }
  const state = await readState(o.checkout);
  if (state === undefined) {
    throw new UserError("there is no sandbox in this checkout.", "Make one with npm start, or name a cluster of yours: npm run belfry -- verify --kube-context NAME");
  }
  const result = await verify({ ...common, kubeconfig: sandboxLayout(o.checkout).kubeconfig, inbox: new InboxClient(state) });
  o.write(formatVerify(result));
  return result.passed;
}
