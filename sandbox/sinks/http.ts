/** What the two HTTP servers of the sinks share. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { UserError } from "../../config/user-error.ts";
import { errorCode } from "../files.ts";
import { loopback } from "../layout.ts";

/** How long a client may take, in milliseconds. */
export interface Patience {
  /** To send its headers. */
  readonly headers: number;
  /** To send the whole request. */
  readonly request: number;
}

export const patience: Patience = { headers: 5_000, request: 15_000 };

/** Listens on 127.0.0.1. @throws UserError when the port is taken */
export async function listenHttp(
  port: number,
  listener: RequestListener,
  limits: Patience = patience,
): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      // Node looks only this often whether a client was too slow.
      connectionsCheckingInterval: Math.min(1_000, limits.headers),
    },
    listener,
  );
  server.maxConnections = 200;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(portError(error, port));
    });
    server.listen({ host: loopback, port, exclusive: true }, resolve);
  });
  return server;
}

/** Ends all connections too. */
export async function closeHttp(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** A taken port becomes a {@link UserError}; other errors stay as they are. */
export function portError(error: Error, port: number): Error {
  if (errorCode(error) !== "EADDRINUSE") return error;
  return new UserError(
    `Port ${port} on ${loopback}, which this sandbox uses, is taken by another program.`,
    "End that program, or run `npm run sandbox:delete` and start again: a new sandbox takes other ports.",
    { cause: error },
  );
}

/**
 * The body, or `undefined` when it is larger than `limit` bytes. What is too much is read all the same, up to the
 * server's time limit: a client that is still sending would not see the answer.
 *
 * @throws when the client breaks off
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString("utf8");
}

export function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

/** Compares secrets in a time that does not tell how much of them is right. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
