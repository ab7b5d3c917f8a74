/** Loki and Alloy when all is well: what is read on the nodes arrives. */
import { counter, gauge, type MetricFamily, sample } from "./metrics.ts";
import type { Scrape, World } from "./world.ts";

/** Log lines that each node gives in a second. */
const linesPerSecond = 5;
const bytesPerLine = 200;

export function loki(_scrape: Scrape, world: World): MetricFamily[] {
  const lines = Math.round((world.now - world.startedAt) * linesPerSecond * world.cluster.nodes.length);
  const containers = world.cluster.pods.flatMap(({ spec }) => spec.containers).length;
  return [
    gauge("process_start_time_seconds", "When the process started.", sample(world.startedAt)),
    gauge("loki_build_info", "Version.", sample(true, { version: "simulated" })),
    gauge("loki_ingester_memory_streams", "Streams in memory.", sample(containers, { tenant: "fake" })),
    counter("loki_distributor_lines_received_total", "Lines.", sample(lines, { tenant: "fake" })),
    counter("loki_distributor_bytes_received_total", "Bytes.", sample(lines * bytesPerLine, { tenant: "fake" })),
    counter("loki_panic_total", "Panics.", sample(0)),
    counter("loki_ingester_chunks_flush_failures_total", "Chunks that were not written.", sample(0)),
    gauge("loki_compactor_running", "Whether old lines are deleted.", sample(true)),
  ];
}

export function alloy(_scrape: Scrape, world: World): MetricFamily[] {
  const lines = Math.round((world.now - world.startedAt) * linesPerSecond);
  const endpoint = { component_id: "loki.write.loki", host: "loki.logging.svc:3100" };
  return [
    gauge("process_start_time_seconds", "When the process started.", sample(world.startedAt)),
    gauge("alloy_build_info", "Version.", sample(true, { version: "simulated" })),
    gauge("alloy_config_last_load_successful", "Whether the configuration was taken.", sample(true)),
    gauge("alloy_component_controller_running_components", "Components.", sample(5, { health_type: "healthy" })),
    counter("loki_write_sent_entries_total", "Lines that Loki took.", sample(lines, endpoint)),
    counter("loki_write_dropped_entries_total", "Lines given up.", sample(0, { ...endpoint, reason: "ingester_error" })),
  ];
}
