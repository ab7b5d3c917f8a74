/** What a report shows, whatever it is about. Texts are foreign: the page escapes each of them. */
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";

export type Verdict = "passed" | "failed" | "left out";

export interface ReportMoment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One word: `metric`, `pending`, `firing`, `notified`, ... */
  readonly what: string;
  readonly text: string;
}

export interface ReportSection {
  readonly name: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly alert: string;
  /** From the cause to the first message, or to the counter that proves it. */
  readonly seconds?: number;
  readonly toldTo: string;
  readonly how: string;
  readonly method: string;
  readonly reason?: string;
  /** Name and value of facts that stand below the title. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly timeline: readonly ReportMoment[];
  readonly messages: readonly ArrivedMessage[];
  /** Those that told the end. */
  readonly ended: readonly ArrivedMessage[];
}

export interface Report {
  readonly title: string;
  readonly subtitle: string;
  readonly banner: string;
  readonly verdict: string;
  readonly passed: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly sections: readonly ReportSection[];
}
