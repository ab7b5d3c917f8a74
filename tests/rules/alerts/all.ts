/** Every scenario of this stack's own alerts. */
import type { Scenario } from "./scenario.ts";
import { budgetScenarios } from "./scenarios/budgets.ts";
import { certificateScenarios } from "./scenarios/certificates.ts";
import { dayScenarios } from "./scenarios/days.ts";
import { falcoScenarios } from "./scenarios/falco.ts";
import { falcoEventScenarios } from "./scenarios/falco-events.ts";
import { falcosidekickScenarios } from "./scenarios/falcosidekick.ts";
import { notificationScenarios, targetScenarios } from "./scenarios/monitoring.ts";
import { probeScenarios } from "./scenarios/probes.ts";
import { trivyScenarios } from "./scenarios/trivy.ts";
import { vulnerabilityScenarios } from "./scenarios/vulnerabilities.ts";

/** What happens to one area after the other, some hours each. */
export const areaScenarios: readonly Scenario[] = [
  ...trivyScenarios,
  ...vulnerabilityScenarios,
  ...falcoScenarios,
  ...falcoEventScenarios,
  ...falcosidekickScenarios,
  ...probeScenarios,
  ...certificateScenarios,
  ...notificationScenarios,
  ...targetScenarios,
  ...budgetScenarios,
];

export const scenarios: readonly Scenario[] = [...areaScenarios, ...dayScenarios];
