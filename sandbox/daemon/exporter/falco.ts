/** Falco and falcosidekick when all is well: nothing is lost, and no event of theirs wakes anybody. */
import { counter, gauge, type MetricFamily, sample } from "./metrics.ts";
import type { Scrape, World } from "./world.ts";

/** Events of the kernel that Falco sees on each node in a second. */
const eventsPerSecond = 2_000;

export function falco(_scrape: Scrape, world: World): MetricFamily[] {
  const seconds = world.now - world.startedAt;
  const rule = { rule_name: "Terminal shell in container", priority: "5", source: "syscall", tag_container: "true" };
  return [
    gauge("falcosecurity_falco_duration_seconds_total", "How long Falco runs.", sample(Math.round(seconds))),
    gauge("falcosecurity_falco_memory_rss_bytes", "Memory.", sample(220 * 2 ** 20)),
    counter("falcosecurity_scap_n_evts_total", "Events.", sample(Math.round(seconds * eventsPerSecond))),
    counter("falcosecurity_scap_n_drops_total", "Events that the kernel threw away.", sample(0)),
    counter("falcosecurity_falco_outputs_queue_num_drops_total", "Matches thrown away.", sample(0)),
    // Falco counts a rule from its first match on; somebody looked into a pod once.
    counter("falcosecurity_falco_rules_matches_total", "Matches of rules.", sample(1, rule)),
  ];
}

export function falcosidekick(_scrape: Scrape, world: World): MetricFamily[] {
  return [
    gauge("process_start_time_seconds", "When the process started.", sample(world.startedAt)),
    gauge("go_memstats_heap_inuse_bytes", "Memory.", sample(12 * 2 ** 20)),
    counter(
      "falcosecurity_falcosidekick_inputs_total",
      "What Falco sent.",
      sample(1, { source: "requests", status: "accepted" }),
    ),
  ];
}
