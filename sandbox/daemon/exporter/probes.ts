/** Healthy probes: what the blackbox exporter would say of each target, which nobody really asks. */
import { counter, gauge, type MetricFamily, sample } from "./metrics.ts";
import type { Scrape, World } from "./world.ts";

const day = 86_400;

/** The target that a request to the exporter names; undefined for every other request. */
export function probeTarget({ path }: Pick<Scrape, "path">): string | undefined {
  const [place, query] = path.split("?");
  return place === "/probe" && query !== undefined ? (new URLSearchParams(query).get("target") ?? undefined) : undefined;
}

export function probe(scrape: Scrape, world: World): MetricFamily[] {
  const module = new URLSearchParams(scrape.path.split("?")[1]).get("module") ?? "";
  const target = probeTarget(scrape) ?? "";
  const secure = target.startsWith("https://") || module.startsWith("tcp_tls");
  return [
    gauge("probe_success", "Whether the probe succeeded.", sample(true)),
    gauge("probe_duration_seconds", "How long the probe took.", sample(0.2)),
    gauge("probe_dns_lookup_time_seconds", "How long the name took.", sample(0.01)),
    gauge("probe_ip_protocol", "4 or 6.", sample(4)),
    ...(module.startsWith("http") ? http(module, secure) : []),
    ...(secure ? [certificate(world)] : []),
  ];
}

/** Renewed every 60 days, 30 days before it expires. */
function certificate({ now, startedAt }: World): MetricFamily {
  const expires = startedAt + (Math.floor((now - startedAt) / (60 * day)) + 1) * 60 * day + 30 * day;
  return gauge("probe_ssl_earliest_cert_expiry", "When the first certificate expires.", sample(expires));
}

function http(module: string, secure: boolean): MetricFamily[] {
  const status = Number(/^http_(\d{3})/.exec(module)?.[1] ?? 200);
  const phases = ["connect", "processing", "resolve", "tls", "transfer"];
  return [
    gauge("probe_http_status_code", "The answer's status.", sample(status)),
    gauge("probe_http_version", "The answer's version.", sample(1.1)),
    gauge("probe_http_ssl", "Whether it was encrypted.", sample(secure)),
    gauge("probe_http_redirects", "Redirects that were followed.", sample(0)),
    gauge("probe_http_content_length", "The answer's length.", sample(512)),
    gauge("probe_http_duration_seconds", "How long each part took.", ...phases.map((phase) => sample(0.04, { phase }))),
    gauge("probe_failed_due_to_regex", "Whether its text was refused.", sample(false)),
  ];
}

/** The exporter's metrics of itself. */
export function blackboxExporter(world: World): MetricFamily[] {
  return [
    gauge("process_start_time_seconds", "When the process started.", sample(world.startedAt)),
    gauge("blackbox_exporter_config_last_reload_successful", "Whether the last configuration was taken.", sample(true)),
    gauge("blackbox_exporter_build_info", "Version.", sample(true, { version: "simulated" })),
    counter("blackbox_module_unknown_total", "Requests for modules that there are not.", sample(0)),
  ];
}
