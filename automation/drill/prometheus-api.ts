/** Questions to a Prometheus on loopback. */
import { z } from "zod";

import { UserError } from "../../config/user-error.ts";
import { loopback } from "../../sandbox/layout.ts";
import type { Present } from "./scenario.ts";
import type { RangeResult } from "./timeline.ts";
import type { Span } from "./series.ts";

const labelsSchema = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);
const vectorSchema = z.object({ result: z.array(z.object({ metric: labelsSchema, value: point })) });
const matrixSchema = z.object({ result: z.array(z.object({ metric: labelsSchema, values: z.array(point) })) });
const alertsSchema = z.object({
  alerts: z.array(z.object({ labels: labelsSchema, annotations: labelsSchema, state: z.string(), activeAt: z.string() })),
});
const targetsSchema = z.object({
  activeTargets: z.array(z.object({ labels: labelsSchema, scrapePool: z.string(), scrapeInterval: z.string(), health: z.string() })),
});

export type PrometheusAlert = z.infer<typeof alertsSchema>["alerts"][number];
export type PrometheusTarget = z.infer<typeof targetsSchema>["activeTargets"][number];

const requestMs = 20_000;

export interface Samples extends RangeResult {
  readonly values: readonly number[];
}

/** Every method throws a UserError when Prometheus does not answer as it should. */
export class PrometheusApi {
  readonly #base: string;
  readonly #signal: AbortSignal;

  constructor(port: number, signal: AbortSignal) {
    this.#base = `http://${loopback}:${port}`;
    this.#signal = signal;
  }

  async query(expression: string): Promise<Present[]> {
    const { result } = vectorSchema.parse(await this.#ask("/api/v1/query", { query: expression }));
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async range(expression: string, { from, to, step }: Span): Promise<Samples[]> {
    const query = { query: expression, start: String(from), end: String(to), step: String(step) };
    const { result } = matrixSchema.parse(await this.#ask("/api/v1/query_range", query));
    return result.map(({ metric, values }) => ({
      labels: metric,
      times: values.map(([time]) => time),
      values: values.map(([, value]) => Number(value)),
    }));
  }

  async alerts(): Promise<PrometheusAlert[]> {
    return alertsSchema.parse(await this.#ask("/api/v1/alerts", {})).alerts;
  }

  async targets(): Promise<PrometheusTarget[]> {
    return targetsSchema.parse(await this.#ask("/api/v1/targets", { state: "active" })).activeTargets;
  }

  /** Names of all metrics. */
  async names(): Promise<string[]> {
    return z.array(z.string()).parse(await this.#ask("/api/v1/label/__name__/values", {}));
  }

  /** The running configuration. */
  async config(): Promise<string> {
    return z.object({ yaml: z.string() }).parse(await this.#ask("/api/v1/status/config", {})).yaml;
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.#base}/-/ready`, { signal: this.#limit() }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => {
        this.#signal.throwIfAborted();
        return false;
      },
    );
  }

  /** Needs `--web.enable-admin-api`. */
  async deleteSeries(matchers: readonly string[]): Promise<void> {
    await this.#post(`/api/v1/admin/tsdb/delete_series?${matchers.map((one) => `match[]=${encodeURIComponent(one)}`).join("&")}`);
  }

  /** Needs `--web.enable-lifecycle`. */
  async quit(): Promise<void> {
    await this.#post("/-/quit");
  }

  async #post(path: string): Promise<void> {
    const response = await fetch(this.#base + path, { method: "POST", signal: this.#limit() });
    await response.arrayBuffer();
    if (!response.ok) throw this.#failure(path, `status ${response.status}`);
  }

  async #ask(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    let text: string;
    try {
      const body = new URLSearchParams(query);
      const get = path.startsWith("/api/v1/query") ? { method: "POST", body } : {};
      const address = `${this.#base}${path}${"body" in get ? "" : `?${body.toString()}`}`;
      text = await (await fetch(address, { ...get, signal: this.#limit() })).text();
    } catch (error) {
      this.#signal.throwIfAborted();
      throw this.#failure(path, error instanceof Error ? error.message : String(error));
    }
    const { status, data, error } = z
      .object({ status: z.string(), data: z.unknown(), error: z.string().optional() })
      .parse(JSON.parse(text));
    if (status !== "success") throw this.#failure(path, error ?? status);
    return data;
  }

  #limit(): AbortSignal {
    return AbortSignal.any([this.#signal, AbortSignal.timeout(requestMs)]);
  }

  #failure(path: string, what: string): UserError {
    return new UserError(
      `Prometheus on ${this.#base} cannot be asked (${path.split("?", 1)[0] ?? ""}: ${what}).`,
      "See its log in .belfry/sandbox/logs, and start the sandbox again: npm start",
    );
  }
}
