/** Three days of health with everything that happens to a healthy cluster, for all rules of this stack at once. */
import { ruleFiles } from "../../../../components/alerting/groups.ts";
import type { Scenario } from "../scenario.ts";
import { deployedInterval, threeDays, threeDaysWorld } from "../worlds/days.ts";

export const dayScenarios: readonly Scenario[] = [
  {
    name: "everything: three days of health ring nothing but the watchdog",
    rules: ruleFiles,
    minutes: threeDays,
    interval: deployedInterval,
    world: threeDaysWorld,
    rings: [{ alert: "Watchdog", labels: { severity: "none" }, cause: 0, told: 0 }],
  },
];
