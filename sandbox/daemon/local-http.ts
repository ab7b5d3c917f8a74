/** Requests to the programs that run beside the cluster. */
import { request } from "node:http";
import { loopback } from "../layout.ts";

const timeoutMs = 10_000;

/** @returns `undefined` when nobody answers */
export async function ask(method: "GET" | "POST", port: number, path: string): Promise<{ status: number } | undefined> {
  return new Promise((resolve) => {
    const outgoing = request({ method, host: loopback, port, path, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode ?? 0 }));
      response.on("error", () => resolve(undefined));
    });
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}
