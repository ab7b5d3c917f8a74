/** A stack belongs to one cluster: the stack's file says to which. */
import { readFile, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { UserError } from "../../config/user-error.ts";

export interface Binding {
  readonly context: string;
  readonly kubeSystemUid: string;
}

/** @throws UserError when there is no such file */
export async function readStackFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw new UserError(`${file} is missing: there is no such stack.`, "Name a stack whose file exists: npm start -- --kube-context NAME --stack STACK");
  });
}

/**
 * Records the cluster in the stack's file where none is recorded yet.
 *
 * @throws UserError when the file names another cluster
 */
export async function bindStackToContext(o: Binding & { file: string; write: (text: string) => void }): Promise<void> {
  const text = await readStackFile(o.file);
  const bound = bindCluster(text, o.file, o);
  if (bound === text) return;
  await writeFile(o.file, bound);
  o.write(`Recorded this cluster in ${o.file} (belfry:cluster): the stack belongs to it from now on.\n`);
}

/** Pure. @returns the file's text with `belfry:cluster` in it; comments and order stay */
export function bindCluster(text: string, file: string, binding: Binding): string {
  const document = parseDocument(text);
  const [problem] = document.errors;
  // The reader's own message quotes the file, which may hold a secret.
  if (problem !== undefined) throw new UserError(`${file} is not valid YAML (line ${lineOf(text, problem.pos[0])}).`, "Mend that line, then run the same command again.");
  const path = ["config", "belfry:cluster"];
  const recorded = document.getIn([...path, "kubeSystemUid"]);
  if (typeof recorded === "string" && recorded !== binding.kubeSystemUid) {
    throw new UserError(
      `${file}: this stack belongs to another cluster: kube-system has UID ${recorded} there and ${binding.kubeSystemUid} in the cluster of context ${binding.context}.`,
      "Name the right context, or make a stack of its own for this cluster: pulumi stack init STACK",
    );
  }
  if (recorded === binding.kubeSystemUid && document.getIn([...path, "context"]) === binding.context) return text;
  document.setIn([...path, "context"], binding.context);
  document.setIn([...path, "kubeSystemUid"], binding.kubeSystemUid);
  return document.toString({ lineWidth: 0 });
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
