/** Command lines of containers, made fit for processes outside the cluster. Other arguments stay as they are. */

/** Splits `--name=value`; `undefined` for what is no such flag. */
function flag(argument: string): { name: string; value: string } | undefined {
  const [, name, value] = /^--?([^=]+)=?(.*)$/s.exec(argument) ?? [];
  return name === undefined ? undefined : { name, value: value ?? "" };
}

/** @returns the value of the last flag of that name */
export function flagValue(args: readonly string[], name: string): string | undefined {
  return args.map(flag).findLast((found) => found?.name === name)?.value;
}

export interface ArgumentChanges {
  /** Removes a flag by its name. */
  readonly drop: (name: string) => boolean;
  /** Maps values that are paths; `undefined` leaves the value. */
  readonly mapPath: (path: string) => string | undefined;
  readonly add: readonly string[];
}

export function changeArguments(args: readonly string[], { drop, mapPath, add }: ArgumentChanges): string[] {
  const kept = args.flatMap((argument) => {
    const found = flag(argument);
    if (found === undefined) return [argument];
    if (drop(found.name)) return [];
    const path = found.value.startsWith("/") ? mapPath(found.value) : undefined;
    return path === undefined ? [argument] : [`--${found.name}=${path}`];
  });
  return [...kept, ...add];
}

export interface OperatorAccess {
  readonly server: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Arguments of the operator: it reaches the API server from outside, and serves plain HTTP on loopback. */
export function operatorArguments(args: readonly string[], port: number, access: OperatorAccess): string[] {
  const replaced = new Set(["apiserver", "ca-file", "cert-file", "key-file", "tls-insecure", "as"]);
  return changeArguments(args, {
    drop: (name) => name.startsWith("web.") || replaced.has(name),
    mapPath: () => undefined,
    add: [
      `--web.listen-address=127.0.0.1:${port}`,
      `--apiserver=${access.server}`,
      `--ca-file=${access.caFile}`,
      `--cert-file=${access.certificateFile}`,
      `--key-file=${access.keyFile}`,
    ],
  });
}

/** Arguments of Alertmanager: one process plays all members of the cluster, so there is no gossip. */
export function alertmanagerArguments(
  args: readonly string[],
  port: number,
  mapPath: (path: string) => string | undefined,
): string[] {
  return changeArguments(args, {
    drop: (name) => name.startsWith("cluster.") || name === "web.listen-address",
    mapPath,
    add: ["--cluster.listen-address=", `--web.listen-address=127.0.0.1:${port}`],
  });
}

/** Arguments of Prometheus. What a drill has put into it can be deleted afterwards, so its administration is switched on. */
export function prometheusArguments(
  args: readonly string[],
  port: number,
  mapPath: (path: string) => string | undefined,
): string[] {
  return changeArguments(args, {
    drop: (name) => name === "web.listen-address",
    mapPath,
    add: [`--web.listen-address=127.0.0.1:${port}`, "--web.enable-admin-api"],
  });
}
