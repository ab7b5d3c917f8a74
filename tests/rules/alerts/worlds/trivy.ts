/** Trivy Operator in a healthy cluster, and what it finds there. */
import { count, gone, hold, type Piece, type Series, series } from "../series.ts";
import { targets, up } from "./targets.ts";

const namespace = "trivy-system";

/** What kube-state-metrics tells has its own labels too, unless it says something else itself. */
export function kube(metric: string, labels: Readonly<Record<string, string>>, ...pieces: readonly Piece[]): Series {
  return series(metric, { ...targets.kubeStateMetrics, ...labels }, ...pieces);
}

/** What kube-state-metrics says of pods: the phase of each is 1, all others 0. */
export function podPhase(inNamespace: string, pod: string, phase: string, ...pieces: readonly Piece[]): Series[] {
  return ["Pending", "Running", "Succeeded", "Failed", "Unknown"].map((name) =>
    kube(
      "kube_pod_status_phase",
      { namespace: inNamespace, pod, phase: name },
      ...(pieces.length > 0 && name === phase ? pieces : [hold(name === phase ? 1 : 0)]),
    ),
  );
}

export const deploymentAvailable = (inNamespace: string, deployment: string, ...pieces: readonly Piece[]): Series =>
  kube("kube_deployment_status_replicas_available", { namespace: inNamespace, deployment }, ...pieces);

export const restarts = (inNamespace: string, pod: string, container: string, ...pieces: readonly Piece[]): Series =>
  kube("kube_pod_container_status_restarts_total", { namespace: inNamespace, pod, container }, ...pieces);

export const waiting = (inNamespace: string, pod: string, container: string, ...pieces: readonly Piece[]): Series =>
  waitingFor("CrashLoopBackOff", inNamespace, pod, container, ...pieces);

export const waitingFor = (reason: string, inNamespace: string, pod: string, container: string, ...pieces: readonly Piece[]): Series =>
  kube("kube_pod_container_status_waiting_reason", { namespace: inNamespace, pod, container, reason }, ...pieces);

/** Trivy Operator itself, and beside it what must not be taken for it. */
export const trivyWorld: readonly Series[] = [
  up(targets.kubeStateMetrics),
  up(targets.trivy),
  deploymentAvailable(namespace, "trivy-operator", hold(1)),
  deploymentAvailable("shop", "cart", hold(3)),
  ...podPhase(namespace, targets.trivy.pod, "Running"),
  restarts(namespace, targets.trivy.pod, "trivy-operator", hold(0)),
  // Scans are pods in the same namespace; some fail, and their containers have the names of what is scanned.
  ...podPhase(namespace, "scan-vulnerabilityreport-6f9d", "Failed"),
  restarts(namespace, "scan-vulnerabilityreport-6f9d", "trivy-operator", count(9, 1)),
  waiting(namespace, "scan-vulnerabilityreport-7a1c", "trivy-operator", hold(1)),
  // Others' troubles.
  ...podPhase("shop", "cart-1", "Running"),
  ...podPhase("shop", "trivy-operator-demo", "Pending"),
  ...podPhase("kube-system", "broken", "Unknown"),
  waiting("shop", "trivy-operator-demo", "trivy-operator", hold(1)),
  restarts("shop", "trivy-operator-demo", "trivy-operator", count(0, 1)),
  // Older versions tell 0 of what is not so; other reasons to wait are none.
  waiting(namespace, targets.trivy.pod, "exporter", hold(0)),
  waitingFor("PodInitializing", namespace, targets.trivy.pod, "trivy-operator", hold(1)),
  // Beside it in its namespace: one that works, and one that does not.
  deploymentAvailable(namespace, "trivy-server", hold(1)),
  series("up", { ...targets.trivy, job: "trivy-server", instance: "10.0.2.7:8080" }, hold(1)),
  series("up", { ...targets.trivy, job: "trivy-cache", instance: "10.0.2.8:8080" }, hold(0)),
  // Somebody else's, one of which works.
  deploymentAvailable("lab", "trivy-operator", hold(0)),
  series("up", { ...targets.trivy, namespace: "lab", instance: "10.0.2.6:8080" }, hold(0)),
  series("up", { ...targets.trivy, namespace: "lab-2", instance: "10.0.2.5:8080" }, hold(1)),
];

export interface Image {
  readonly namespace: string;
  readonly repository: string;
  readonly tag: string;
  /** Name of the ReplicaSet: another one after each rollout. */
  readonly replicaSet?: string;
  /** Pod of the operator that exports it. */
  readonly operator?: { readonly pod: string; readonly instance: string };
}

/** The series of one image: the critical ones as asked for, all other severities present as long as those are. */
export function findings(image: Image, ...critical: readonly Piece[]): Series[] {
  const { namespace: imageNamespace, repository, tag, replicaSet = "web-1", operator = targets.trivy } = image;
  const labels = {
    job: targets.trivy.job,
    instance: operator.instance,
    pod: operator.pod,
    namespace: imageNamespace,
    name: `replicaset-${replicaSet}-web`,
    resource_kind: "ReplicaSet",
    resource_name: replicaSet,
    container_name: "web",
    image_registry: "index.docker.io",
    image_repository: repository,
    image_tag: tag,
    image_digest: "",
  };
  const present = critical.map((piece): Piece =>
    piece.kind === "gone" ? gone(piece.minutes) : piece.kind === "unseen" ? piece : hold(4, piece.minutes),
  );
  return ["Critical", "High", "Medium", "Low", "Unknown"].map((severity) =>
    series("trivy_image_vulnerabilities", { ...labels, severity }, ...(severity === "Critical" ? critical : present)),
  );
}

/** Images without anything critical. */
export const cleanImages: readonly Series[] = [
  ...findings({ namespace: "shop", repository: "shop/cart", tag: "1.4" }, hold(0)),
  ...findings({ namespace: "payments", repository: "payments/api", tag: "2.0" }, hold(0)),
  // Not watched: a wall that nobody reads.
  ...findings({ namespace: "playground", repository: "old/wordpress", tag: "4.0" }, hold(17)),
];
