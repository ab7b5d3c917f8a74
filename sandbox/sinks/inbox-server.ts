/** The page that shows what arrived, and the same as JSON for programs. */
import type { IncomingMessage, Server } from "node:http";
import { loopback, type SandboxState } from "../layout.ts";
import { answer, listenHttp, type Patience, readBody, sameSecret } from "./http.ts";
import { type ArrivedMessage, type Health, type MessageKind, messageKinds } from "./messages.ts";
import { inboxPage, pagePolicy, type PageAssets, refusalPage } from "./page/page.ts";

export interface InboxOptions {
  readonly state: SandboxState;
  readonly assets: PageAssets;
  /** Oldest first. */
  readonly messages: () => readonly ArrivedMessage[];
  readonly health: () => Health;
  /** What a drill may do; nothing when absent. */
  readonly drill?: DrillControl;
  readonly patience?: Patience;
}

/** The metrics that a drill adds for a while. */
export interface DrillControl {
  /** @returns false when the changes cannot be understood */
  put(changes: unknown): boolean;
  end(): void;
}

/** Largest body of `PUT /api/changes`, in bytes. */
const changesLimit = 1024 * 1024;

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
      reply(options, request).then(
        ({ status, type, body }) => {
          answer(response, status, body, headersOf(type, options.assets));
        },
        () => response.destroy(),
      );
    },
    patience,
  );
}

function headersOf(type: Reply["type"], assets: PageAssets): Record<string, string> {
  return {
    "content-type": type === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
    "content-security-policy": type === "html" ? pagePolicy(assets) : jsonPolicy,
    // The page's address holds the token.
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  };
}

const jsonPolicy = "default-src 'none'; frame-ancestors 'none'";

type Served = Omit<InboxOptions, "patience">;

/** @throws when the client breaks off */
async function reply(options: Served, request: IncomingMessage): Promise<Reply> {
  if (options.drill !== undefined && request.url === "/api/changes" && request.method !== "GET") {
    return change(options, options.drill, request);
  }
  // A reader never has a reason to send a body.
  request.resume();
  return route(options, request);
}

/** The same checks as for readers: the token in a header, which no foreign page can send, and the Host header. */
async function change({ state }: Served, drill: DrillControl, request: IncomingMessage): Promise<Reply> {
  const body = await readBody(request, changesLimit);
  if (!isOwnHost(request.headers.host, state.ports.inbox)) return json(403, { error: "wrong Host header" });
  if (!isAllowed(request, state)) return json(401, { error: "wrong or missing token" });
  if (request.method === "DELETE") {
    drill.end();
    return json(200, {});
  }
  if (request.method !== "PUT") return json(405, { error: "only PUT and DELETE" });
  if (body === undefined) return json(413, { error: "too large" });
  return drill.put(parsed(body)) ? json(200, {}) : json(400, { error: "changes that cannot be understood" });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isAllowed(request: IncomingMessage, state: SandboxState): boolean {
  return sameSecret(request.headers.authorization ?? "", `Bearer ${state.inboxToken}`);
}

function route(options: Served, request: IncomingMessage): Reply {
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
  if (!isAllowed(request, state)) {
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
