/** Sinks on free ports, with a directory of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxState } from "../../../sandbox/layout.ts";
import { choosePorts } from "../../../sandbox/ports.ts";
import type { Health } from "../../../sandbox/sinks/messages.ts";
import { type Sinks, startSinks } from "../../../sandbox/sinks/sinks.ts";
import { newState } from "../../../sandbox/state.ts";
import { loopbackCertificate } from "./certificate.ts";

export interface RunningSinks {
  readonly state: SandboxState;
  readonly sinks: Sinks;
  readonly directory: string;
  readonly tls: { readonly key: string; readonly cert: string };
  /** Closes them and removes the directory. */
  readonly end: () => Promise<void>;
}

export const healthy: Health = {
  ready: true,
  parts: { sinks: { state: "running" }, prometheus: { state: "waiting" } },
};

export async function runSinks(): Promise<RunningSinks> {
  const temporary = await mkdtemp(join(tmpdir(), "belfry-sinks-"));
  const directory = join(temporary, "inbox");
  const state = newState({ ports: await choosePorts(), kubeSystemUid: "0", now: new Date() });
  const tls = loopbackCertificate();
  const sinks = await startSinks({ state, directory, tls, health: () => healthy });
  return {
    state,
    sinks,
    directory,
    tls,
    end: async () => {
      await sinks.close();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}
