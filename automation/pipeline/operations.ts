/** What can be done to stacks, and what an operation is told. */

export const operations = ["preview", "up", "refresh", "destroy", "verify", "status", "init"] as const;
export type PipelineOperation = (typeof operations)[number];

/** Operations after which the stack or its cluster may be another one. */
export const changing: ReadonlySet<PipelineOperation> = new Set(["up", "refresh", "destroy", "init"]);

/** What all operations take. */
export interface PipelineOptions {
  /** Names of stacks, or all that exist in the backend. */
  readonly stacks: readonly string[] | "all";
  /**
   * The order of the environments; stacks that it does not name come after them, by name.
   * @default dev, staging, prod
   */
  readonly order?: readonly string[];
  /**
   * How many stacks are worked on at once.
   * @default 4 for `preview` and `status`, 1 for everything else
   */
  readonly parallel?: number;
  /**
   * Whether stacks are begun after another one failed.
   * @default false
   */
  readonly keepGoing?: boolean;
  /**
   * Seconds that one stack may take; then the engine is told to end, as by Ctrl-C, and the stack is `timed out`.
   * @default no limit
   */
  readonly timeoutSeconds?: number;
  /**
   * Directory with Pulumi.yaml and the stack files.
   * @default the checkout that this module belongs to
   */
  readonly checkout?: string;
  /** Aborting it ends every engine once, and cleanly: its state is saved. */
  readonly signal?: AbortSignal;
  /** Told of everything as it happens. */
  readonly onEvent?: (event: PipelineEvent) => void;
}

export interface PreviewOptions extends PipelineOptions {
  /**
   * Whether pending changes are the result `changes pending` instead of `done`.
   * @default false
   */
  readonly expectNoChanges?: boolean;
  /** Where the plan is written (mode 0600), for `up`; for one stack only. */
  readonly planFile?: string;
  /**
   * Hours for which the plan can be used.
   * @default 24
   */
  readonly planHours?: number;
}

export interface UpOptions extends PipelineOptions {
  /** Plans that previews wrote: each for one of the stacks. */
  readonly planFiles?: readonly string[];
  /** Protected stacks that may be changed without a plan. */
  readonly withoutPlan?: readonly string[];
}

export interface DestroyOptions extends PipelineOptions {
  /** The name of every stack, once more. */
  readonly confirm: readonly string[];
}

export interface InitOptions extends Omit<PipelineOptions, "stacks"> {
  /** Stacks that do not exist yet and have a file. */
  readonly stacks: readonly string[];
  /**
   * Who encrypts their secrets, as `pulumi stack init --secrets-provider` takes it: `passphrase`, `awskms://...`,
   * `gcpkms://...`, `azurekeyvault://...`.
   * @default the backend's own
   */
  readonly secretsProvider?: string;
}

/** What happens while stacks are worked on. `seconds` count from the start of the stack's operation, `at` is ISO 8601. */
export type PipelineEvent =
  | { readonly type: "note"; readonly at: string; readonly text: string }
  | { readonly type: "started"; readonly at: string; readonly stack: string; readonly operation: PipelineOperation }
  /** Something is done, for example `created Secret belfry-receivers-slack`. */
  | { readonly type: "step"; readonly at: string; readonly stack: string; readonly seconds: number; readonly text: string }
  /** What is under way, longest first, for example `creating Release belfry-stack-release (35 s)`; every ten seconds at most. */
  | { readonly type: "waiting"; readonly at: string; readonly stack: string; readonly seconds: number; readonly resources: readonly string[] }
  | { readonly type: "finished"; readonly at: string; readonly stack: string; readonly seconds: number; readonly result: string };
