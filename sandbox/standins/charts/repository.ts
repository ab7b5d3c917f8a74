/** Serves packed charts as Helm expects of a chart repository. */
import { open, type FileHandle } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { loopback } from "../../layout.ts";

export interface ChartRepository {
  /** The port it listens on; another than asked for only when that was 0. */
  readonly port: number;
  /** Ends all connections too. */
  close(): Promise<void>;
}

/** The one name form that is served: an index or a package, right in the directory. */
const servedName = /^\/(index\.yaml|[a-z0-9][a-z0-9.+-]*\.tgz)$/;

/**
 * Serves the packages and the index in `directory` on 127.0.0.1, reading them anew at each request. It need not
 * exist yet.
 *
 * @throws the system's error when the port is taken
 */
export async function startChartRepository(options: {
  readonly directory: string;
  readonly port: number;
}): Promise<ChartRepository> {
  const server = createServer((request, response) => {
    void answer(options.directory, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, loopback, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
        server.closeAllConnections();
      }),
  };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

async function answer(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    refuse(response, 405, "only GET and HEAD");
    return;
  }
  // The raw path on purpose: nothing that needs decoding or normalising is ever the name of a chart.
  const name = servedName.exec((request.url ?? "").split("?")[0] ?? "")?.[1];
  const file = name === undefined ? undefined : await openIfThere(join(directory, name));
  if (name === undefined || file === undefined) {
    refuse(response, 404, "no such chart");
    return;
  }
  try {
    const { size } = await file.stat();
    const type = name.endsWith(".tgz") ? "application/gzip" : "text/yaml; charset=utf-8";
    response.writeHead(200, { "content-type": type, "content-length": size });
    if (request.method === "HEAD") response.end();
    else await pipeline(file.createReadStream({ autoClose: false }), response);
  } catch {
    response.destroy();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch {
    return undefined;
  }
}
