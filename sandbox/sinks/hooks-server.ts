/** The fake Slack and the receiver of heartbeats, on one port. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { SandboxState } from "../layout.ts";
import { answer, listenHttp, type Patience, readBody, sameSecret } from "./http.ts";
import type { NewMessage } from "./messages.ts";
import { judgeSlackPayload, noService } from "./slack.ts";

/** Largest body of a call, in bytes. */
export const hookBodyLimit = 1024 * 1024;

export interface HooksOptions {
  readonly state: SandboxState;
  /** Keeps a message; a rejection is answered with status 500, so that the sender tries again. */
  readonly keep: (message: NewMessage) => Promise<unknown>;
  readonly patience?: Patience;
}

/** Listens on `ports.hooks`. @throws UserError when the port is taken */
export async function startHooksServer({ state, keep, patience }: HooksOptions): Promise<Server> {
  const slackPath = new URL(state.slackWebhookUrl).pathname;
  const heartbeatPath = new URL(state.heartbeatUrl).pathname;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const { method } = request;
    const isSlack = method === "POST" && sameSecret(path, slackPath);
    const isHeartbeat = (method === "POST" || method === "GET") && sameSecret(path, heartbeatPath);
    if (!isSlack && !isHeartbeat) {
      answer(response, noService.status, path.startsWith("/services/") ? noService.body : "not found");
      return;
    }
    const body = await readBody(request, hookBodyLimit);
    if (body === undefined) {
      answer(response, 413, "request entity too large");
      return;
    }
    if (isHeartbeat) {
      await keep({ kind: "heartbeat", payload: readPayload(body) });
      answer(response, 200, "ok");
      return;
    }
    const verdict = judgeSlackPayload(body, request.headers["content-type"]);
    if (verdict.status === 200) await keep(verdict.message);
    answer(response, verdict.status, verdict.body);
  }

  return listenHttp(
    state.ports.hooks,
    (request, response) => {
      serve(request, response).catch(() => {
        if (response.headersSent || response.destroyed) response.destroy();
        else answer(response, 500, "rollup_error");
      });
    },
    patience,
  );
}

function readPayload(body: string): unknown {
  if (body === "") return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
