/** Reading a kubeconfig: only what the sandbox's own has, an address and certificates. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../../../config/user-error.ts";
import { isObject, textAt, type Wire, type WireObject } from "./wire.ts";

/** One context of a kubeconfig. */
export interface ClusterAccess {
  readonly context: string;
  readonly server: URL;
  /** Namespace of the context; `default` unless set. */
  readonly namespace: string;
  /** PEM. */
  readonly authority?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * @param source path or content
 * @param context name of the context; the current one by default
 * @throws UserError when it cannot be read or lacks the context
 */
export async function readKubeconfig(source: string, context?: string): Promise<ClusterAccess> {
  const isContent = source.includes("\n") || source.trimStart().startsWith("{");
  const text = isContent ? source : await readFile(source, "utf8").catch(() => undefined);
  const name = isContent ? "the given kubeconfig" : source;
  const config = text === undefined ? undefined : parsed(text);
  if (!isObject(config)) throw new UserError(`${name} is not a kubeconfig.`, sandboxHint);
  const wanted = context ?? textAt(config, "current-context") ?? "";
  const chosen = named(config, "contexts", "context", wanted);
  const cluster = named(config, "clusters", "cluster", textAt(chosen, "cluster") ?? "");
  const user = named(config, "users", "user", textAt(chosen, "user") ?? "");
  const server = textAt(cluster, "server");
  if (server === undefined || !URL.canParse(server)) {
    throw new UserError(`${name} has no context "${wanted}" with a cluster and its address.`, sandboxHint);
  }
  if (textAt(cluster, "proxy-url") !== undefined) {
    throw new UserError(`The context "${wanted}" of ${name} leads through a proxy.`, sandboxHint);
  }
  const pem = async (of: WireObject | undefined, key: string) => {
    const data = textAt(of, `${key}-data`);
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    const file = textAt(of, key);
    if (file === undefined) return undefined;
    return readFile(isAbsolute(file) || isContent ? file : resolve(dirname(source), file), "utf8");
  };
  const [authority, certificate, key] = await Promise.all([
    pem(cluster, "certificate-authority"),
    pem(user, "client-certificate"),
    pem(user, "client-key"),
  ]);
  return {
    context: wanted,
    server: new URL(server),
    namespace: textAt(chosen, "namespace") ?? "default",
    ...(authority === undefined ? {} : { authority }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A kubeconfig with this one context: for a program that must reach the server which was checked, and no other. */
export function kubeconfigFor(access: ClusterAccess): string {
  const data = (key: string, pem: string | undefined) =>
    pem === undefined ? {} : { [`${key}-data`]: Buffer.from(pem).toString("base64") };
  const { context, namespace } = access;
  const cluster = { server: access.server.href, ...data("certificate-authority", access.authority) };
  const user = { ...data("client-certificate", access.certificate), ...data("client-key", access.key) };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: context, cluster }],
    users: [{ name: context, user }],
    contexts: [{ name: context, context: { cluster: context, user: context, namespace } }],
    "current-context": context,
  });
}

const sandboxHint = "The stand-in providers work with the sandbox's kubeconfig only: `npm run belfry -- env` names it.";

function parsed(text: string): Wire {
  try {
    return parse(text) as Wire;
  } catch {
    return null;
  }
}

function named(config: WireObject, list: string, entry: string, name: string): WireObject | undefined {
  const entries = config[list];
  const found = Array.isArray(entries) ? entries.find((one) => textAt(one, "name") === name) : undefined;
  const value = isObject(found) ? found[entry] : undefined;
  return isObject(value) ? value : undefined;
}
