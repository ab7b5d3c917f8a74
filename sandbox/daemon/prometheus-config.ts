/**
 * The configuration that the operator generated for Prometheus, made fit for a Prometheus that runs outside the
 * cluster. Four things change: paths of files, the credentials for discovery, the proxy that every scrape and every
 * alert takes, and whose certificate is good where a public authority would have to sign it. Targets, discovery, relabelling and labels stay what they are.
 */
import { type Document, isMap, isSeq, YAMLMap, YAMLSeq } from "yaml";
import { mapFilePaths, parseConfiguration, type PathMap, printConfiguration } from "./yaml-paths.ts";

export interface PrometheusSandbox {
  readonly mapPath: PathMap;
  /** Kubeconfig for service discovery. */
  readonly kubeconfig: string;
  readonly proxyPort: number;
}

/** What a proxy is told about who asks: a scrape job, or `alerting/N` for the N-th group of Alertmanagers. */
export function proxyUrl(port: number, client: string): string {
  return `http://${encodeURIComponent(client)}@127.0.0.1:${port}`;
}

/** The client that asks in order to send alerts. */
export const alertingClient = "alerting";

/** @param text `prometheus.yaml`, environment variables already replaced. @throws Error when it is no YAML mapping */
export function sandboxPrometheusConfig(text: string, sandbox: PrometheusSandbox): string {
  const document = parseConfiguration(text);
  mapFilePaths(document, ["rule_files", "scrape_config_files", "files"], sandbox.mapPath);

  for (const job of maps(document, ["scrape_configs"])) {
    const name = job.get("job_name");
    throughProxy(document, job, sandbox, typeof name === "string" ? name : "");
    trustThePlayer(document, job);
  }
  maps(document, ["alerting", "alertmanagers"]).forEach((group, index) => {
    throughProxy(document, group, sandbox, `${alertingClient}/${index}`);
  });
  return printConfiguration(document);
}

function throughProxy(document: Document, client: YAMLMap, sandbox: PrometheusSandbox, name: string): void {
  // Only one way to a proxy may be named.
  for (const other of ["no_proxy", "proxy_from_environment", "proxy_connect_header"]) client.delete(other);
  client.set("proxy_url", document.createNode(proxyUrl(sandbox.proxyPort, name)));

  const discoveries = client.get("kubernetes_sd_configs");
  if (!isSeq(discoveries)) return;
  for (const discovery of discoveries.items) {
    if (!isMap(discovery)) continue;
    // Outside the cluster there is no service account to fall back to, and a kubeconfig allows no second source.
    for (const other of ["api_server", "bearer_token_file", "authorization", "basic_auth", "oauth2", "tls_config"]) {
      discovery.delete(other);
    }
    discovery.set("kubeconfig_file", document.createNode(sandbox.kubeconfig));
  }
}

/** Nobody here has the key of a certificate that a public authority signed for the target's own name. */
function trustThePlayer(document: Document, job: YAMLMap): void {
  if (job.get("scheme") === "https" && !job.hasIn(["tls_config", "ca_file"]) && !job.hasIn(["tls_config", "ca"])) {
    const tls = job.get("tls_config");
    if (isMap(tls)) tls.set("insecure_skip_verify", true);
    else job.set("tls_config", document.createNode({ insecure_skip_verify: true }));
  }
}

function maps(document: Document, path: readonly string[]): YAMLMap[] {
  const list = document.getIn(path);
  return list instanceof YAMLSeq ? list.items.filter((item): item is YAMLMap => item instanceof YAMLMap) : [];
}
