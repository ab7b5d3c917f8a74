/** Healthy machines: what node-exporter and the kubelet say of each node. */
import { programs } from "../../../config/versions.ts";
import type { Node, Pod } from "../objects.ts";
import { counter, gauge, type MetricFamily, sample } from "./metrics.ts";
import { quantity } from "./quantity.ts";
import { nodeAt, type Scrape, type World } from "./world.ts";

const gib = 2 ** 30;
/** Of each CPU's time. */
const busyShare = 0.05;

export function nodeExporter(scrape: Scrape, world: World): MetricFamily[] {
  const node = nodeAt(world, scrape.host);
  const name = node?.metadata.name ?? scrape.host;
  const uptime = world.now - world.startedAt;
  const cpus = Math.max(1, Math.round(capacity(node, "cpu", 8)));
  const memory = capacity(node, "memory", 32 * gib);
  const disk = { device: "/dev/vda1", fstype: "ext4", mountpoint: "/" };
  const network = { device: "eth0" };
  const modes = { idle: 1 - busyShare, user: busyShare * 0.6, system: busyShare * 0.3, iowait: busyShare * 0.1 };
  const cpuTimes = Array.from({ length: cpus }, (_, cpu) =>
    Object.entries(modes).map(([mode, share]) => sample(uptime * share, { cpu: String(cpu), mode })),
  ).flat();
  return [
    gauge(
      "node_uname_info",
      "Names of the machine.",
      sample(true, { nodename: name, sysname: "Linux", machine: "x86_64", release: "simulated" }),
    ),
    gauge("node_boot_time_seconds", "When the machine started.", sample(world.startedAt)),
    gauge("node_time_seconds", "The machine's clock.", sample(world.now)),
    counter("node_cpu_seconds_total", "Time of each CPU by mode.", ...cpuTimes),
    gauge("node_load1", "Load over 1 minute.", sample(cpus * busyShare)),
    gauge("node_load5", "Load over 5 minutes.", sample(cpus * busyShare)),
    gauge("node_load15", "Load over 15 minutes.", sample(cpus * busyShare)),
    gauge("node_memory_MemTotal_bytes", "Memory.", sample(memory)),
    gauge("node_memory_MemAvailable_bytes", "Memory that can be had.", sample(memory * 0.8)),
    gauge("node_memory_MemFree_bytes", "Memory that nobody uses.", sample(memory * 0.6)),
    gauge("node_memory_Cached_bytes", "Page cache.", sample(memory * 0.18)),
    gauge("node_memory_Buffers_bytes", "Buffers.", sample(memory * 0.01)),
    gauge("node_memory_Slab_bytes", "Slab.", sample(memory * 0.01)),
    gauge("node_filesystem_size_bytes", "Size of the file system.", sample(200 * gib, disk)),
    gauge("node_filesystem_avail_bytes", "Free for everybody.", sample(150 * gib, disk)),
    gauge("node_filesystem_free_bytes", "Free.", sample(160 * gib, disk)),
    gauge("node_filesystem_files", "Inodes.", sample(13_107_200, disk)),
    gauge("node_filesystem_files_free", "Free inodes.", sample(12_500_000, disk)),
    gauge("node_filesystem_readonly", "Whether it is read-only.", sample(false, disk)),
    gauge("node_filesystem_device_error", "Whether it cannot be read.", sample(false, disk)),
    counter("node_disk_io_time_seconds_total", "Time the disk was busy.", sample(uptime * 0.01, { device: "vda" })),
    counter(
      "node_disk_io_time_weighted_seconds_total",
      "The same, weighted.",
      sample(uptime * 0.01, { device: "vda" }),
    ),
    gauge("node_network_up", "Whether the interface is up.", sample(true, network)),
    counter("node_network_receive_bytes_total", "Received.", sample(Math.round(uptime * 20_000), network)),
    counter("node_network_transmit_bytes_total", "Sent.", sample(Math.round(uptime * 20_000), network)),
    counter("node_network_receive_packets_total", "Received.", sample(Math.round(uptime * 50), network)),
    counter("node_network_transmit_packets_total", "Sent.", sample(Math.round(uptime * 50), network)),
    counter("node_network_receive_errs_total", "Failed.", sample(0, network)),
    counter("node_network_transmit_errs_total", "Failed.", sample(0, network)),
    counter("node_network_receive_drop_total", "Dropped.", sample(0, network)),
    counter("node_network_transmit_drop_total", "Dropped.", sample(0, network)),
    gauge("node_nf_conntrack_entries", "Tracked connections.", sample(500)),
    gauge("node_nf_conntrack_entries_limit", "Most that are tracked.", sample(262_144)),
    gauge("node_filefd_allocated", "Open files.", sample(2_000)),
    gauge("node_filefd_maximum", "Most open files.", sample(1_000_000)),
    gauge("node_timex_offset_seconds", "Offset of the clock.", sample(0.0001)),
    gauge("node_timex_sync_status", "Whether the clock is synchronised.", sample(true)),
    gauge("node_timex_maxerror_seconds", "Greatest error of the clock.", sample(0.01)),
    gauge("node_textfile_scrape_error", "Whether a text file cannot be read.", sample(false)),
    counter("node_vmstat_pgmajfault", "Major page faults.", sample(1_000)),
  ];
}

export function kubelet(scrape: Scrape, world: World): MetricFamily[] {
  const node = nodeAt(world, scrape.host);
  const pods = podsOn(world, node);
  const containers = pods.reduce((sum, { spec }) => sum + spec.containers.length, 0);
  const volumes = world.cluster.claims
    .filter(({ status }) => status?.phase === "Bound")
    .filter(({ metadata }) => pods.some((pod) => mountsClaim(pod, metadata.namespace, metadata.name)))
    .map(({ metadata, spec }) => ({
      labels: { namespace: metadata.namespace ?? "", persistentvolumeclaim: metadata.name },
      bytes: quantity(spec.resources?.requests?.["storage"] ?? "1Gi"),
    }));
  const volume = (name: string, help: string, value: (bytes: number) => number): MetricFamily =>
    gauge(`kubelet_volume_stats_${name}`, help, ...volumes.map(({ labels, bytes }) => sample(value(bytes), labels)));
  const inodes = (bytes: number): number => Math.round(bytes / 16_384);
  return [
    gauge("kubernetes_build_info", "Version.", sample(true, { git_version: programs.kubernetes })),
    gauge("kubelet_node_name", "The node.", sample(true, { node: node?.metadata.name ?? scrape.host })),
    gauge("kubelet_running_pods", "Pods that run.", sample(pods.length)),
    gauge("kubelet_running_containers", "Containers that run.", sample(containers, { container_state: "running" })),
    counter("kubelet_certificate_manager_client_expiration_renew_errors", "Failed renewals.", sample(0)),
    counter("kubelet_server_expiration_renew_errors", "Failed renewals.", sample(0)),
    gauge("kubelet_certificate_manager_client_ttl_seconds", "Left to the client certificate.", sample(360 * 86_400)),
    gauge("kubelet_certificate_manager_server_ttl_seconds", "Left to the server certificate.", sample(360 * 86_400)),
    volume("capacity_bytes", "Size of the volume.", (bytes) => bytes),
    volume("available_bytes", "Free in the volume.", (bytes) => bytes * 0.9),
    volume("used_bytes", "Used in the volume.", (bytes) => bytes * 0.1),
    volume("inodes", "Inodes of the volume.", inodes),
    volume("inodes_free", "Free inodes.", (bytes) => inodes(bytes) - 100),
    volume("inodes_used", "Used inodes.", () => 100),
  ];
}

export function cadvisor(scrape: Scrape, world: World): MetricFamily[] {
  const containers = podsOn(world, nodeAt(world, scrape.host)).flatMap((pod) =>
    pod.spec.containers.map((container) => ({
      seconds: world.now - unixSeconds(pod.metadata.creationTimestamp, world.startedAt),
      labels: {
        namespace: pod.metadata.namespace ?? "",
        pod: pod.metadata.name,
        container: container.name,
        image: container.image ?? "",
        id: `/kubepods/pod${pod.metadata.uid}/${container.name}`,
      },
    })),
  );
  const bytes = (name: string, help: string, value: number): MetricFamily =>
    gauge(name, help, ...containers.map(({ labels }) => sample(value, labels)));
  const used = containers.map(({ seconds, labels }) =>
    sample(Math.max(0, seconds) * 0.005, { ...labels, cpu: "total" }),
  );
  return [
    counter("container_cpu_usage_seconds_total", "CPU time.", ...used),
    bytes("container_memory_working_set_bytes", "Memory in use.", 40 * 2 ** 20),
    bytes("container_memory_rss", "Anonymous memory.", 30 * 2 ** 20),
    bytes("container_memory_cache", "Page cache.", 5 * 2 ** 20),
    bytes("container_memory_swap", "Swap.", 0),
  ];
}

export function unixSeconds(time: string | undefined, otherwise: number): number {
  const seconds = Date.parse(time ?? "") / 1000;
  return Number.isNaN(seconds) ? otherwise : seconds;
}

function podsOn(world: World, node: Node | undefined): Pod[] {
  return world.cluster.pods.filter(
    ({ spec, status }) => node !== undefined && spec.nodeName === node.metadata.name && status?.phase === "Running",
  );
}

function mountsClaim({ metadata, spec }: Pod, namespace: string | undefined, claim: string): boolean {
  return (
    metadata.namespace === namespace &&
    spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim) === true
  );
}

function capacity(node: Node | undefined, resource: string, otherwise: number): number {
  const value = quantity(node?.status?.capacity?.[resource] ?? "");
  return Number.isNaN(value) ? otherwise : value;
}
