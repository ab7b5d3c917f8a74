/** Runs Prometheus or Alertmanager as its plan says, and tells it when its files have changed. */
import { rm } from "node:fs/promises";
import type { ManagedChild } from "./child.ts";
import type { PartHealth } from "./health.ts";
import { ask } from "./local-http.ts";
import { syncFiles } from "./mounted-files.ts";
import { type Planned, processIdentity, type WorkloadPlan } from "./workload.ts";

export interface WorkloadRunnerOptions {
  readonly child: ManagedChild;
  /** Directory that plays the pod's root; removed with the pod. */
  readonly root: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Milliseconds, monotonic; for tests. */
  readonly now?: () => number;
}

/** The configuration reloader of the cluster tries a refused configuration again after this time. */
const retryReloadMs = 5_000;

export class WorkloadRunner {
  readonly #options: WorkloadRunnerOptions;
  readonly #now: () => number;
  #identity: string | undefined;
  /** Hash of the files on disk. */
  #written: string | undefined;
  /** Hash of the files that the process has read. */
  #loaded: string | undefined;
  #refused: { hash: string; at: number } | undefined;
  /** The process that has said that it is ready. */
  #ready: number | undefined;
  #directories: readonly string[] = [];

  constructor(options: WorkloadRunnerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Whether the process took the configuration that stands in the cluster; the cluster's reloaders export it. */
  get lastReloadSuccessful(): boolean {
    return this.#refused === undefined;
  }

  /** Directories that the process may be writing to. */
  get directories(): readonly string[] {
    return this.#directories;
  }

  /**
   * @param command path of the program
   * @param planned `undefined`: nothing asks for the process, and all that it read is removed
   */
  async reconcile(command: string, planned: Planned | undefined): Promise<PartHealth> {
    if (planned === undefined) {
      await this.#stop();
      return { state: "waiting", detail: "its pod is not in the cluster, or does not run" };
    }
    // What runs goes on with what it has, as on a real cluster.
    if ("waiting" in planned) return { state: "waiting", detail: planned.waiting };
    if ("broken" in planned) return { state: "failed", detail: planned.broken };
    return this.#run(command, planned.plan);
  }

  async #run(command: string, plan: WorkloadPlan): Promise<PartHealth> {
    const { child, root, environment, logFile } = this.#options;
    const identity = processIdentity(plan);
    if (identity !== this.#identity) {
      await this.#stop();
      this.#identity = identity;
    }
    this.#directories = plan.directories;
    if (this.#written !== plan.contentHash) {
      await syncFiles(root, plan.files, plan.directories);
      this.#written = plan.contentHash;
    }
    const before = child.process;
    if (before === undefined && this.#loaded !== plan.contentHash) child.forgive();
    const trouble = await child.reconcile({ command, args: plan.args, env: { ...environment, ...plan.env }, identity });
    if (trouble !== undefined) {
      this.#loaded = plan.contentHash;
      return trouble;
    }
    if (child.process !== before) {
      this.#loaded = plan.contentHash;
      this.#refused = undefined;
    }
    if (this.#ready !== child.process?.pid) {
      if (!(await this.#answers(plan, "GET", "/-/ready"))) return { state: "starting", detail: `see ${logFile}` };
      this.#ready = child.process?.pid;
    }
    return this.#reload(plan);
  }

  async #reload(plan: WorkloadPlan): Promise<PartHealth> {
    const running: PartHealth = { state: "running", detail: plan.pod };
    if (plan.contentHash === this.#loaded) return running;
    const refused = this.#refused;
    const again = refused?.hash !== plan.contentHash || this.#now() - refused.at >= retryReloadMs;
    if (again && (await this.#answers(plan, "POST", "/-/reload"))) {
      this.#loaded = plan.contentHash;
      this.#refused = undefined;
      return running;
    }
    if (again) this.#refused = { hash: plan.contentHash, at: this.#now() };
    // The program's own words may quote the configuration, and with it a secret: they stay in its log.
    const detail = `it refuses its new configuration and goes on with the one before (see ${this.#options.logFile})`;
    return { state: "failed", detail };
  }

  async #answers(plan: WorkloadPlan, method: "GET" | "POST", path: string): Promise<boolean> {
    const answer = await ask(method, this.#options.port, `${plan.routePrefix}${path}`);
    return answer?.status === 200;
  }

  async #stop(): Promise<void> {
    await this.#options.child.reconcile(undefined);
    await this.#options.child.end();
    await rm(this.#options.root, { recursive: true, force: true });
    this.#identity = undefined;
    this.#written = undefined;
    this.#ready = undefined;
    this.#directories = [];
    this.#loaded = undefined;
    this.#refused = undefined;
  }
}
