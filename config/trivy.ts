/** What the settings of a stack amount to for Trivy Operator. Pure. */
import { trivyDefaults } from "./defaults.ts";
import { parseDuration } from "./formats.ts";
import type { ParsedSettings } from "./schema.ts";
import type { TrivySettings } from "./settings-trivy.ts";

/** The member `trivy` of the settings; nothing where it is not installed. */
export function trivySettings(parsed: Pick<ParsedSettings, "trivy" | "profile">): { trivy?: TrivySettings } {
  if (parsed.trivy === undefined) {
    return {};
  }
  const { enabled, server, reportLifetime, ...rest } = parsed.trivy;
  if (!enabled) {
    return {};
  }
  return {
    trivy: {
      ...rest,
      server: server ?? trivyDefaults[parsed.profile].server,
      reportLifetimeSeconds: parseDuration(reportLifetime) ?? 0,
    },
  };
}
