/** The commit that a plan is bound to. */
import { UsageError } from "../usage-error.ts";

/** What the program is made of: a change in it, also in a new file, makes another program. */
const programFiles = ["index.ts", "Pulumi.yaml", "package.json", "package-lock.json", "alerts", "automation", "components", "config", "sandbox"];

/**
 * @returns the full hash of the commit that is checked out
 * @throws UsageError outside a git checkout, and when the program has changes that are in no commit
 */
export async function cleanCommit(checkout: string, signal: AbortSignal): Promise<string> {
  const { execa } = await import("execa");
  const git = async (...args: string[]) => execa("git", args, { cwd: checkout, reject: false, cancelSignal: signal });
  const head = await git("rev-parse", "--verify", "HEAD");
  if (head.exitCode !== 0) {
    throw new UsageError(`A plan is bound to a commit, and git cannot tell which one ${checkout} is at.`, "Make and use plans in a git checkout.");
  }
  const status = await git("status", "--porcelain", "--untracked-files=normal", "--", ...programFiles);
  const changed = status.stdout.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
  if (status.exitCode !== 0 || changed.length > 0) {
    const shown = changed.slice(0, 5).join(", ") + (changed.length > 5 ? ` and ${changed.length - 5} more` : "");
    throw new UsageError(
      `A plan is bound to a commit, and the program has changes that are in none: ${shown}.`,
      "Commit them, or take them back (git stash).",
    );
  }
  return head.stdout.trim();
}
