/** The way to the sandbox's API server. */
import { readFile } from "node:fs/promises";
import { CoordinationV1Api, CoreV1Api, Health, KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { readIfThere, writePrivateFile } from "./files.ts";
import { clusterCertificates } from "./kwokctl.ts";
import { loopback, type SandboxLayout, sandboxContext } from "./layout.ts";
import { bounded } from "./wait.ts";

/** The API server is on this machine: one that has not answered by then does not answer at all. */
const callTimeoutMs = 10_000;

/**
 * A kubeconfig with one context, its certificates embedded. Pure.
 *
 * @param pem certificates and key in PEM
 */
export function kubeconfigText(port: number, pem: { ca: string; certificate: string; key: string }): string {
  const data = (text: string) => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: sandboxContext,
        cluster: { server: `https://${loopback}:${port}`, "certificate-authority-data": data(pem.ca) },
      },
    ],
    users: [
      {
        name: sandboxContext,
        user: { "client-certificate-data": data(pem.certificate), "client-key-data": data(pem.key) },
      },
    ],
    contexts: [{ name: sandboxContext, context: { cluster: sandboxContext, user: sandboxContext } }],
    "current-context": sandboxContext,
  });
}

/** Writes `layout.kubeconfig` (0600) from the cluster's certificates, unless it says the same already. */
export async function writeKubeconfig(layout: SandboxLayout, port: number): Promise<void> {
  const paths = clusterCertificates(layout);
  const [ca, certificate, key] = await Promise.all(
    [paths.ca, paths.certificate, paths.key].map((path) => readFile(path, "utf8")),
  );
  if (ca === undefined || certificate === undefined || key === undefined) throw new Error("a certificate is missing");
  const text = kubeconfigText(port, { ca, certificate, key });
  if ((await readIfThere(layout.kubeconfig)) !== text) await writePrivateFile(layout.kubeconfig, text);
}

/** @param kubeconfig path of a kubeconfig file */
export function sandboxKube(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

/** True when the API server answers that it is ready; false also when it cannot be reached. */
export async function isReady(config: KubeConfig, signal: AbortSignal): Promise<boolean> {
  try {
    return await bounded(new Health(config).readyz({}), signal, callTimeoutMs);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** @returns `undefined` while the namespace is not there: the API server makes it a moment after it is ready */
export async function kubeSystemUid(config: KubeConfig, signal: AbortSignal): Promise<string | undefined> {
  const api = config.makeApiClient(CoreV1Api);
  const namespace = await orUndefinedIf(404, bounded(api.readNamespace({ name: "kube-system" }), signal, callTimeoutMs));
  return namespace?.metadata?.uid;
}

/**
 * Removes leases of programs that do not run any more. Without it their successors wait until the leases expire, and kwok
 * leaves the pods of its nodes alone for minutes.
 *
 * @param name all leases of the namespace when absent
 */
export async function removeLeases(
  config: KubeConfig,
  { namespace, name }: { namespace: string; name?: string },
  signal: AbortSignal,
): Promise<void> {
  const api = config.makeApiClient(CoordinationV1Api);
  const call: Promise<unknown> =
    name === undefined
      ? api.deleteCollectionNamespacedLease({ namespace })
      : api.deleteNamespacedLease({ namespace, name });
  await orUndefinedIf(404, bounded(call, signal, callTimeoutMs));
}

/** @returns `undefined` when the API server answers with this status code */
export async function orUndefinedIf<T>(status: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === status) return undefined;
    throw error;
  }
}
