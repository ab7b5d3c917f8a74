/**
 * What the engine, its providers and Helm say when an operation fails, turned into a cause and what mends it. Pure. Their words
 * are kept where nothing better is known.
 */
import { UserError } from "../config/user-error.ts";
import { type ChartPin, charts } from "../config/versions.ts";
import { resourceTitle } from "./events.ts";

/** An operation that failed. */
export interface Failure {
  readonly stack: string;
  /** `open`: the stack was looked up or made, nothing of it was touched. */
  readonly operation: "open" | "preview" | "up" | "destroy" | "refresh";
  /** Message of the error with which the program itself refused its settings or its cluster. */
  readonly refusal?: string | undefined;
  /** The error messages among the engine's events. */
  readonly errors: readonly string[];
  /** What the engine wrote to standard error. */
  readonly output: string;
  readonly cause: unknown;
}

/** The program refused its settings or its cluster before anything was made; shown exactly as it said it. */
export class ProgramRefusal extends UserError {
  /** @param message of a {@link UserError} */
  constructor(message: string, options?: ErrorOptions) {
    const end = message.lastIndexOf("\n  ");
    if (end < 0) super(message, "Nothing was created or changed.", options);
    else super(message.slice(0, end), message.slice(end + 3), options);
  }
}

/** Another operation is at work on the stack; nothing was changed. */
export class StackLocked extends UserError {
  override readonly name = "StackLocked";
}

/** The engine could not begin: the way to the state, to its secrets or to the cluster is not set up; nothing was changed. */
export class ConfigurationFailure extends UserError {
  override readonly name = "ConfigurationFailure";
}

interface Explanation {
  readonly what: string;
  readonly fix: string;
  /** Found before the engine began to work. */
  readonly early?: true;
  /** Not a failure of what was to be done. */
  readonly kind?: "locked" | "configuration";
}

/** Lines that only say that something failed. */
const noise = /^(?:error: )?(?:preview|update|destroy|refresh|up) failed$/i;

const nothing = "Nothing was created or changed.";
const recorded = "What was done so far is in the stack's state: mend the cause, then run the same command again.";

export function explainFailure(failure: Failure): UserError {
  const { stack, operation, refusal, cause } = failure;
  if (refusal !== undefined) return new ProgramRefusal(refusal, { cause });
  const said = messages(failure);
  const explained = said.map((text) => explain(text, stack));
  const changesNothing = operation === "preview" || operation === "open";
  const known = explained.filter((one) => one !== undefined);
  if (known.length === said.length) {
    const after = changesNothing || known.every(({ early }) => early === true) ? nothing : recorded;
    const distinct = [...new Map(known.map((one) => [one.what, one])).values()];
    const { what, fix } = distinct.at(-1) ?? { what: "", fix: "" };
    const others = distinct.slice(0, -1).map((one) => `${one.what}\n  ${one.fix}\n\n`);
    const [kind, ...otherKinds] = new Set(known.map((one) => one.kind));
    const Failed = otherKinds.length > 0 ? UserError : typeOf(kind);
    return new Failed(`${others.join("")}${what}`, `${fix}\n  ${after}`, { cause });
  }
  const details = said.map((text, index) => {
    const one = explained[index];
    return indented(one === undefined ? text : `${one.what}\n  ${one.fix}`);
  });
  const title = operation === "open" ? `Stack ${stack} could not be opened` : `${operation} of stack ${stack} failed`;
  return new UserError(`${title}:\n${details.join("\n\n")}`, changesNothing ? `${nothing} Mend the cause, then run the same command again.` : recorded, {
    cause,
  });
}

function typeOf(kind: Explanation["kind"]): typeof UserError {
  switch (kind) {
    case "locked":
      return StackLocked;
    case "configuration":
      return ConfigurationFailure;
    case undefined:
      return UserError;
  }
}

/** The messages worth showing, each once; never none. */
function messages({ errors, output, cause }: Failure): string[] {
  const all = errors.length > 0 ? errors : [output.trim() === "" ? describe(cause) : output.trim()];
  const telling = all.filter((text) => !noise.test(text.trim()));
  return [...new Set(telling.length > 0 ? telling : all)].map(withoutCredentials);
}

/** The Automation API's own errors hold the whole output; what the engine called an error is enough where there is any. */
function describe(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const lines = text.split("\n").filter((line) => /^\s*error: /.test(line));
  return lines.length > 0 ? [...new Set(lines.map((line) => line.trim()))].join("\n") : text;
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n");
}

/** An address may hold a user and a password. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/(:\/\/)[^\s/"'@]+@/g, "$1");
}

function explain(text: string, stack: string): Explanation | undefined {
  for (const rule of [outsidePlan, passphrase, locked, notLoggedIn, plugin, chart, unknownContext, unreachable]) {
    const found = rule(text, stack);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The engine's own words hold the values that differ, secrets among them: only the names of properties are shown. */
function outsidePlan(text: string, stack: string): Explanation | undefined {
  if (!/violates plan|is not allowed by the plan|^no plan for resource/m.test(text)) return undefined;
  const [, urn] = /(urn:pulumi:\S+?)(?: violates plan|$|\s)/m.exec(text) ?? [];
  const which = urn === undefined ? "" : `: ${resourceTitle(urn)}`;
  const properties = [...text.matchAll(/(?:^|[ ,])[-+~=]{2}(\w+)\[/g)].map(([, name = ""]) => name);
  const details = properties.length === 0 ? "" : ` (${[...new Set(properties)].sort().join(", ")})`;
  return {
    what: `What would be done to stack ${stack} is no longer what its plan says${which}${details}.`,
    fix: `The program, the settings or the cluster changed since the preview. Make and review a new plan: npm run belfry -- preview --stack ${stack} --plan FILE`,
  };
}

function passphrase(text: string, stack: string): Explanation | undefined {
  const variables = "PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself";
  if (text.includes("incorrect passphrase")) {
    return {
      what: `The passphrase is wrong: the secrets of stack ${stack} were encrypted with another one.`,
      fix: `Set ${variables}.`,
      early: true,
      kind: "configuration",
    };
  }
  if (text.includes("passphrase must be set with PULUMI_CONFIG_PASSPHRASE")) {
    return { what: `The passphrase of stack ${stack} is missing: its secrets cannot be read.`, fix: `Set ${variables}.`, early: true, kind: "configuration" };
  }
  const file = /reading passphrase from (\S+): |(?:unable|failed) to read PULUMI_CONFIG_PASSPHRASE_FILE/.exec(text);
  if (file !== null) {
    return { what: "The file that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read.", fix: `Set ${variables}.`, early: true, kind: "configuration" };
  }
  return undefined;
}

function locked(text: string, stack: string): Explanation | undefined {
  const byFile = text.includes("the stack is currently locked by");
  if (!byFile && !text.includes("Another update is currently in progress")) return undefined;
  const [, who, since] = /created by (\S+ \(pid \d+\)) at (\S+)/.exec(text) ?? [];
  const owner = who === undefined ? "" : ` (${who}${since === undefined ? "" : `, since ${since}`})`;
  return {
    what: `Stack ${stack} is locked: another operation is at work on it${owner}.`,
    fix: `Wait until it has ended. If it was killed, release the lock: pulumi cancel --stack ${stack}`,
    early: true,
    kind: "locked",
  };
}

function notLoggedIn(text: string): Explanation | undefined {
  if (!text.includes("PULUMI_ACCESS_TOKEN must be set")) return undefined;
  return {
    what: "Pulumi is not logged in to the backend that keeps the state.",
    fix: "Log in (pulumi login), or name a backend: export PULUMI_BACKEND_URL=file:///path/to/state",
    early: true,
    kind: "configuration",
  };
}

function plugin(text: string): Explanation | undefined {
  const [, name, version] =
    /(?:Could not automatically download and install|no) \w+ plugin 'pulumi-(?:resource-)?([\w-]+)'.*? version v([\w.-]*\w)/s.exec(text) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return {
    what: `Pulumi's provider ${name} ${version} cannot be had: it is not installed, and it could not be downloaded.`,
    fix:
      "Make https://get.pulumi.com reachable (behind a proxy, set HTTPS_PROXY), or install it by hand: " +
      `pulumi plugin install resource ${name} v${version}`,
  };
}

/** Both by the provider's check, which a preview runs too, and by Helm itself. */
function chart(text: string, stack: string): Explanation | undefined {
  const [, reference = ""] = /property chart value \{([^}]*)\} has a problem/.exec(text) ?? [];
  const named = /\bchart "([^"]+)" (?:version|matching)/.exec(text)?.[1] ?? "";
  const pin = Object.values<ChartPin>(charts).find(({ name }) => [reference, named].some((one) => one === name || one.endsWith(`/${name}`)));
  if (pin === undefined) return undefined;
  const repository = repositoryIn(text, reference) ?? pin.repository;
  const mirrored = repository !== pin.repository;
  const setMirror = `pulumi config set belfry:chartMirror URL --stack ${stack}`;
  return {
    what: `The chart ${pin.name} ${pin.version} cannot be had from ${repository}${mirrored ? " (belfry:chartMirror)" : ""}: ${chartReason(text, pin)}.`,
    fix: mirrored
      ? `Make that repository serve this version, or name another one: ${setMirror}`
      : `Make that repository reachable, or name one that has this version: ${setMirror}`,
  };
}

function repositoryIn(text: string, reference: string): string | undefined {
  if (reference.startsWith("oci://")) return reference.slice(0, reference.lastIndexOf("/"));
  return /looks like "([^"]+)" is not a valid chart repository/.exec(text)?.[1] ?? /not found in (\S+) repository/.exec(text)?.[1];
}

function chartReason(text: string, pin: ChartPin): string {
  if (/not found in \S+ repository/.test(text)) return "the repository does not have this version";
  const [, status] = /failed to fetch \S+ : (\d{3} [\w ]+)/.exec(text) ?? [];
  if (status !== undefined) return `the repository answered ${status}`;
  if (text.includes("no such host")) return "the name of its host is not known";
  if (text.includes("connection refused")) return "nothing listens at this address";
  if (/i\/o timeout|deadline exceeded|Client\.Timeout/.test(text)) return "it does not answer";
  if (/x509|certificate/.test(text)) return "its certificate is not trusted";
  const said = /has a problem: (.*?)(?:; check the chart name|$)/s.exec(text)?.[1] ?? text.replace(`chart "${pin.name}" `, "");
  return said.replaceAll(/\s+/g, " ").replace(/\.$/, "");
}

function unknownContext(text: string, stack: string): Explanation | undefined {
  const [, context] = /(?:has no context|context) "([^"]+)" (?:does not exist|with a cluster)/.exec(text) ?? [];
  if (context === undefined) return undefined;
  return {
    kind: "configuration",
    what: `The kubeconfig has no context ${JSON.stringify(context)}, which belfry:cluster of stack ${stack} names.`,
    fix:
      "See which there are (kubectl config get-contexts), then set KUBECONFIG, or name the right one: " +
      `pulumi config set --path belfry:cluster.context NAME --stack ${stack}`,
  };
}

function unreachable(text: string, stack: string): Explanation | undefined {
  const [, address, code] = /API server at (\S+) cannot be reached \(([^)]*)\)/.exec(text) ?? [];
  const real = text.includes("configured Kubernetes cluster is unreachable");
  if (address === undefined && !real) return undefined;
  const [, asked, said] = /Get "(https?:\/\/[^/"]+)[^"]*": ([^\n]*)/.exec(text) ?? [];
  const where = address ?? asked;
  const why = code ?? said;
  return {
    what: `The cluster of stack ${stack} cannot be reached${where === undefined ? "" : ` at ${where}`}${why === undefined ? "" : ` (${why.trim()})`}.`,
    fix:
      "Is it running, is the network or VPN up, and does belfry:cluster name the right context? " +
      "`kubectl config get-contexts` shows all; the embedded cluster is started by npm start.",
  };
}
