/** What a verification found. */
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import type { PostedAlert } from "./alertmanager.ts";

/**
 * - `passed`: Alertmanager counted the message as sent and, where the sink can be read, it is there.
 * - `failed`: it did not arrive.
 * - `unproved`: it may have arrived, but nothing shows it beyond doubt.
 * - `not checked`: this verification does not look at it; it does not count against the result.
 */
export type Outcome = "passed" | "failed" | "unproved" | "not checked";

export interface IntegrationResult {
  /** `slack`, `email`, `webhook`, … */
  readonly integration: string;
  readonly outcome: Outcome;
  readonly expected: string;
  readonly happened: string;
  /** The command or place that shows more, or mends it. */
  readonly lookAt?: string;
  /** From the post of the test alert to the rise of the counter. */
  readonly seconds?: number;
}

export interface ReceiverResult {
  readonly receiver: string;
  readonly integrations: readonly IntegrationResult[];
  /** The test alert that was posted; absent where a live alert proves the receiver, or nothing could be sent. */
  readonly alert?: PostedAlert;
  /** The message as the sandbox's sink holds it. */
  readonly message?: ArrivedMessage;
}

export interface VerifyResult {
  /** True when nothing failed and nothing is unproved. */
  readonly passed: boolean;
  /** Value of the label `belfry_verify` on the test alerts. */
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** In the order of Alertmanager's configuration; Grafana, where there is one, last. */
  readonly receivers: readonly ReceiverResult[];
}
