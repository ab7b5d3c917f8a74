/** One alert of a stack, as `belfry alerts` lists it. */

export interface AlertEntry {
  readonly alert: string;
  /** `critical`, `warning`, `info`, `none`; what the rule says. */
  readonly severity: string;
  /**
   * - `own`: a rule of this project
   * - `shipped`: of kube-prometheus-stack, as it comes
   * - `edited`: of kube-prometheus-stack, with another severity or time
   * - `removed`: of kube-prometheus-stack, and not in this stack
   */
  readonly origin: "own" | "shipped" | "edited" | "removed";
  /** Why it is removed, or what was edited. */
  readonly because?: string;
  /** The rule file or rule group that it stands in. */
  readonly group: string;
  /** How long its condition lasts before it fires, as the rule says it. */
  readonly for?: string;
  /** Receivers that get it, in the tree's order; those of teams name their namespace. */
  readonly toldTo: readonly string[];
  readonly runbook?: string;
  /** Tests of an own rule; the shipped ones are tested by their makers. */
  readonly tests?: { readonly rings: number; readonly silent: number };
}
