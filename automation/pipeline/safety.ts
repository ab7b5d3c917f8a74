/** What is refused before an engine is started, with the command that mends it. Pure. */
import { parse } from "yaml";
import { hasPassphrase } from "../start/own-backend.ts";
import { UsageError } from "../usage-error.ts";
import type { PipelineOperation } from "./operations.ts";

/** One reason for which nothing is done. */
export interface Refusal {
  readonly what: string;
  readonly fix: string;
}

const nothing = "Nothing was created or changed.";

/** @throws UsageError with everything that is wrong, at once */
export function refuse(refusals: readonly Refusal[]): void {
  const [first, ...more] = refusals;
  if (first === undefined) return;
  if (more.length === 0) throw new UsageError(first.what, `${first.fix}\n  ${nothing}`);
  const told = refusals.map(({ what, fix }) => `${what}\n  ${fix}\n`).join("\n");
  throw new UsageError(`${refusals.length} things stand in the way:\n\n${told}`, nothing);
}

/** Where a stack's state is kept. */
export interface Backend {
  /** The address, without user and password. */
  readonly url: string;
  /** Files of this machine, which are gone with a CI runner. */
  readonly isFile: boolean;
  /** Pulumi's own service, or one that speaks like it: it encrypts secrets by itself. */
  readonly isCloud: boolean;
}

export function describeBackend(url: string): Backend {
  return { url: url.replace(/(:\/\/)[^\s/@]+@/, "$1"), isFile: url.startsWith("file://"), isCloud: /^https?:\/\//.test(url) };
}

/** What a stack's file says that matters before its settings are read. */
export interface StackFacts {
  readonly stack: string;
  /** Path for people, `Pulumi.<stack>.yaml`. */
  readonly file: string;
  /** `belfry:protected`. What is not plainly false counts as true; the program tells what is wrong with it. */
  readonly protected: boolean;
  /** Whether its secrets are encrypted by a passphrase, or will be. */
  readonly passphrase: boolean;
}

/**
 * @param text content of the stack's file; undefined when there is none
 * @throws UsageError when it cannot be read
 */
export function stackFacts(o: { readonly stack: string; readonly file: string; readonly text: string | undefined; readonly backend: Backend }): StackFacts {
  const { stack, file, backend } = o;
  if (o.text === undefined) {
    throw new UsageError(`${file} is missing: the stack ${stack} has no settings.`, "Write it (Pulumi.dev.yaml is an example), or name another stack.");
  }
  const content = readMap(o.text, file);
  const config = content["config"];
  const written = isRecord(config) ? config["belfry:protected"] : undefined;
  const provider = content["secretsprovider"];
  const encrypted = content["encryptionsalt"] !== undefined;
  return {
    stack,
    file,
    protected: !(written === undefined || written === null || written === false || written === "false"),
    passphrase: encrypted || (!backend.isCloud && (typeof provider !== "string" || provider === "passphrase")),
  };
}

function readMap(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = parse(text);
    return isRecord(content) ? content : {};
  } catch {
    // The reader's own message quotes the file, which may hold a secret.
    throw new UsageError(`${file} is not valid YAML.`, "Mend it; npm run belfry -- render --stack STACK --out DIRECTORY names the line.");
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface SafetyInput {
  readonly operation: PipelineOperation;
  readonly stacks: readonly StackFacts[];
  readonly backend: Backend;
  readonly environment: NodeJS.ProcessEnv;
  /** Stacks for which a plan was handed in. */
  readonly planned?: readonly string[];
  readonly withoutPlan?: readonly string[];
  readonly confirm?: readonly string[];
  /** Whether the backend is the embedded cluster's: it goes with the cluster whose state it keeps. */
  readonly sandbox: boolean;
}

/** Every reason for which this operation must not be done to these stacks. */
export function refusalsOf(input: SafetyInput): Refusal[] {
  const { stacks, environment } = input;
  return [
    ...oneFileForAll(stacks, environment),
    ...stacks.flatMap((facts) => missingPassphrase(facts, environment)),
    ...stacks.flatMap((facts) => lostState(facts, input)),
    ...(input.operation === "up" ? needsPlan(input) : []),
    ...(input.operation === "destroy" ? needsConfirmation(input) : []),
  ];
}

function oneFileForAll(stacks: readonly StackFacts[], environment: NodeJS.ProcessEnv): Refusal[] {
  if (stacks.length < 2 || environment["PULUMI_OPTION_CONFIG_FILE"] === undefined) return [];
  return [
    {
      what: "PULUMI_OPTION_CONFIG_FILE names one file with settings, and several stacks are named: all would get the same settings.",
      fix: "Name one stack, or run: unset PULUMI_OPTION_CONFIG_FILE",
    },
  ];
}

function missingPassphrase({ stack, passphrase }: StackFacts, environment: NodeJS.ProcessEnv): Refusal[] {
  if (!passphrase || hasPassphrase(environment)) return [];
  return [
    {
      what: `The passphrase of stack ${stack} is missing: its secrets cannot be read.`,
      fix: "Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself.",
    },
  ];
}

/** Whether this runs in a pipeline. */
export function isCi(environment: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(environment["CI"] ?? "");
}

function lostState(facts: StackFacts, { backend, environment, sandbox }: SafetyInput): Refusal[] {
  if (!facts.protected || !backend.isFile || sandbox || !isCi(environment)) return [];
  return [
    {
      what: `The state of the protected stack ${facts.stack} would be kept in ${backend.url}, which is gone when this CI runner ends.`,
      fix:
        "Name a backend that stays: export PULUMI_BACKEND_URL=s3://BUCKET (or gs://, azblob://), or set PULUMI_ACCESS_TOKEN " +
        "for Pulumi Cloud (docs/pipelines.md).",
    },
  ];
}

function needsPlan({ stacks, planned = [], withoutPlan = [] }: SafetyInput): Refusal[] {
  const names = stacks.map(({ stack }) => stack);
  const refusals = strangers("--without-plan", withoutPlan, names);
  for (const facts of stacks) {
    if (!facts.protected || planned.includes(facts.stack) || withoutPlan.includes(facts.stack)) continue;
    refusals.push({
      what: `The stack ${facts.stack} is protected (belfry:protected in ${facts.file}): it is changed by the plan of a reviewed preview only.`,
      fix:
        `Make one and have it reviewed: npm run belfry -- preview --stack ${facts.stack} --plan FILE; then: npm run belfry -- up --stack ${facts.stack} --plan FILE. ` +
        `Without one, say so: --without-plan ${facts.stack}`,
    });
  }
  return refusals;
}

function needsConfirmation({ stacks, confirm = [] }: SafetyInput): Refusal[] {
  const names = stacks.map(({ stack }) => stack);
  return [
    ...strangers("--confirm", confirm, names),
    ...names
      .filter((name) => !confirm.includes(name))
      .map((name) => ({
        what: `Destroying the stack ${name} removes everything that it installed, and its name was not repeated.`,
        fix: `If that is what you want: npm run belfry -- destroy --stack ${names.join(",")} ${names.map((one) => `--confirm ${one}`).join(" ")}`,
      })),
  ];
}

/** A word about a stack that is not selected is a sign of a mistake. */
function strangers(option: string, named: readonly string[], selected: readonly string[]): Refusal[] {
  return named
    .filter((name) => !selected.includes(name))
    .map((name) => ({
      what: `${option} names the stack ${name}, which is not among those that are worked on (${selected.join(", ")}).`,
      fix: `Name it by --stack as well, or leave ${option} ${name} out.`,
    }));
}
