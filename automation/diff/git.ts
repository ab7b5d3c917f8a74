/**
 * Revisions of the repository, laid out in a directory of their own. Nothing of the user's checkout is touched: the index is a
 * file of its own, and no hook of the repository runs.
 */
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../config/user-error.ts";
import { UsageError } from "../usage-error.ts";

/** How git is asked; all of it ends with the signal. */
export interface GitOptions {
  readonly checkout: string;
  readonly signal: AbortSignal;
}

/** No terminal, no network, no lock and no refresh of the user's index. */
const quiet = { GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1", GIT_OPTIONAL_LOCKS: "0" };

async function git(args: readonly string[], { checkout, signal }: GitOptions, env: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  const options = { cwd: checkout, env: { ...quiet, ...env }, cancelSignal: signal, stdin: "ignore", reject: false } as const;
  const result = await execa("git", ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", ...args], options);
  signal.throwIfAborted();
  if (result.code === "ENOENT") throw new UserError("git is not on PATH.", "Install it, or compare two rendered directories: --from-dir DIR --to-dir DIR");
  return result.exitCode === 0 ? result.stdout : undefined;
}

/** @throws UserError when the checkout is not the top of a repository */
export async function requireRepository(options: GitOptions): Promise<void> {
  const above = await git(["rev-parse", "--show-prefix"], options);
  if (above === "") return;
  throw new UserError(
    `${options.checkout} is not the top of a git repository.`,
    "Compare two rendered directories instead: npm run belfry -- diff --from-dir DIR --to-dir DIR",
  );
}

/** @returns the commit's whole hash. @throws UsageError when there is no such revision */
export async function commitOf(revision: string, options: GitOptions): Promise<string> {
  const found = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`], options);
  if (found !== undefined && /^[0-9a-f]{40,64}$/.test(found)) return found;
  throw new UsageError(
    `There is no revision ${JSON.stringify(revision)} in this repository.`,
    "Name a commit, branch or tag that is here; fetch what is missing: git fetch origin BRANCH",
  );
}

const mainBranches = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/heads/main", "refs/remotes/origin/master", "refs/heads/master"];

/**
 * Where what is checked out left the main branch.
 *
 * @throws UserError when there is no main branch, or no common history
 */
export async function mergeBase(options: GitOptions): Promise<{ readonly commit: string; readonly branch: string }> {
  for (const reference of mainBranches) {
    if ((await git(["rev-parse", "--verify", "--quiet", `${reference}^{commit}`], options)) === undefined) continue;
    const commit = await git(["merge-base", reference, "HEAD"], options);
    const branch = reference.replace(/^refs\/(?:remotes|heads)\//, "");
    if (commit !== undefined) return { commit: commit.split("\n")[0] ?? "", branch };
    throw new UserError(
      `What is checked out has no history in common with ${branch}; the checkout may be a shallow one.`,
      "Fetch the history (git fetch --unshallow), or name the revision to compare with: --from REVISION",
    );
  }
  throw new UserError("This repository has no branch main or master.", "Name the revision to compare with: npm run belfry -- diff --from REVISION");
}

/** The content of a file of a revision; undefined when it has none. */
export function fileAt(commit: string, path: string, options: GitOptions): Promise<string | undefined> {
  return git(["cat-file", "blob", `${commit}:${path}`], options);
}

/** Names at the top of a revision. */
export async function namesAt(commit: string, options: GitOptions): Promise<string[]> {
  const listed = await git(["ls-tree", "-z", "--name-only", commit], options);
  return (listed ?? "").split("\0").filter((name) => name !== "");
}

/**
 * Writes a revision's files into `directory`, which is there and empty.
 *
 * @param scratch a directory for the index
 * @throws UserError when git cannot, for example because objects are missing in a partial clone
 */
export async function layOut(commit: string, directory: string, scratch: string, options: GitOptions): Promise<void> {
  const index = { GIT_INDEX_FILE: join(scratch, `index-${commit}`) };
  const read = await git(["read-tree", commit], options, index);
  const written = read === undefined ? undefined : await git(["checkout-index", "--all", "--quiet", `--prefix=${directory}/`], options, index);
  if (written !== undefined) return;
  throw new UserError(
    `The files of revision ${commit.slice(0, 12)} cannot be had from this repository.`,
    "Is the disk full, or the clone a partial one? Fetch all of it: git fetch --refetch origin",
  );
}
