/**
 * HTTP to a port of a pod, through the API server's port-forward.
 *
 * Every request has a tunnel of its own (a websocket): nothing has to be kept alive or reconnected, and nothing is left
 * open.
 */
import { request as httpRequest } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { PortForward } from "@kubernetes/client-node";
import { UserError } from "../../config/user-error.ts";
import { bounded } from "../../sandbox/wait.ts";
import { clusterError } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** Longest answer that is read, in bytes: metrics and groups of large clusters are some megabytes. */
const mostBytes = 64 * 1024 * 1024;

/** What the pod's node says when it cannot connect to the port. */
class TunnelError extends Error {
  override readonly name = "TunnelError";
}

/** What is used of the client's websocket. */
interface TunnelSocket {
  close(): void;
  addEventListener(type: "close", listener: () => void): void;
}

/**
 * Opens a tunnel to the pod's port.
 *
 * @throws UserError when the API server refuses it
 */
export async function openTunnel(cluster: Cluster, target: PodPort, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const fromPod = new PassThrough();
  const toPod = new PassThrough();
  const errors = new PassThrough();
  let socket: TunnelSocket;
  const forwarder = new PortForward(cluster.config);
  // A websocket, unless it is told to reconnect by itself.
  const opening = forwarder.portForward(
    target.namespace,
    target.pod,
    [target.port],
    fromPod,
    errors,
    toPod,
  ) as Promise<TunnelSocket>;
  try {
    socket = await bounded(opening, signal);
  } catch (error) {
    // One that opens after the abort is closed at once.
    opening.then((late) => late.close()).catch(() => undefined);
    signal.throwIfAborted();
    throw clusterError(cluster, `forward a port of the pod ${target.namespace}/${target.pod}`, error);
  }
  const tunnel = new Duplex({
    read: () => void fromPod.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      toPod.write(chunk);
      done();
    },
    final: (done) => done(),
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  fromPod.on("data", (chunk: Buffer) => {
    if (!tunnel.push(chunk)) fromPod.pause();
  });
  errors.on("data", (chunk: Buffer) => {
    // An empty chunk follows the port number that begins the stream.
    if (chunk.length > 0) tunnel.destroy(new TunnelError(chunk.toString("utf8")));
  });
  socket.addEventListener("close", () => tunnel.push(null));
  signal.addEventListener("abort", () => tunnel.destroy(signal.reason as Error), { once: true });
  return tunnel;
}

/** @throws UserError when the tunnel is refused; other errors when it or the answer breaks */
export async function podRequest(
  cluster: Cluster,
  target: PodPort,
  call: {
    readonly method: "GET" | "POST";
    readonly path: string;
    readonly body?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<{ status: number; body: string }> {
  // Ends with the request, so that the tunnel is closed however the request ends.
  const end = new AbortController();
  const signal = AbortSignal.any([call.signal, end.signal]);
  const tunnel = await openTunnel(cluster, target, signal);
  try {
    return await new Promise((resolve, reject) => {
      tunnel.on("error", reject);
      tunnel.on("close", () => reject(new Error("the tunnel was closed before the answer was complete")));
      const headers = {
        host: `localhost:${target.port}`,
        connection: "close",
        ...(call.body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(call.body) }),
      };
      const options = { method: call.method, path: call.path, headers, createConnection: () => tunnel };
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > mostBytes) reject(new Error(`the answer is longer than ${mostBytes} bytes`));
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
      });
      request.on("error", reject);
      request.end(call.body);
    });
  } catch (error) {
    call.signal.throwIfAborted();
    throw explain(error, target);
  } finally {
    tunnel.destroy();
    end.abort();
  }
}

/** Nothing listens at the pod's port, or the network between node and pod is in the way: the user's to mend. */
function explain(error: unknown, target: PodPort): unknown {
  return error instanceof TunnelError
    ? new UserError(
        `The port ${target.port} of the pod ${target.namespace}/${target.pod} cannot be reached: ${error.message}.`,
        "See whether its containers run: `kubectl describe pod`, and the log of the pod.",
        { cause: error },
      )
    : error;
}
