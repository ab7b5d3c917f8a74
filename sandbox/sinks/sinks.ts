/** Where the sandbox's messages arrive: a fake Slack, heartbeats, a mailbox, and the page that shows them. */
import type { SandboxState } from "../layout.ts";
import { startHooksServer } from "./hooks-server.ts";
import { closeHttp } from "./http.ts";
import { type DrillControl, startInboxServer } from "./inbox-server.ts";
import { startMailServer } from "./mail-server.ts";
import type { ArrivedMessage, Health } from "./messages.ts";
import { readPageAssets } from "./page/assets.ts";
import { openStore } from "./store.ts";

export interface SinksOptions {
  readonly state: SandboxState;
  /** Where messages are kept (`layout.inbox`); made with mode 0700 when it is missing. */
  readonly directory: string;
  /** PEM, for the mailbox's STARTTLS. The certificate must be good for 127.0.0.1. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Answered on `GET /api/health`. */
  readonly health: () => Health;
  /** Done on `PUT` and `DELETE /api/changes`. */
  readonly drill?: DrillControl;
}

export interface Sinks {
  /** Ends listeners and connections; what was accepted is on disk then. */
  close(): Promise<void>;
  /** What is kept, oldest first. */
  messages(): ArrivedMessage[];
}

/** Starts all three listeners, or none. @throws UserError when a port is taken */
export async function startSinks({ state, directory, tls, health, drill }: SinksOptions): Promise<Sinks> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all(closers.splice(0).map((end) => end()));
  };
  try {
    const assets = await readPageAssets();
    const store = await openStore({ directory, secrets: secretsOf(state) });
    const keep = store.add.bind(store);
    const messages = store.messages.bind(store);
    const hooks = await startHooksServer({ state, keep });
    closers.push(() => closeHttp(hooks));
    const mail = await startMailServer({ state, tls, keep });
    closers.push(() => mail.close());
    const inbox = await startInboxServer({ state, assets, messages, health, ...(drill === undefined ? {} : { drill }) });
    closers.push(() => closeHttp(inbox));
    return {
      messages,
      close: async () => {
        await close();
        await store.settled();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a message must not carry on: an alert may quote the address that it is sent to. */
function secretsOf({ slackWebhookUrl, heartbeatUrl, inboxToken, smtp }: SandboxState): string[] {
  return [new URL(slackWebhookUrl).pathname, new URL(heartbeatUrl).pathname, inboxToken, smtp.password];
}
