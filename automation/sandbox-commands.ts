/** The commands about the embedded cluster: `npm run sandbox:stop`, `sandbox:delete`, `belfry env`, `belfry password`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { falcoNames, grafanaAdminSecret, namespaceNames } from "../components/shared/names.ts";
import { UserError } from "../config/user-error.ts";
import { orUndefinedIf, sandboxKube } from "../sandbox/kube.ts";
import { loopback, sandboxLayout, sandboxStack } from "../sandbox/layout.ts";
import { ProcessTable } from "../sandbox/processes.ts";
import { deleteSandbox, readState, stopSandbox } from "../sandbox/sandbox.ts";
import type { Sources } from "../sandbox/sources.ts";
import { sandboxEnvironment } from "./start/sandbox-stack.ts";

type Say = (line: string) => void;

export async function stop(checkout: string, say: Say): Promise<void> {
  await stopSandbox({ checkout, report: say });
}

export async function remove(checkout: string, say: Say): Promise<void> {
  await deleteSandbox({ checkout, report: say });
}

export async function status(checkout: string, say: Say): Promise<void> {
  const state = await readState(checkout);
  if (state === undefined) {
    say("There is no sandbox. Make one: npm start");
    return;
  }
  const table = new ProcessTable(sandboxLayout(checkout).processesFile);
  for (const record of await table.list()) {
    say(`${(await table.isAlive(record)) ? "runs " : "ended"}  ${record.name} (process ${record.pid})`);
  }
  say(`What arrived: http://${loopback}:${state.ports.inbox}/?token=${state.inboxToken}`);
}

/** Lines for a shell's `eval`: with them plain `pulumi` works on the sandbox's stack. */
export async function environmentLines(checkout: string): Promise<string> {
  const layout = sandboxLayout(checkout);
  const recorded = await readFile(join(layout.root, "sources.json"), "utf8").catch(() => undefined);
  if (recorded === undefined || (await readState(checkout)) === undefined) throw notThere();
  const variables = sandboxEnvironment(layout, JSON.parse(recorded) as Sources, sandboxStack, process.env["PATH"] ?? "");
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join("\n");
}

/** Where each generated password is, and how it is read from what is there. */
const passwords = {
  grafana: {
    namespace: "monitoring",
    name: grafanaAdminSecret.name,
    key: grafanaAdminSecret.passwordKey,
    read: (text: string) => text,
  },
  "falco-ui": {
    namespace: namespaceNames.falco,
    name: falcoNames.uiSecret,
    key: falcoNames.uiUserKey,
    // The name to log in with stands before it, with a colon.
    read: (text: string) => text.slice(text.indexOf(":") + 1),
  },
} as const;

/**
 * @param of whose password: a key of {@link passwords}
 * @throws UserError when nobody of that name has one, or this stack lacks what it is for
 */
export async function password(checkout: string, of: string): Promise<string> {
  if (!Object.hasOwn(passwords, of)) {
    const known = Object.keys(passwords).map((name) => `npm run belfry -- password ${name}`);
    throw new UserError(`there is no password of ${of}.`, `Ask for one that exists: ${known.join(", or ")}`);
  }
  const { namespace, name, key, read } = passwords[of as keyof typeof passwords];
  if ((await readState(checkout)) === undefined) throw notThere();
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const kube = sandboxKube(sandboxLayout(checkout).kubeconfig).makeApiClient(CoreV1Api);
  const secret = await orUndefinedIf(404, kube.readNamespacedSecret({ namespace, name }));
  if (secret === undefined) {
    throw new UserError(`this stack has no ${of}.`, "Switch it on in the settings and run again: npm start");
  }
  return read(Buffer.from(secret.data?.[key] ?? "", "base64").toString());
}

function notThere(): UserError {
  return new UserError("there is no sandbox in this checkout.", "Make one: npm start");
}
