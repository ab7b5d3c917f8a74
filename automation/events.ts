/** What the engine says while it works, turned into what a person wants to read. Pure, apart from the clock that is handed in. */
import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";

const doing: Partial<Record<OpType, string>> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "replacing",
  "delete-replaced": "deleting the old",
  read: "reading",
  refresh: "refreshing",
  import: "importing",
};

const done: Partial<Record<OpType, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  "create-replacement": "replaced",
  "delete-replaced": "deleted the old",
  import: "imported",
};

/** How many resources an operation left as they were, created, updated, replaced and deleted. */
export interface ChangeCount {
  readonly same: number;
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
}

/** What would be, or was, done to one resource. */
export interface PlannedChange {
  readonly operation: "create" | "update" | "replace" | "delete";
  /** Kind and name, for example `Secret belfry-receivers-slack`. */
  readonly resource: string;
  /** Names of the properties that differ, sorted; never their values, which may be secret. */
  readonly properties: readonly string[];
}

/** The engine's single steps of a replacement are left out: it tells the replacement as a whole as well. */
const plannedOperations: Partial<Record<OpType, PlannedChange["operation"]>> = {
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
};

/** Reads one operation's event stream. */
export class OperationProgress {
  readonly #started = new Map<string, { what: string; at: number }>();
  readonly #planned = new Map<string, PlannedChange>();
  readonly #errors: string[] = [];
  #changes: ChangeCount | undefined;

  /** @param now milliseconds, as Date.now gives them */
  constructor(readonly now: () => number) {}

  /** @returns a line to show for this event, or undefined where there is nothing to say */
  take(event: EngineEvent): string | undefined {
    const pre = event.resourcePreEvent?.metadata;
    if (pre !== undefined) {
      this.#plan(pre);
      const verb = doing[pre.op];
      if (verb !== undefined && !isComponent(pre.urn)) {
        this.#started.set(pre.urn, { what: `${verb} ${resourceTitle(pre.urn)}`, at: this.now() });
      }
      return undefined;
    }
    const out = event.resOutputsEvent?.metadata ?? event.resOpFailedEvent?.metadata;
    if (out !== undefined) {
      const started = this.#started.get(out.urn);
      this.#started.delete(out.urn);
      if (event.resOpFailedEvent !== undefined) return `failed: ${resourceTitle(out.urn)}`;
      const verb = done[out.op];
      if (verb === undefined || isComponent(out.urn)) return undefined;
      const seconds = started === undefined ? 0 : Math.round((this.now() - started.at) / 1000);
      return `${verb} ${resourceTitle(out.urn)}${seconds > 0 ? ` in ${seconds} s` : ""}`;
    }
    if (event.diagnosticEvent?.severity === "error") {
      this.#errors.push(withoutColours(event.diagnosticEvent.message).trim());
    }
    if (event.summaryEvent !== undefined) {
      const count = event.summaryEvent.resourceChanges as Partial<Record<OpType, number>>;
      this.#changes = {
        same: count.same ?? 0,
        create: count.create ?? 0,
        update: count.update ?? 0,
        replace: count.replace ?? 0,
        delete: count.delete ?? 0,
      };
    }
    return undefined;
  }

  /** The resources that change, in the order in which the engine came to them; components and providers are left out. */
  planned(): PlannedChange[] {
    return [...this.#planned.values()];
  }

  #plan({ op, urn, diffs = [] }: StepEventMetadata): void {
    const operation = plannedOperations[op];
    if (operation === undefined || isComponent(urn)) return;
    const properties = operation === "update" || operation === "replace" ? [...new Set(diffs)].sort() : [];
    this.#planned.set(urn, { operation, resource: resourceTitle(urn), properties });
  }

  /** What is under way at this moment, longest first. */
  underWay(): string[] {
    return [...this.#started.values()]
      .sort((a, b) => a.at - b.at)
      .map(({ what, at }) => `${what} (${Math.round((this.now() - at) / 1000)} s)`);
  }

  /** The engine's and the providers' error messages, without repetition. */
  errors(): string[] {
    return [...new Set(this.#errors.filter((text) => text !== ""))];
  }

  /** Undefined when the operation ended before the engine counted. */
  changes(): ChangeCount | undefined {
    return this.#changes;
  }
}

/** `urn:pulumi:dev::belfry::belfry:a:B$kubernetes:core/v1:Secret::x-y` becomes `Secret x-y`. */
export function resourceTitle(urn: string): string {
  const [, , types = "", name = urn] = urn.split("::");
  return `${types.split(":").at(-1) ?? types} ${name}`;
}

function isComponent(urn: string): boolean {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return type.startsWith("belfry:") || type.startsWith("pulumi:");
}

function withoutColours(text: string): string {
  // The engine writes colours as <{%reset%}> in events and as escape sequences in messages of providers.
  // eslint's no-control-regex is about accidents; here the control character is what is looked for.
  return text.replaceAll(/<\{%[^%]*%\}>/g, "").replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");
}
