/** The deployed Alertmanager and the sandbox's sinks, as a drill sees them. */
import { z } from "zod";

import type { MetricFamily } from "../../sandbox/daemon/exporter/metrics.ts";
import { loopback, type SandboxState } from "../../sandbox/layout.ts";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import { pause } from "../../sandbox/wait.ts";
import { type AlertmanagerAccess, directAccess, type PostedAlert, postAlerts, readStatus } from "../verify/alertmanager.ts";
import { findMessage, hasSink } from "../verify/inbox.ts";
import type { Labels } from "../verify/matchers.ts";
import { type DeployedConfig, type Integration, readConfig, routeAlert } from "../verify/tree.ts";
import type { Delivery } from "./scenario.ts";

const texts = z.record(z.string(), z.string());
const alertsSchema = z.array(
  z.object({
    labels: texts,
    annotations: texts,
    startsAt: z.string(),
    status: z.object({ state: z.string(), silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
  }),
);
export type RunningAlert = z.infer<typeof alertsSchema>[number];

/** Where a message about an alert must arrive. */
export interface Destination {
  readonly receiver: string;
  readonly integration: Integration;
}

/** In the titles of the templates in `alerts/templates`. */
const firingMark = "FIRING: ";
const resolvedMark = "RESOLVED: ";

const lookMs = 250;
/** Clean-up goes on after Ctrl-C, but not for ever. */
const cleanUpMs = 4_000;

export class Bell {
  readonly #access: AlertmanagerAccess;
  readonly #inbox: InboxClient;
  readonly #signal: AbortSignal;

  constructor(state: SandboxState, signal: AbortSignal) {
    this.#access = directAccess("Alertmanager", `http://${loopback}:${state.ports.alertmanager}`);
    this.#inbox = new InboxClient(state);
    this.#signal = signal;
  }

  /** The routing tree that runs. @throws UserError, ConfigUnreadable */
  async config(): Promise<DeployedConfig> {
    return readConfig((await readStatus(this.#access, this.#signal)).config);
  }

  async post(alerts: readonly PostedAlert[]): Promise<void> {
    await postAlerts(this.#access, alerts, this.#signal);
  }

  /** Alerts that fire. @param matcher for example `alertname="Watchdog"` */
  async firing(matcher: string, signal = this.#signal): Promise<RunningAlert[]> {
    const path = `/api/v2/alerts?active=true&silenced=true&inhibited=true&filter=${encodeURIComponent(matcher)}`;
    const { body } = await this.#access.request("GET", path, signal);
    return alertsSchema.parse(JSON.parse(body));
  }

  /** Ends the alerts that match; also after an interruption. @returns how many there were */
  async end(matcher: string): Promise<number> {
    const signal = AbortSignal.timeout(cleanUpMs);
    const found = await this.firing(matcher, signal);
    const endsAt = new Date().toISOString();
    const ended = found.map(({ labels, annotations, startsAt }) => ({ labels, annotations, startsAt, endsAt }));
    if (ended.length > 0) await postAlerts(this.#access, ended, signal);
    return ended.length;
  }

  /** Metrics beside the healthy ones, for at most so many seconds. */
  async addMetrics(key: string, family: MetricFamily, seconds: number): Promise<void> {
    await this.#inbox.putChanges({ seconds, changes: [{ key, families: [{ ...family, samples: [...family.samples] }] }] }, this.#signal);
  }

  /** Also after an interruption. */
  async endMetrics(): Promise<void> {
    await this.#inbox.endChanges(AbortSignal.timeout(cleanUpMs));
  }

  /**
   * Waits until every destination has a message that tells that `alert` fires. One that only tells an end is of an earlier run,
   * whose last message may come in the middle of this one.
   *
   * @param since milliseconds since 1970
   */
  async deliveries(wanted: readonly Destination[], alert: string, since: number, seconds: number): Promise<Delivery[]> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const messages = await this.#inbox.messages({}, this.#signal);
      const found = wanted.map(({ receiver, integration }): Delivery => {
        const message = findMessage(messages, integration, { marks: [[alert, firingMark]], since });
        return { receiver, integration: integration.kind, ...(message === undefined ? {} : { message }) };
      });
      if (found.every(({ message }) => message !== undefined) || Date.now() >= deadline) return found;
      await pause(lookMs, this.#signal);
    }
  }

  /** Messages after `since` that tell the end of `alert`. */
  async ends(alert: string, since: number): Promise<ArrivedMessage[]> {
    const messages = await this.#inbox.messages({}, this.#signal);
    return messages.filter((message) => {
      const text = JSON.stringify(message);
      return message.kind !== "heartbeat" && Date.parse(message.receivedAt) >= since && [alert, resolvedMark].every((part) => text.includes(part));
    });
  }
}

/** Where the tree sends an alert, as far as the sandbox has a sink for it. Pure. */
export function destinations(config: DeployedConfig, labels: Labels): Destination[] {
  const names = new Set(routeAlert(config.root, labels)?.routes.map(({ receiver }) => receiver));
  return config.receivers
    .filter(({ name }) => names.has(name))
    .flatMap(({ name, integrations }) =>
      integrations.filter(({ kind }) => hasSink(kind)).map((integration) => ({ receiver: name, integration })),
    );
}
