/** How the parts of the daemon are. */
import type { Health, PartHealth } from "../sinks/messages.ts";

export type { Health, PartHealth };

/** Parts without which nothing can be deployed; the others wait for objects that a deployment brings. */
export const readyParts = ["cluster", "furniture", "provisioner", "exporter", "sinks", "charts"] as const;

export const partNames = [...readyParts, "operator", "prometheus", "alertmanager", "reports"] as const;
export type PartName = (typeof partNames)[number];

export class HealthBook {
  readonly #changed: (part: PartName, health: PartHealth) => void;
  readonly #parts = new Map<PartName, PartHealth>(partNames.map((name) => [name, { state: "starting" }]));

  /** @param changed told of every change */
  constructor(changed: (part: PartName, health: PartHealth) => void) {
    this.#changed = changed;
  }

  set(part: PartName, health: PartHealth): void {
    const before = this.get(part);
    this.#parts.set(part, health);
    if (before.state !== health.state || before.detail !== health.detail) this.#changed(part, health);
  }

  get(part: PartName): PartHealth {
    return this.#parts.get(part) ?? { state: "starting" };
  }

  report(): Health {
    return {
      ready: readyParts.every((name) => this.get(name).state === "running"),
      parts: Object.fromEntries(this.#parts),
    };
  }
}

/** One line for the health report: what went wrong, at most so long that a summary can show it. */
export function failureDetail(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
