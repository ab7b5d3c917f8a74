/** What a provider does, apart from how the engine asks for it. */
import type { Change } from "./diff.ts";
import type { WireObject } from "./wire.ts";

export interface CheckRequest {
  readonly urn: string;
  /** Inputs of the last operation, empty for a new resource. */
  readonly olds: WireObject;
  readonly news: WireObject;
  /** For names that are the same in a preview and in what follows it; may be empty. */
  readonly randomSeed: Uint8Array;
}

export interface CheckResult {
  readonly inputs: WireObject;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffRequest {
  readonly urn: string;
  readonly id: string;
  readonly oldInputs: WireObject;
  readonly news: WireObject;
}

export interface DiffResult {
  readonly changes: readonly (Change & { readonly replaces: boolean })[];
  /** Whether the old one must go before the new one comes. */
  readonly deleteBeforeReplace: boolean;
}

export interface WriteRequest {
  readonly urn: string;
  readonly news: WireObject;
  /** Nothing may be written. */
  readonly preview: boolean;
  /** 0: the provider's own choice. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface UpdateRequest extends WriteRequest {
  readonly id: string;
  readonly olds: WireObject;
}

export interface ResourceState {
  readonly id: string;
  readonly state: WireObject;
}

export interface ReadRequest extends ResourceState {
  readonly urn: string;
  readonly inputs: WireObject;
  readonly signal: AbortSignal;
}

export interface DeleteRequest extends ResourceState {
  readonly urn: string;
  readonly oldInputs: WireObject;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** The resources of one kind, or of one package. */
export interface Resources {
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: WriteRequest): Promise<ResourceState>;
  update(request: UpdateRequest): Promise<WireObject>;
  /** @returns undefined when it is gone */
  read(request: ReadRequest): Promise<(ResourceState & { readonly inputs: WireObject }) | undefined>;
  delete(request: DeleteRequest): Promise<void>;
}

export interface Provider extends Resources {
  readonly version: string;
  configure(config: WireObject): Promise<void>;
  /**
   * A function of the provider, for example `kubernetes:helm:template`.
   *
   * @throws Error for one that it does not have
   */
  invoke?(token: string, args: WireObject): Promise<WireObject>;
}

/** A resource is there, but not as it should be: the engine records its state, and its next operation is an update. */
export class InitFailed extends Error {
  override readonly name = "InitFailed";

  constructor(
    message: string,
    readonly resource: ResourceState,
  ) {
    super(message);
  }
}
