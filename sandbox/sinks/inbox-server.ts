/** The page that shows what arrived, and the same as JSON for programs. */
import type { IncomingMessage, Server } from "node:http";
import { loopback, type SandboxState } from "../layout.ts";
import { answer, listenHttp, type Patience, sameSecret } from "./http.ts";
import { type ArrivedMessage, type Health, type MessageKind, messageKinds } from "./messages.ts";
import { inboxPage, pagePolicy, type PageAssets, refusalPage } from "./page/page.ts";

export interface InboxOptions {
  readonly state: SandboxState;
  readonly assets: PageAssets;
  /** Oldest first. */
  readonly messages: () => readonly ArrivedMessage[];
  readonly health: () => Health;
  readonly patience?: Patience;
}

interface Reply {
  readonly status: number;
  readonly type: "html" | "json";
  readonly body: string;
}

/** Listens on `ports.inbox`. @throws UserError when the port is taken */
export async function startInboxServer({ patience, ...options }: InboxOptions): Promise<Server> {
  return listenHttp(
    options.state.ports.inbox,
    (request, response) => {
      // A reader never has a reason to send a body.
      request.resume();
      const { status, type, body } = route(options, request);
      answer(response, status, body, {
        "content-type": type === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
        "content-security-policy": type === "html" ? pagePolicy(options.assets) : jsonPolicy,
        // The page's address holds the token.
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
    },
    patience,
  );
}

const jsonPolicy = "default-src 'none'; frame-ancestors 'none'";

function route(options: Omit<InboxOptions, "patience">, request: IncomingMessage): Reply {
  const { state, assets, messages, health } = options;
  // A foreign page can make a name of its own lead here, but it cannot make the browser send another Host header.
  if (!isOwnHost(request.headers.host, state.ports.inbox)) return json(403, { error: "wrong Host header" });
  if (request.method !== "GET") return json(405, { error: "only GET" });
  const target = `http://${loopback}${request.url ?? "/"}`;
  if (!URL.canParse(target)) return json(400, { error: "bad address" });
  const { pathname, searchParams } = new URL(target);

  if (pathname === "/") {
    const token = searchParams.get("token") ?? "";
    if (!sameSecret(token, state.inboxToken)) return { status: 401, type: "html", body: refusalPage(assets) };
    const kind = messageKinds.find((known) => known === searchParams.get("kind"));
    const address = `/?token=${encodeURIComponent(token)}`;
    const body = inboxPage(assets, { messages: messages(), health: health(), kind, address });
    return { status: 200, type: "html", body };
  }
  if (!pathname.startsWith("/api/")) return json(404, { error: "not found" });
  if (!sameSecret(request.headers.authorization ?? "", `Bearer ${state.inboxToken}`)) {
    return json(401, { error: "wrong or missing token" });
  }
  switch (pathname) {
    case "/api/messages":
      return filtered(messages(), searchParams);
    case "/api/newest":
      return json(200, { id: messages().at(-1)?.id ?? "" });
    case "/api/health":
      return json(200, health());
    default:
      return json(404, { error: "not found" });
  }
}

function filtered(messages: readonly ArrivedMessage[], query: URLSearchParams): Reply {
  const kind = query.get("kind");
  if (kind !== null && !isKind(kind)) return json(400, { error: `kind is one of ${messageKinds.join(", ")}` });
  const after = query.get("after") ?? "";
  return json(
    200,
    messages.filter((message) => message.id > after && (kind === null || message.kind === kind)),
  );
}

function json(status: number, body: unknown): Reply {
  return { status, type: "json", body: JSON.stringify(body) };
}

function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `${loopback}:${port}` || host === `localhost:${port}`;
}

function isKind(text: string): text is MessageKind {
  return messageKinds.some((kind) => kind === text);
}
